import * as z from "zod";
import {
  type Calendar,
  calendarDateSchema,
  calendarRequestSchema,
  calendarSchema,
} from "../schedule/calendar.ts";
import { icsDates } from "../schedule/ics-days.ts";
import {
  deleteCalendar,
  draftCalendar,
  getCalendar,
  listCalendars,
  putDates,
  putIcs,
} from "../flows/calendars.ts";
import { RequestRefused } from "../flows/request-refused.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { type BodyRule, checkSize, isJsonType, noBody, readJson } from "./json-body.ts";
import { pageHeaders, pageQuery, pageReply, pageSchema } from "./page.ts";
import { reply } from "./reply.ts";
import { type HttpTurn, noHeaders, nothing, route, type Route } from "./route.ts";
import { differenceSchema } from "./schedule-routes.ts";

const params = z.strictObject({ name: z.string().meta({ description: "Name of the calendar." }) });
/** A calendar must fit into one document. */
const largestBytes = 200 * 1024;

const isIcs = ({ headers }: IncomingRequest): boolean =>
  (headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() === "text/calendar";

const refused = (status: number, code: string, title: string, detail: string, hint: string) =>
  new RequestRefused({ status, code, title, detail, hint });

/** Dates in JSON, or the text of an ICS file. */
const calendarBody: BodyRule<Uint8Array> = {
  document: {
    schema: calendarRequestSchema,
    required: true,
    texts: { "text/calendar": "An ICS file (RFC 5545) in UTF-8." },
  },
  check: (request) => {
    checkSize(request, largestBytes);
    if (isIcs(request) || isJsonType(request.headers.get("content-type"))) return;
    throw refused(
      415,
      "UNSUPPORTED_MEDIA_TYPE",
      "The body is of the wrong type",
      "The body must be JSON or an ICS file.",
      "Send Content-Type: application/json or text/calendar.",
    );
  },
  read: ({ body }) => body,
};

const textOf = (body: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw refused(
      400,
      "INVALID_ENCODING",
      "The body is not UTF-8",
      "The body must be UTF-8.",
      "Save the file as UTF-8 (RFC 5545, 3.1.4).",
    );
  }
};

const wall =
  "Where the event has a time: local time in `timezone`, or, where that is null, in the schedule's.";
const viewSchema = z
  .strictObject({
    ...calendarSchema.shape,
    dates: z
      .array(
        z.strictObject({
          ...calendarDateSchema.shape,
          from: z.string().exactOptional().meta({ description: wall }),
          to: z.string().exactOptional(),
          timezone: z.string().nullable().exactOptional(),
        }),
      )
      .meta({
        description:
          "Its dates. Of an ICS file, where one calendar is shown: what was understood of the 400 days to come.",
      }),
  })
  .meta({ id: "Calendar" });
const warningSchema = z.strictObject({ pointer: z.string(), code: z.string(), detail: z.string() });
const putSchema = viewSchema.extend({ warnings: z.array(warningSchema) }).meta({ id: "PutCalendar" });
const draftSchema = z
  .strictObject({
    dry_run: z.literal(true),
    calendar: viewSchema,
    schedules: z
      .array(z.strictObject({ name: z.string(), difference: differenceSchema }))
      .meta({ description: "Those that use it, and what it changes for them in the next 60 days." }),
    warnings: z.array(warningSchema),
  })
  .meta({ id: "CalendarDryRun" });

/** One calendar, with the days that were understood of a file. */
const viewOf = (calendar: Calendar, { ports }: HttpTurn): z.infer<typeof viewSchema> =>
  calendar.ics === null ? calendar : { ...calendar, dates: [...icsDates(calendar, ports.clock.now())] };

const put = route({
  method: "PUT",
  path: "/v1/calendars/{name}",
  operationId: "putCalendar",
  summary: "Puts a calendar of days on which schedules say something else, or shows what it would change",
  scope: "operate",
  params,
  query: z.strictObject({
    dry_run: z.enum(["true", "false"], { error: "must be true or false" }).exactOptional().meta({
      description: "`true`: nothing is saved; the answer is what would change for schedules that use it.",
    }),
  }),
  readHeaders: noHeaders,
  body: calendarBody,
  answers: {
    200: {
      description: "It has taken the place of the one before, or it is shown what would change.",
      schema: z.union([putSchema, draftSchema]),
    },
    201: { description: "It is new.", schema: putSchema, headers: { Location: "Path of the calendar." } },
  },
  refusals: {
    409: "`CONFLICT`: others write it at the same time.",
    413: "The body is larger than 200 KiB.",
    415: "The body is neither JSON nor text/calendar.",
  },
  handle: async ({ params: { name }, query, body, request }, turn) => {
    const { ports, caller } = turn;
    const wanted = isIcs(request) ? textOf(body) : readJson(calendarRequestSchema, body);
    if (query.dry_run === "true") {
      const { calendar, schedules, warnings } = await draftCalendar(name, wanted, caller, ports);
      return reply(200, { dry_run: true, calendar: viewOf(calendar, turn), schedules, warnings });
    }
    const { calendar, isNew, warnings } =
      typeof wanted === "string"
        ? await putIcs(name, wanted, caller, ports)
        : await putDates(name, wanted, caller, ports);
    const view = { ...viewOf(calendar, turn), warnings };
    return isNew
      ? reply(201, view, { Location: `/v1/calendars/${encodeURIComponent(name)}` })
      : reply(200, view);
  },
});

const list = route({
  method: "GET",
  path: "/v1/calendars",
  operationId: "listCalendars",
  summary: "All calendars",
  scope: "read",
  params: nothing,
  query: z.strictObject(pageQuery),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: {
      description: "A page of calendars, by name.",
      schema: pageSchema(viewSchema).meta({ id: "CalendarPage" }),
      headers: pageHeaders,
    },
  },
  handle: async ({ query: { limit, cursor }, request }, { ports }) => {
    const page = await listCalendars({ limit, cursor: cursor ?? null }, ports);
    return pageReply(request, { items: page.items, nextCursor: page.nextCursor });
  },
});

const show = route({
  method: "GET",
  path: "/v1/calendars/{name}",
  operationId: "getCalendar",
  summary: "One calendar",
  scope: "read",
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 200: { description: "The calendar.", schema: viewSchema } },
  handle: async ({ params: { name } }, turn) => reply(200, viewOf(await getCalendar(name, turn.ports), turn)),
});

const remove = route({
  method: "DELETE",
  path: "/v1/calendars/{name}",
  operationId: "deleteCalendar",
  summary: "Removes a calendar that no schedule names",
  scope: "operate",
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 204: { description: "It is gone.", schema: z.undefined() } },
  refusals: { 409: "`CALENDAR_IN_USE`: a schedule names it." },
  handle: async ({ params: { name } }, { ports }) => {
    await deleteCalendar(name, ports);
    return reply(204, undefined);
  },
});

/** Calendars, answered by the function of the schedules. */
export const calendarRoutes: readonly Route[] = [put, list, show, remove];
