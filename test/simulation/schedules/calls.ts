import * as z from "zod";
import { operationViewSchema } from "../../../lib/operation/view.ts";
import { calendarSchema, type Calendar } from "../../../lib/schedule/calendar.ts";
import { overrideViewSchema, type Override } from "../../../lib/schedule/override.ts";
import { scheduleSchema, type Schedule } from "../../../lib/schedule/schedule.ts";
import { apiKey } from "../simulated-secrets.ts";
import type { FunctionName } from "./plant.ts";

export const replySchema = z.object({ statusCode: z.number(), body: z.string().default("") });
export const wokenSchema = z.object({ override: overrideViewSchema });
export const snoozedSchema = z.object({ stop_at: z.string(), until: z.string() });
export const pageSchema = z.object({
  items: z.array(operationViewSchema),
  next_cursor: z.string().nullable(),
});

export interface Call {
  readonly to?: FunctionName;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: string;
  readonly key?: string;
  readonly body?: unknown;
}

/** An answer below 500; `asked`: when it was asked for the first time. */
export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly asked: number;
  readonly answered: number;
}

export const eventOf = ({ method, path, query = "", key, body }: Call) => ({
  rawPath: path,
  rawQueryString: query,
  headers: {
    authorization: `Bearer ${apiKey}`,
    ...(key === undefined ? {} : { "idempotency-key": key }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  },
  requestContext: { requestId: `req-${key ?? "1"}`, http: { method } },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  isBase64Encoded: false,
});

export const passes = (status: number, text: string): boolean =>
  status >= 500 || status === 429 || text.includes('"CONFLICT"') || text.includes('"LIMIT_CONTESTED"');

export const iso = (at: number): string => new Date(at).toISOString();

/** What is shown beside a schedule or a calendar, such as warnings, is no part of what decides. */
export const scheduleIn = (text: string): Schedule => z.object(scheduleSchema.shape).parse(JSON.parse(text));
export const calendarIn = (text: string): Calendar => z.object(calendarSchema.shape).parse(JSON.parse(text));

export const overrideIn = (view: z.infer<typeof overrideViewSchema>, schedule: string): Override => ({
  ...view,
  schedule,
  select: null,
  by: "people",
  cancelled_at: null,
  extended_by: [],
});
