import * as z from "zod";
import type { Ports } from "../ports/ports.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { freshScheduleState, scheduleStateSchema, type ScheduleState } from "../schedule/state.ts";
import { changeDocument, standing, type Standing } from "./schedule-store.ts";

const folder = "schedule-states";
const instantSchema = z.iso.datetime();

/** How far a pass over a schedule's servers has come whose time was over; the next tick goes on there. */
const progressSchema = z.strictObject({
  /** The instant that the pass is about. */
  at: instantSchema,
  /** What the schedule said then. */
  version: z.int(),
  /** Where the list of servers goes on; null: at its beginning. */
  cursor: z.string().nullable(),
  /** How often it was broken off. */
  part: z.int(),
  /** What it has come to so far. */
  affected: z.int(),
  total: z.int(),
  waiting: z.int(),
  /** What all servers were counted to before anything was sent; null: they are still to be counted, or need not be. */
  counted: z.strictObject({ affected: z.int(), total: z.int(), waiting: z.int() }).nullable(),
  isCounting: z.boolean(),
});
export type Progress = z.infer<typeof progressSchema>;

/** All that ticks leave behind of one schedule, beside what they know of its servers. */
export const tickStateSchema = z.strictObject({
  state: scheduleStateSchema,
  /** Stops up to here were announced, as far as their notice goes. */
  announced_until: instantSchema.nullable(),
  /** Shards in which there are servers that are watched until they are as they should be. */
  checks: z.array(z.string()),
  progress: progressSchema.nullable(),
  /** Seconds that a start takes, as learned; null: none was seen. */
  start_seconds: z.number().nullable(),
  /** When its servers were last said to be ready (`ready: callback`). */
  ready_at: instantSchema.nullable(),
  /** Of the inputs that the last pass saw. */
  inputs: z.string().nullable(),
  /** When its servers were last looked at, whatever for; and where the next look goes on, null: at the beginning. */
  looked: z.strictObject({ at: instantSchema, cursor: z.string().nullable() }).nullable().default(null),
  /** Schedules that were seen to select servers of its own, and of which schedules that was seen; null: not known. */
  beside: z
    .strictObject({ names: z.array(z.string()), of: z.string() })
    .nullable()
    .default(null),
});
export type TickState = z.infer<typeof tickStateSchema>;

const freshTickState: TickState = {
  state: freshScheduleState,
  announced_until: null,
  checks: [],
  progress: null,
  start_seconds: null,
  ready_at: null,
  inputs: null,
  looked: null,
  beside: null,
};

/** Under which name ticks keep what they know of a schedule: one that is made anew begins anew. */
export const tickKeyOf = ({ name, created_at: at }: Pick<Schedule, "name" | "created_at">): string =>
  `${name}@${Date.parse(at).toString(36)}`;

/** What ticks have left of a schedule. */
export const loadTickState = async (
  schedule: Pick<Schedule, "name" | "created_at">,
  ports: Pick<Ports, "documents">,
): Promise<Standing<TickState> & { readonly value: TickState }> => {
  const { value, version } = await standing(folder, tickKeyOf(schedule), tickStateSchema, ports);
  return { value: value ?? freshTickState, version };
};

/** Changes it; decided anew when somebody else was faster. @throws RequestRefused 409 */
export const changeTickState = async (
  schedule: Pick<Schedule, "name" | "created_at">,
  decide: (before: TickState) => TickState | null,
  ports: Pick<Ports, "documents">,
): Promise<void> => {
  await changeDocument<TickState>(
    { folder, name: tickKeyOf(schedule), schema: tickStateSchema },
    (before) => {
      const known = before ?? freshTickState;
      const next = decide(known);
      return next === null || JSON.stringify(next) === JSON.stringify(known) ? null : next;
    },
    ports,
  );
};

const appliedOf = ({ applied_until: at }: ScheduleState): number => (at === null ? 0 : Date.parse(at));

/**
 * The state that is to stand when a tick was made on `seen` and came to `next`, while `standing` is there now: whoever
 * has come further stays, and a confirmation that came meanwhile is not lost.
 */
export const mergedState = (
  standingNow: ScheduleState,
  seen: ScheduleState,
  next: ScheduleState,
): ScheduleState => {
  if (JSON.stringify(standingNow) === JSON.stringify(seen)) return next;
  if (appliedOf(standingNow) > appliedOf(next))
    return { ...standingNow, waiting: standingNow.waiting || next.waiting };
  const isSame = next.confirm !== null && next.confirm.id === standingNow.confirm?.id;
  return { ...next, confirmed: isSame ? standingNow.confirmed : next.confirmed };
};
