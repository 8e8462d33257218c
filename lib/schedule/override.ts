import * as z from "zod";
import { instant } from "../operation/time.ts";
import type { Fault } from "./fault.ts";
import { day, durationSchema, millisecondsOf } from "./elapsed.ts";
import { longestDays, type Freeze, type MaintenanceWindow } from "./freeze.ts";
import { selectorSchema, selects, type Selectable } from "./selector.ts";

const timeSchema = z.iso.datetime({ offset: true });
const mostServers = 1000;
const mostExtensions = 50;

const requestFields = {
  state: z.enum(["on", "off", "any", "freeze"]).meta({
    description:
      "`any`: they are left alone. `freeze`: nothing is done, whatever else stands, as with `pause`.",
  }),
  kind: z.literal("maintenance").exactOptional().meta({
    description: "A maintenance window: on, and weaker than any other override.",
  }),
  from: timeSchema.exactOptional().meta({ description: "Left out: at once." }),
  until: timeSchema.exactOptional().meta({
    description: `At most ${longestDays} days after it begins. This or \`for\`.`,
  }),
  for: durationSchema.exactOptional().meta({ description: "How long it lasts instead: `4h`." }),
  servers: z.array(z.string().min(1).max(255)).min(1).max(mostServers).exactOptional().meta({
    description: "Ids; without them and `select`: all servers of the schedule.",
  }),
  select: selectorSchema.exactOptional().meta({
    description: "A group of them, in place of `servers`; wider than these. Both together are refused.",
  }),
  reason: z.string().trim().min(1).max(500),
};

/** Body of `POST /v1/schedules/{name}/overrides`, and of `POST /v1/overrides` for all schedules. */
export const overrideRequestSchema = z
  .strictObject(requestFields)
  .superRefine(({ state, kind, until, for: length, servers, select }, context) => {
    const fault = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: [path], message });
    if (until === undefined && length === undefined) fault("until", "is required, or for");
    if (until !== undefined && length !== undefined) fault("for", "until is there, too: only one of them");
    if (kind === "maintenance" && state !== "on") fault("state", "must be on in a maintenance window");
    if (kind === "maintenance" && select !== undefined)
      fault("select", "must not be in a maintenance window");
    if (state !== "freeze" && servers !== undefined && select !== undefined)
      fault("select", "servers is there, too: only one of them");
    if (state === "freeze" && servers !== undefined) fault("servers", "must not be there: all is frozen");
    if (state === "freeze" && select !== undefined) fault("select", "must not be there: all is frozen");
  })
  .meta({ id: "OverrideRequest" });
export type OverrideRequest = z.infer<typeof overrideRequestSchema>;

/** An exception that is asked for, with its end as an instant. */
export type TimedRequest = Omit<OverrideRequest, "for" | "until" | "state" | "kind"> & {
  readonly state: Override["state"];
  readonly kind?: Override["kind"];
  readonly until: string;
  readonly follows?: string;
};

/** When what is asked for now ends. */
export const endOf = ({ from, until, for: length }: OverrideRequest, now: number): string =>
  until ?? instant((from === undefined ? now : Date.parse(from)) + millisecondsOf(length));

/** A temporary exception that ends by itself. */
export const overrideSchema = z.strictObject({
  id: z.string(),
  /** Null: servers of all schedules. */
  schedule: z.string().nullable(),
  /** Null: all of the schedule's. */
  servers: z.array(z.string()).nullable(),
  /** A group of them; null: no group. */
  select: selectorSchema.nullable(),
  /** `maintenance`: a window. `rollback`: what was started for nothing is off again; weaker than all others. */
  kind: z.enum(["maintenance", "rollback"]).exactOptional(),
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
  /** When what it goes on with began: an edge that was kept from happening since then is done when it ends. */
  follows: z.string().exactOptional(),
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
    kind: z.enum(["maintenance", "rollback"]).exactOptional(),
    select: selectorSchema.exactOptional(),
    reason: z.string(),
    created_at: z.string(),
  })
  .meta({ id: "Override" });

/** What the API shows of an override. */
export const overrideViewOf = (override: Override): z.infer<typeof overrideViewSchema> => {
  const { id, state, from, until, servers, kind, select, reason, created_at } = override;
  const more = {
    ...(kind === undefined ? {} : { kind }),
    ...(select === null ? {} : { select }),
  };
  return { id, state, from, until, servers, ...more, reason, created_at };
};

/** What is wrong with the times of an override that is asked for now. */
export const faultsOfOverride = (
  { from, until }: { readonly from?: string | undefined; readonly until: string },
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
  request: TimedRequest,
  made: { readonly id: string; readonly schedule: string | null; readonly by: string; readonly now: number },
): Override => ({
  id: made.id,
  schedule: made.schedule,
  servers: request.servers ?? null,
  select: request.select ?? null,
  ...(request.kind === undefined ? {} : { kind: request.kind }),
  state: request.state,
  from: instant(request.from === undefined ? made.now : Date.parse(request.from)),
  until: instant(Date.parse(request.until)),
  reason: request.reason,
  by: made.by,
  created_at: instant(made.now),
  cancelled_at: null,
  extended_by: [],
  ...(request.follows === undefined ? {} : { follows: request.follows }),
});

/** The keys of extensions with one more, the latest of them. */
export const withKey = (keys: readonly string[], key: string): string[] =>
  [...keys, key].slice(-mostExtensions);

/** The override with another end. A key that has extended it before changes nothing. */
export const extended = (override: Override, until: string, key: string): Override =>
  override.extended_by.includes(key)
    ? override
    : {
        ...override,
        until: instant(Date.parse(until)),
        extended_by: withKey(override.extended_by, key),
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

/** From when on it keeps edges from happening, in milliseconds since the epoch. */
export const keepsFrom = (override: Override): number =>
  override.follows === undefined ? timesOf(override).from : Date.parse(override.follows);

/** A maintenance window as it is decided by. */
export const windowOf = (override: Override): MaintenanceWindow => {
  const { from, to } = timesOf(override);
  const { id, schedule, servers, reason } = override;
  return { id, schedule, servers, from: instant(from), until: instant(Math.max(from, to)), reason };
};

/** A freeze as the API shows it, among overrides. */
export const freezeViewSchema = z
  .strictObject({ ...overrideViewSchema.shape, state: z.literal("freeze"), until: z.string().nullable() })
  .meta({ id: "FreezeOverride" });

/** What the API shows of a freeze. */
export const freezeViewOf = ({ id, from, until, reason }: Freeze): z.infer<typeof freezeViewSchema> => ({
  id,
  state: "freeze",
  from,
  until,
  servers: null,
  reason: reason ?? "",
  created_at: from,
});

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
