import * as z from "zod";
import { eventSchema, typePrefix, typeSchemaOf } from "./event.ts";

/** What became of a power schedule; `subject` is `schedule/{name}`. */
export const scheduleEventTypes = {
  "schedule.created": "A schedule was put under a new name.",
  "schedule.updated": "What it says was changed; edges from then on are those of the new version.",
  "schedule.deleted": "It is gone. Its servers stay as they are.",
  "schedule.paused": "Nothing is done to its servers until it is resumed.",
  "schedule.resumed": "It goes on, with what is wanted now.",
  "schedule.override_added":
    "A temporary exception was made, or got another end. `by: notice`: it keeps servers on until the stop that is announced.",
  "schedule.override_cancelled": "A temporary exception was taken back before its time.",
  "schedule.stop_announced": "Servers are going to be stopped at `edge.at`, unless somebody snoozes that.",
  "schedule.edge_applied":
    "Servers were started or stopped; each has an operation. An edge at which nothing was switched (a pause, an exception, a schedule that observes, nothing to do) is not said.",
  "schedule.edge_skipped": "An edge came so late that it was left out; each server says why.",
  "schedule.server_delayed": "A guard, a dependency or a place puts servers off; each says why.",
  "schedule.server_left_alone": "Servers stay as they are although an edge came; each says why.",
  "schedule.flapping": "Servers were put right so often within an hour that they are left alone for a while.",
  "schedule.conflict": "Schedules of the same priority want the opposite: nothing is done.",
  "schedule.edge_observed": "What would have been done, of a schedule that only observes.",
  "schedule.confirmation_needed":
    "So many servers would be switched that a person has to confirm it, by `confirm_id`.",
  "schedule.confirmation_superseded": "A later edge came before anybody had confirmed.",
  "schedule.drifted": "Servers are not as the schedule wants them, and are left so; each says why.",
  "schedule.missed": "Servers did not become what was wanted in time.",
  "schedule.dst_collapsed": "A change of the clock leaves nothing of a period.",
  "schedule.zone_rules_changed":
    "Other tz data moves its edges; `reason` says some of them, the schedule's `zone_rules_changed` all.",
  "schedule.alert": "Something about the schedule needs a person; `reason` says what.",
  "schedule.woken": "Somebody has asked for servers to be on for a while.",
  "schedule.ready":
    "Servers that somebody has asked for run: once for each wake, with a callback or without.",
} as const satisfies Record<`schedule.${string}`, string>;
export type ScheduleEventType = keyof typeof scheduleEventTypes;

/** Servers that one event names, at most; `server_count` says how many there are. */
export const mostNamed = 50;

export const scheduleEventDataSchema = z.strictObject({
  schedule: z.string(),
  connection: z.string(),
  /** Of what the schedule says. */
  version: z.number().int().nonnegative(),
  /** Which edge it is about; `local` is its time in the schedule's zone. */
  edge: z.strictObject({ at: z.string(), local: z.string(), action: z.enum(["on", "off"]) }).nullable(),
  servers: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string().nullable(),
      operation_id: z.string().nullable(),
      because: z.string().nullable(),
    }),
  ),
  server_count: z.number().int().nonnegative(),
  override: z
    .strictObject({
      id: z.string(),
      state: z.enum(["on", "off", "any"]),
      from: z.string(),
      until: z.string(),
    })
    .nullable(),
  reason: z.string().nullable(),
  by: z.string().nullable(),
  /** Only of `schedule.confirmation_needed`. */
  confirm_id: z.string().nullable(),
  /** Only of `schedule.stop_announced`: where the stop can be snoozed once, without a key. */
  snooze_path: z.string().nullable(),
});
export type ScheduleEventData = z.infer<typeof scheduleEventDataSchema>;

export const scheduleEventSchema = z.strictObject({
  ...eventSchema.shape,
  type: typeSchemaOf(scheduleEventTypes),
  data: scheduleEventDataSchema,
});

/** Data of an event that says nothing more than which schedule it is about. */
export const plainScheduleData = (
  schedule: { readonly name: string; readonly connection: string; readonly version: number },
  more: Partial<ScheduleEventData> = {},
): ScheduleEventData => ({
  schedule: schedule.name,
  connection: schedule.connection,
  version: schedule.version,
  edge: null,
  servers: [],
  server_count: 0,
  override: null,
  reason: null,
  by: null,
  confirm_id: null,
  snooze_path: null,
  ...more,
});

const office = { name: "office-hours", connection: "paris", version: 3 };
const web = { id: "11111111-1111-4111-8111-111111111111", name: "web-1", operation_id: null, because: null };
const off = { at: "2026-11-02T18:00:00.000Z", local: "2026-11-02T19:00:00+01:00", action: "off" } as const;

const example = (
  type: ScheduleEventType,
  sequence: number,
  data: Partial<ScheduleEventData> = {},
): z.infer<typeof scheduleEventSchema> => ({
  specversion: "1.0",
  id: `evt_schedule_office-hours_${sequence}`,
  source: "switchyard",
  type: `${typePrefix}${type}`,
  subject: "schedule/office-hours",
  time: "2026-11-02T18:00:04.000Z",
  sequence,
  data: plainScheduleData(office, data),
});

const snoozed = {
  id: "ovr_9x",
  state: "on",
  from: "2026-11-02T17:50:00.000Z",
  until: "2026-11-02T20:00:00.000Z",
} as const;

/** One whole event of each type. */
export const scheduleEventExamples = {
  "schedule.created": example("schedule.created", 1, { by: "bootstrap" }),
  "schedule.updated": example("schedule.updated", 2, { by: "bootstrap" }),
  "schedule.paused": example("schedule.paused", 3, { by: "bootstrap" }),
  "schedule.resumed": example("schedule.resumed", 4, { by: "bootstrap" }),
  "schedule.override_added": example("schedule.override_added", 5, {
    override: snoozed,
    by: "bootstrap",
    reason: "a release tonight",
  }),
  "schedule.override_cancelled": example("schedule.override_cancelled", 6, {
    override: snoozed,
    by: "bootstrap",
  }),
  "schedule.stop_announced": example("schedule.stop_announced", 7, {
    edge: off,
    servers: [web],
    server_count: 1,
    snooze_path: "/snooze/b2ZmaWNl.c2lnbmVk",
  }),
  "schedule.edge_applied": example("schedule.edge_applied", 8, {
    edge: off,
    servers: [{ ...web, operation_id: "op_hj399k02e02gv7gkvettb6fzj1" }],
    server_count: 1,
  }),
  "schedule.edge_skipped": example("schedule.edge_skipped", 9, {
    edge: off,
    servers: [{ ...web, because: "it was started by hand before the on-edge" }],
    server_count: 1,
  }),
  "schedule.edge_observed": example("schedule.edge_observed", 10, {
    edge: off,
    servers: [web],
    server_count: 1,
  }),
  "schedule.server_delayed": example("schedule.server_delayed", 18, {
    edge: off,
    servers: [{ ...web, because: "it has been on for 5 min of 30m" }],
    server_count: 1,
  }),
  "schedule.server_left_alone": example("schedule.server_left_alone", 19, {
    edge: off,
    servers: [{ ...web, because: "it is protected at the provider" }],
    server_count: 1,
  }),
  "schedule.flapping": example("schedule.flapping", 20, {
    servers: [{ ...web, because: "it was put right 3 times within the hour" }],
    server_count: 1,
  }),
  "schedule.conflict": example("schedule.conflict", 22, {
    servers: [{ ...web, because: "office-hours and nights-off want the opposite with the same priority" }],
    server_count: 1,
  }),
  "schedule.ready": example("schedule.ready", 23, { servers: [web], server_count: 1 }),
  "schedule.confirmation_superseded": example("schedule.confirmation_superseded", 21, {
    reason: "a later edge has come before anybody confirmed",
  }),
  "schedule.confirmation_needed": example("schedule.confirmation_needed", 11, {
    edge: off,
    servers: [web],
    server_count: 40,
    reason: "ticks were missing for 45 min, and 40 of 50 servers would be switched",
    confirm_id: "cfm_4q",
  }),
  "schedule.drifted": example("schedule.drifted", 12, {
    servers: [{ ...web, because: "it was switched on by hand" }],
    server_count: 1,
  }),
  "schedule.missed": example("schedule.missed", 13, {
    edge: off,
    servers: [{ ...web, because: "it is still on 10 min after its off-edge" }],
    server_count: 1,
  }),
  "schedule.dst_collapsed": example("schedule.dst_collapsed", 14, {
    reason: "02:30-03:15 on 2026-03-29 in Europe/Paris",
  }),
  "schedule.zone_rules_changed": example("schedule.zone_rules_changed", 24, {
    reason:
      "tz data 2027a in place of 2026c moves edges: no longer on 2027-03-29T08:00+02:00, now on 2027-03-29T08:00+01:00",
  }),
  "schedule.alert": example("schedule.alert", 15, { reason: "the calendar france has a faulty line 12" }),
  "schedule.woken": example("schedule.woken", 16, { override: snoozed, servers: [web], server_count: 1 }),
  "schedule.deleted": example("schedule.deleted", 17, { by: "bootstrap" }),
} as const satisfies Record<ScheduleEventType, z.infer<typeof eventSchema>>;
