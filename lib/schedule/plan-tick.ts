import { boardOf, type Board } from "./board.ts";
import { type Beside, dueTimes, nextDueTime } from "./due-times.ts";
import type { Inputs } from "./inputs.ts";
import type { LiveEdge } from "./live-edges.ts";
import { minuteMilliseconds } from "./local-date.ts";
import { catchUpOf, type Schedule } from "./schedule.ts";
import { longestLead, spreadOf } from "./stagger.ts";
import type { ScheduleState } from "./state.ts";

/** What one tick is about for one schedule. */
export interface TickPlan {
  readonly board: Board;
  readonly schedule: Schedule;
  readonly now: number;
  /** Commands that were to be sent in `(since, now]` are. */
  readonly since: number;
  /** Whether servers have to be looked at; if not, there is nothing to read or to write. */
  readonly due: boolean;
  /** Edges came in the window; else only what waits, or what is enforced, is looked at. */
  readonly hasEdges: boolean;
  /** Ticks have been missing for longer than the schedule's `catch_up` allows. */
  readonly gap: boolean;
  readonly gapMinutes: number;
  /** Too many servers may have to wait for a person: count all of them before anything is sent. */
  readonly mayHoldBack: boolean;
  readonly isConfirmed: boolean;
  /** Drift is corrected at this tick. */
  readonly enforces: boolean;
  /** Edges are on their way: their commands are spread, or lead. */
  readonly isSpreading: boolean;
  /** Schedules that have servers in common with it. */
  readonly beside: Beside;
  /** Edges of servers that nothing personal is about, by the schedules that select them. */
  readonly edges: Map<string, readonly LiveEdge[]>;
}

/** How often servers are looked at for what no edge brings: new ones, and those that are stopped in place. */
const watchMilliseconds = 5 * minuteMilliseconds;

const watches = ({ cleanup_standby: cleans, new_servers: news }: Schedule): boolean =>
  cleans === true || (news !== undefined && news !== "leave");

const sinceOf = (schedule: Schedule, state: ScheduleState, isConfirmed: boolean): number => {
  const changed = Date.parse(schedule.updated_at);
  if (isConfirmed && state.confirm !== null) return Math.max(changed, Date.parse(state.confirm.since));
  return state.applied_until === null ? changed : Math.max(changed, Date.parse(state.applied_until));
};

/**
 * What a tick has to do for a schedule: whether anything at all, and for which window. It costs what changes, not what
 * there is; while nothing is due it is a look into a list.
 * @param beside schedules that have servers in common with it, where that is known
 * @returns null for a schedule that is not among the inputs
 */
export const planTick = (
  inputs: Inputs,
  name: string,
  state: ScheduleState,
  now: number,
  beside: Beside = null,
): TickPlan | null => {
  const schedule = inputs.schedules.find((one) => one.name === name);
  if (schedule === undefined) return null;
  const isConfirmed = state.confirm !== null && state.confirmed === state.confirm.id;
  // A clock that went back: nothing before what was applied is looked at again.
  const since = Math.min(now, sinceOf(schedule, state, isConfirmed));
  const lead = schedule.ready_by === undefined ? 0 : longestLead;
  const spread = spreadOf(schedule);
  const times = dueTimes(inputs, schedule, since - spread + 1, now + lead + 1, beside);
  const first = times.find((at) => at > since && at <= now);
  const gapMinutes = first === undefined ? 0 : (now - first - spread) / minuteMilliseconds;
  const gap = !isConfirmed && gapMinutes > catchUpOf(schedule).minutes;
  const isAsking = state.confirm !== null && !isConfirmed;
  const enforces = schedule.mode === "enforce" && !isAsking;
  const hasEdges = times.length > 0;
  const isWatching =
    watches(schedule) && Math.floor(now / watchMilliseconds) > Math.floor(since / watchMilliseconds);
  return {
    board: boardOf(inputs),
    schedule,
    now,
    since,
    due: hasEdges || state.waiting || enforces || isConfirmed || isWatching,
    hasEdges,
    gap,
    gapMinutes,
    mayHoldBack: gap || (schedule.guards?.max_affected !== undefined && !isConfirmed),
    isConfirmed,
    enforces,
    isSpreading: spread + lead > 0 && times.some((at) => at > now - spread && at - lead <= now),
    beside,
    edges: new Map(),
  };
};

/**
 * When the next tick of a schedule has something to do, in milliseconds since the epoch; null: not within 400 days. It
 * holds as long as the inputs are the same.
 * @param state as this tick has left it
 */
export const nextDueAt = (
  { board, schedule, now, isSpreading, beside }: TickPlan,
  state: ScheduleState,
): number | null => {
  const soon = now - (now % minuteMilliseconds) + minuteMilliseconds;
  if (state.waiting || isSpreading || schedule.mode === "enforce") return soon;
  const lead = schedule.ready_by === undefined ? 0 : longestLead;
  const next = nextDueTime(board.inputs, schedule, now + lead, beside);
  const watch = watches(schedule) ? now - (now % watchMilliseconds) + watchMilliseconds : null;
  const times = [next === null ? null : next - lead, watch].filter((time) => time !== null);
  return times.length === 0 ? null : Math.max(soon, Math.min(...times));
};
