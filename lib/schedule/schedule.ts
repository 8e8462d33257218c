import * as z from "zod";
import { millisecondsOf, minute } from "./elapsed.ts";
import type { Fault } from "./fault.ts";
import { checkTimeFields, dayEffects, timeFields, timeRuleOf, type TimeRule } from "./rule.ts";
import { selectorSchema } from "./selector.ts";
import {
  catchUpSchema,
  guardsSchema,
  holdSettingSchema,
  modes,
  needSchema,
  newServersSchema,
  staggerSchema,
  type CatchUp,
  type Need,
} from "./settings.ts";
import { isOneSided } from "./spans.ts";

/** What a schedule may be called. */
export const scheduleNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const nameSchema = z.string().regex(scheduleNamePattern, {
  error: "must be 1 to 64 of A-Z, a-z, 0-9, dot, _ and -, the first a letter or a digit",
});

const calendarUseSchema = z.union([
  nameSchema,
  z.strictObject({ name: nameSchema, effect: z.enum(dayEffects).exactOptional() }),
]);

const fields = {
  connection: z.string().min(1).max(40),
  select: selectorSchema,
  ...timeFields,
  mode: z.enum(modes).default("respect"),
  calendars: z.array(calendarUseSchema).max(20).exactOptional(),
  default: z.enum(["any", "off"]).exactOptional().meta({
    description:
      "Outside of its periods: `off` (default), or `any`: a period's end is still an off-edge, and afterwards its servers are left alone.",
  }),
  /** The higher number decides where several schedules select a server. */
  priority: z.int().min(-1000).max(1000).exactOptional(),
  /** Where two say the opposite: of one schedule's own periods, and of schedules with the same priority. */
  merge: z.enum(["on_wins", "off_wins"]).exactOptional(),
  stagger: staggerSchema.exactOptional(),
  /** Servers are started so early that they run by the edge (`true`), or by the next such local time after it. */
  ready_by: z
    .union([z.literal(true), z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/)], {
      error: "must be true, or a local time such as 08:00",
    })
    .exactOptional(),
  needs: z.array(needSchema).max(50).exactOptional(),
  guards: guardsSchema.exactOptional(),
  hold: holdSettingSchema.exactOptional(),
  retain: z.boolean().exactOptional().meta({
    description: "A server that was started by hand before the on-edge survives the next off-edge, once.",
  }),
  new_servers: newServersSchema.exactOptional(),
  cleanup_standby: z.boolean().exactOptional().meta({
    description: "Servers that are stopped in place, and so still billed, are powered off.",
  }),
  notice_minutes: z.int().min(0).max(1440).exactOptional(),
  catch_up: catchUpSchema.exactOptional(),
  description: z.string().max(500).exactOptional(),
};

/** Body of `PUT /v1/schedules/{name}`. */
export const scheduleRequestSchema = z
  .strictObject(fields)
  .superRefine((request, context) => {
    for (const { path, message } of checkTimeFields(request))
      context.addIssue({ code: "custom", path, message });
  })
  .meta({ id: "ScheduleRequest" });
export type ScheduleRequest = z.infer<typeof scheduleRequestSchema>;

/** A schedule as its document stands. */
export const scheduleSchema = z.strictObject({
  name: nameSchema,
  /** Grows by one with each change of what it says. */
  version: z.int().positive(),
  ...fields,
  created_by: z.string(),
  created_at: z.string(),
  /** Of the last change of what it says; edges before it are never acted on. */
  updated_at: z.string(),
});
export type Schedule = z.infer<typeof scheduleSchema>;

/** A schedule as the API shows it. */
export const scheduleViewSchema = z
  .strictObject({
    ...scheduleSchema.shape,
    paused: z.boolean(),
    paused_until: z.string().nullable().meta({
      description: "When the pause ends by itself; null: it is not paused, or until it is resumed.",
    }),
    next_edge: z
      .strictObject({ at: z.string(), action: z.enum(["on", "off"]) })
      .nullable()
      .meta({
        description: "The next edge that is acted on, within 400 days: none of those within a pause.",
      }),
  })
  .meta({ id: "Schedule" });

const rules = new WeakMap<object, TimeRule>();

/** When a schedule's servers are wanted, compiled once an object. */
export const ruleOf = (schedule: ScheduleRequest): TimeRule => {
  const known = rules.get(schedule);
  if (known !== undefined) return known;
  const rule = timeRuleOf(schedule);
  rules.set(schedule, rule);
  return rule;
};

/** The zone of a schedule as a whole, in which its days begin. */
export const zoneOf = (schedule: ScheduleRequest): string => {
  const rule = ruleOf(schedule);
  return rule.kind === "periods" ? (schedule.timezone ?? rule.periods[0]?.zone ?? "UTC") : rule.zone;
};

/**
 * What is wanted outside of all periods. A schedule that has only inverse periods (`state: "off"`) and doesn't say is on
 * outside of them: it was written to say when servers are off.
 */
export const outsideOf = (schedule: ScheduleRequest): "on" | "off" | "any" => {
  const rule = ruleOf(schedule);
  // What names one kind of edge only acts at it, and never until the next one.
  if (isOneSided(rule)) return "any";
  if (schedule.default !== undefined) return schedule.default;
  const isInverse = rule.kind === "periods" && rule.periods.every(({ state }) => state === "off");
  return isInverse ? "on" : "off";
};

/** The calendars that a schedule uses, with the effect of days that name none. */
export const calendarsOf = (schedule: ScheduleRequest) =>
  (schedule.calendars ?? []).map((use) =>
    typeof use === "string"
      ? { name: use, effect: "off" as const }
      : { name: use.name, effect: use.effect ?? ("off" as const) },
  );

/** What a schedule needs, with what was left out. */
export const needsOf = (schedule: Pick<ScheduleRequest, "needs">): readonly Need[] =>
  (schedule.needs ?? []).map((need) => {
    const written = typeof need === "string" ? { schedule: need } : need;
    return {
      schedule: written.schedule,
      ready: written.ready ?? "running",
      timeoutMinutes: Math.max(1, millisecondsOf(written.timeout ?? "15m") / minute),
      onFailure: written.on_failure ?? "hold",
      stopWhileNeeded: written.stop_while_needed ?? "block",
    };
  });

/** The catch-up rule of a schedule. */
export const catchUpOf = (schedule: ScheduleRequest): CatchUp => schedule.catch_up ?? catchUpSchema.parse({});

/** Minutes before a stop at which it is announced. */
export const noticeMinutesOf = (schedule: ScheduleRequest): number => schedule.notice_minutes ?? 15;

/** What is wrong with a schedule beside its schema: names of calendars that do not exist. */
export const faultsOfSchedule = (request: ScheduleRequest, calendars: ReadonlySet<string>): Fault[] =>
  calendarsOf(request).flatMap(({ name }, index) =>
    calendars.has(name) ? [] : [{ pointer: `/calendars/${index}`, detail: `there is no calendar ${name}` }],
  );
