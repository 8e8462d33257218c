import type { Connection } from "../connection.ts";
import { instant } from "../operation/time.ts";
import type { TickTally } from "../schedule/apply.ts";
import type { Inputs } from "../schedule/inputs.ts";
import type { Beside } from "../schedule/due-times.ts";
import { planTick, type TickPlan } from "../schedule/plan-tick.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { ScheduleState } from "../schedule/state.ts";
import { ServerRows } from "./server-rows.ts";
import { TickNews } from "./tick-news.ts";
import { type Notice, noticeDue } from "./tick-notices.ts";
import type { Pass } from "./tick-pass.ts";
import type { TickPorts } from "./tick-ports.ts";
import { loadTickState, type Progress, type TickState } from "./tick-state.ts";

/** What decides, with a fingerprint by which a change is noticed. */
export interface KnownInputs {
  readonly inputs: Inputs;
  readonly fingerprint: string;
  /** Of the schedules alone. */
  readonly schedules: string;
}

/** What one tick does for one schedule. */
export interface Work {
  readonly schedule: Schedule;
  readonly connection: Connection;
  readonly known: KnownInputs;
  /** As it was read. */
  readonly tick: TickState;
  readonly plan: TickPlan;
  /** The state that the plan was made from. */
  readonly planned: ScheduleState;
  /** Where an earlier tick has broken off; null: at the beginning. */
  readonly progress: Progress | null;
  readonly rows: ServerRows;
  readonly news: TickNews;
  readonly notice: Notice | null;
  /** Nothing is due, and its servers are looked at all the same: somebody may have switched them. */
  readonly isLook: boolean;
  pass: Pass | null;
  /** What all servers were counted to, before anything was sent. */
  counted: TickTally | null;
  /** Seconds that starts have taken. */
  readonly seconds: number[];
  /** What went wrong; whatever it was about is done at the next tick. */
  readonly failures: unknown[];
}

/** So long a tick may take from reading what decides to saying up to where it has come, in milliseconds. */
const longestTick = 120_000;
/** A pass that was broken off is not gone on with after so long, in milliseconds. */
const longestBreak = 30 * 60_000;

const changesOf = ({ overrides, freezes, windows, calendars, schedules }: Inputs): readonly number[] =>
  [
    ...overrides.flatMap(({ created_at: made, cancelled_at: gone }) => [made, gone]),
    ...freezes.flatMap(({ from, ended_at: ended }) => [from, ended]),
    ...windows.flatMap(({ from, until }) => [from, until]),
    ...calendars.map(({ updated_at: at }) => at),
    ...schedules.map(({ updated_at: at }) => at),
  ].flatMap((time) => (time === null ? [] : [Date.parse(time)]));

/**
 * The state to plan with. What was changed while the last tick was at work, and which that tick has not seen, may have
 * edges before the instant up to which it said that everything was done: these are looked at again. (An edge that was
 * acted on is known by its id.)
 */
const planningState = (
  { inputs, fingerprint }: KnownInputs,
  { state, inputs: seen }: TickState,
): ScheduleState => {
  const { applied_until: until } = state;
  if (until === null || seen === fingerprint) return state;
  const applied = Date.parse(until);
  const unseen = changesOf(inputs).filter((at) => at <= applied && at > applied - longestTick);
  return unseen.length === 0 ? state : { ...state, applied_until: instant(Math.min(...unseen) - 1) };
};

const standingProgress = ({ progress }: TickState, schedule: Schedule, now: number): Progress | null =>
  progress !== null && progress.version === schedule.version && now - Date.parse(progress.at) < longestBreak
    ? progress
    : null;

/** Schedules that have servers in common with it, as far as that was seen of the schedules that there are now. */
const besideOf = ({ schedules }: KnownInputs, { beside }: TickState): Beside =>
  beside !== null && beside.of === schedules ? beside.names : null;

/** How often servers are looked at when no edge comes, in milliseconds: somebody may have switched them. */
const lookMilliseconds = 60 * 60_000;

/** When its servers are looked at next if no edge comes before, in milliseconds since the epoch; null: never. */
export const nextLook = ({ mode }: Schedule, { looked }: TickState, now: number): number | null => {
  if (mode === "observe") return null;
  return looked === null ? now : Date.parse(looked.at) + lookMilliseconds;
};

const isLookDue = (schedule: Schedule, tick: TickState, now: number): boolean =>
  (nextLook(schedule, tick, now) ?? Number.POSITIVE_INFINITY) <= now;

/** What there is to do for a schedule; nothing is done yet. */
export const workFor = async (
  schedule: Schedule,
  connection: Connection,
  known: KnownInputs,
  ports: TickPorts,
): Promise<Work | null> => {
  const { value: tick } = await loadTickState(schedule, ports);
  const now = ports.clock.now();
  const progress = standingProgress(tick, schedule, now);
  const planned = planningState(known, tick);
  const at = progress === null ? now : Date.parse(progress.at);
  const planOf = (state: ScheduleState) =>
    planTick(known.inputs, schedule.name, state, at, besideOf(known, tick));
  const found = planOf(planned);
  // What is looked at again was not missed: ticks came.
  const { gap, gapMinutes, mayHoldBack } = (planned === tick.state ? found : planOf(tick.state)) ?? {};
  if (found === null || gap === undefined || gapMinutes === undefined || mayHoldBack === undefined)
    return null;
  const plan: TickPlan = { ...found, gap, gapMinutes, mayHoldBack };
  return {
    schedule,
    connection,
    known,
    tick,
    plan,
    planned,
    progress,
    rows: new ServerRows(schedule, ports),
    news: new TickNews(),
    notice: noticeDue(schedule, known.inputs, tick, {
      inputs: known.fingerprint,
      now,
      beside: besideOf(known, tick),
    }),
    isLook: !plan.due && progress === null && planned === tick.state && isLookDue(schedule, tick, now),
    pass: null,
    counted: progress?.counted ?? null,
    seconds: [],
    failures: [],
  };
};

/** Whether what the last tick did is looked at again. */
export const looksBack = ({ planned, tick }: Work): boolean => planned !== tick.state;

/** Whether its servers have to be gone through. */
export const needsPass = (work: Work): boolean =>
  work.plan.due || work.progress !== null || looksBack(work) || work.isLook;

/** Whether all servers are to be counted before anything is sent. */
export const needsCount = (work: Work): boolean =>
  needsPass(work) && !work.isLook && work.plan.mayHoldBack && work.counted === null;

/** Where a pass begins; null: at the beginning. A look goes on where the last one had no more time. */
export const placeOf = ({ progress, pass, isLook, notice, tick }: Work): string | null => {
  if (isLook) return notice === null ? (tick.looked?.cursor ?? null) : null;
  return progress !== null && progress.isCounting === (pass?.world.sends === false) ? progress.cursor : null;
};
