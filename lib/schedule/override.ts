import * as z from "zod";
import { instant } from "../operation/time.ts";
import type { Fault } from "./fault.ts";
import { day } from "./elapsed.ts";
import { longestDays } from "./freeze.ts";
import { selectorSchema, selects, type Selectable } from "./selector.ts";

const timeSchema = z.iso.datetime({ offset: true });
const mostServers = 1000;
const mostExtensions = 50;

/** Body of `POST /v1/schedules/{name}/overrides`. */
export const overrideRequestSchema = z
  .strictObject({
    state: z.enum(["on", "off", "any"]),
    from: timeSchema.exactOptional().meta({ description: "Left out: at once." }),
    until: timeSchema.meta({ description: `At most ${longestDays} days after it begins.` }),
    servers: z.array(z.string().min(1).max(255)).min(1).max(mostServers).exactOptional().meta({
      description: "Ids; left out: all servers of the schedule.",
    }),
    reason: z.string().trim().min(1).max(500),
  })
  .meta({ id: "OverrideRequest" });
export type OverrideRequest = z.infer<typeof overrideRequestSchema>;

/** A temporary exception that ends by itself. */
export const overrideSchema = z.strictObject({
  id: z.string(),
  /** Null: servers of all schedules. */
  schedule: z.string().nullable(),
  /** Null: all of the schedule's. */
  servers: z.array(z.string()).nullable(),
  /** A group of them; null: no group. */
  select: selectorSchema.nullable(),
  state: z.enum(["on", "off", "any"]),
  from: z.string(),
  until: z.string(),
  reason: z.string(),
  by: z.string(),
  created_at: z.string(),
  /** When it was cancelled; null when it was not. */
  cancelled_at: z.string().nullable(),
  /** Keys of the requests that have extended it, so that a repeat extends nothing. */
  extended_by: z.array(z.string()).max(mostExtensions),
});
export type Override = z.infer<typeof overrideSchema>;

/** An override as the API shows it. */
export const overrideViewSchema = z
  .strictObject({
    id: z.string(),
    state: z.enum(["on", "off", "any"]),
    from: z.string(),
    until: z.string(),
    servers: z.array(z.string()).nullable(),
    reason: z.string(),
    created_at: z.string(),
  })
  .meta({ id: "Override" });

/** What the API shows of an override. */
export const overrideViewOf = (override: Override): z.infer<typeof overrideViewSchema> => {
  const { id, state, from, until, servers, reason, created_at } = override;
  return { id, state, from, until, servers, reason, created_at };
};

/** What is wrong with the times of an override that is asked for now. */
export const faultsOfOverride = (
  { from, until }: Pick<OverrideRequest, "from" | "until">,
  now: number,
): Fault[] => {
  const begins = from === undefined ? now : Date.parse(from);
  const ends = Date.parse(until);
  if (ends <= now) return [{ pointer: "/until", detail: "has passed" }];
  if (ends <= begins) return [{ pointer: "/until", detail: "must be after from" }];
  if (ends - Math.max(begins, now) > longestDays * day)
    return [{ pointer: "/until", detail: `must be at most ${longestDays} days after it begins` }];
  return [];
};

/** The override that a request makes. Instants become UTC. */
export const newOverride = (
  request: OverrideRequest,
  made: { readonly id: string; readonly schedule: string | null; readonly by: string; readonly now: number },
): Override => ({
  id: made.id,
  schedule: made.schedule,
  servers: request.servers ?? null,
  select: null,
  state: request.state,
  from: instant(request.from === undefined ? made.now : Date.parse(request.from)),
  until: instant(Date.parse(request.until)),
  reason: request.reason,
  by: made.by,
  created_at: instant(made.now),
  cancelled_at: null,
  extended_by: [],
});

/** The override with another end. A key that has extended it before changes nothing. */
export const extended = (override: Override, until: string, key: string): Override =>
  override.extended_by.includes(key)
    ? override
    : {
        ...override,
        until: instant(Date.parse(until)),
        extended_by: [...override.extended_by, key].slice(-mostExtensions),
      };

/** The override as it is after it was cancelled; one that is over or was cancelled before stays as it is. */
export const cancelled = (override: Override, now: number): Override =>
  override.cancelled_at !== null || Date.parse(override.until) <= now
    ? override
    : { ...override, cancelled_at: instant(now) };

/** From and to in milliseconds since the epoch, half-open. It never acts before it was made. */
export const timesOf = (override: Override): { readonly from: number; readonly to: number } => {
  const from = Math.max(Date.parse(override.from), Date.parse(override.created_at));
  const until = Date.parse(override.until);
  return {
    from,
    to: override.cancelled_at === null ? until : Math.min(until, Date.parse(override.cancelled_at)),
  };
};

/** How wide an override reaches: named servers 0, a group 1, a schedule 2, all 3. The narrowest wins. */
export const widthOf = ({ servers, select, schedule }: Override): number => {
  if (servers !== null) return 0;
  if (select !== null) return 1;
  return schedule === null ? 3 : 2;
};

/** Whether it is for this server, which these schedules select. */
export const isFor = (
  override: Override,
  server: Selectable,
  schedules: readonly { readonly name: string }[],
): boolean =>
  (override.schedule === null || schedules.some(({ name }) => name === override.schedule)) &&
  (override.servers === null || override.servers.includes(server.id)) &&
  (override.select === null || selects(override.select, server));

/** Narrower before wider, and of the same width what was made later. */
export const byStrength = (one: Override, other: Override): number =>
  widthOf(one) - widthOf(other) ||
  Date.parse(other.created_at) - Date.parse(one.created_at) ||
  (one.id < other.id ? 1 : -1);
