import { plainScheduleData } from "../../events/schedule-event.ts";
import { instant } from "../operation/time.ts";
import { settle, type Settled, type TickTally } from "../schedule/apply.ts";
import { dayMilliseconds, minuteMilliseconds } from "../schedule/local-date.ts";
import { nextDueAt } from "../schedule/plan-tick.ts";
import { collapsedIn } from "../schedule/preview.ts";
import type { ScheduleState } from "../schedule/state.ts";
import { learnedStart } from "../schedule/learned-start.ts";
import { say, type ToSay } from "./schedule-events.ts";
import type { Walked } from "./server-pages.ts";
import { nextNotice } from "./tick-notices.ts";
import type { TickPorts } from "./tick-ports.ts";
import { changeTickState, mergedState, type Progress, type TickState } from "./tick-state.ts";
import { needsPass, nextLook, placeOf, type Work } from "./tick-work.ts";

/** How long before it happens it is told that a clock change takes a period away. */
const collapseDays = 7;

/** The next tick. */
export const soonAfter = (now: number): number => now - (now % minuteMilliseconds) + minuteMilliseconds;

/** What waits for a person is told again and again, and heard once. */
const asking = ({ schedule }: Work, { confirm }: ScheduleState): readonly ToSay[] =>
  confirm === null
    ? []
    : [
        {
          type: "schedule.confirmation_needed",
          data: plainScheduleData(schedule, {
            server_count: confirm.affected,
            reason: confirm.because,
            confirm_id: confirm.id,
          }),
          once: `confirm/${confirm.id}`,
        },
      ];

const collapses = ({ schedule, known }: Work, now: number): readonly ToSay[] =>
  collapsedIn(known.inputs, schedule.name, now, now + collapseDays * dayMilliseconds).map((lost) => ({
    type: "schedule.dst_collapsed",
    data: plainScheduleData(schedule, { reason: `${lost.period} on ${lost.local_date}, ${lost.local}` }),
    once: `collapsed/${lost.at}/${lost.period}/${schedule.version}`,
  }));

const unknownNames = ({ schedule, pass }: Work): readonly ToSay[] =>
  [...(pass?.unknown ?? [])].map((name) => ({
    type: "schedule.alert",
    data: plainScheduleData(schedule, {
      reason: `servers bear the tag schedule=${name}, and there is no such schedule`,
    }),
    once: `unknown/${name}`,
  }));

/** How all servers came out; with a count before, it is the count that was judged. */
const tallyOf = ({ pass, counted, progress }: Work): TickTally => {
  const own = pass?.counted ?? { affected: 0, total: 0, waiting: 0 };
  const before = progress?.isCounting === false ? progress : { affected: 0, total: 0, waiting: 0 };
  const all = {
    affected: own.affected + before.affected,
    total: own.total + before.total,
    waiting: own.waiting + before.waiting,
  };
  return counted === null ? all : { ...counted, waiting: all.waiting };
};

/** What the whole pass comes to. Edges that were told before are not told again. */
const settled = (work: Work): Settled => {
  const { plan, tick } = work;
  const tally = tallyOf(work);
  const made = settle(plan, tick.state, tally);
  const applied = tick.state.applied_until === null ? 0 : Date.parse(tick.state.applied_until);
  const told = made.told.filter(
    ({ event, at }) =>
      event !== "schedule.confirmation_needed" && (event !== "schedule.edge_applied" || at > applied),
  );
  // Where only what was done before was looked at, servers may wait for what comes of that.
  return { ...made, told, next: { ...made.next, waiting: made.next.waiting || tally.waiting > 0 } };
};

/** Where a pass whose time was over has come to. */
const brokenOff = ({ plan, schedule, pass, counted, progress }: Work, cursor: string | null): Progress => {
  const isCounting = pass?.world.sends === false;
  const before =
    progress?.isCounting === isCounting
      ? progress
      : { affected: 0, total: 0, waiting: 0, part: progress?.part ?? 0 };
  const own = pass?.counted ?? { affected: 0, total: 0, waiting: 0 };
  return {
    at: instant(plan.now),
    version: schedule.version,
    cursor,
    part: before.part + 1,
    affected: before.affected + own.affected,
    total: before.total + own.total,
    waiting: before.waiting + own.waiting,
    counted,
    isCounting,
  };
};

/** What a tick has come to for a schedule. */
interface End {
  /** Null: the pass is not over, or there was none. */
  readonly state: ScheduleState | null;
  readonly progress: Progress | null;
  /** Names the work, for what is said of it. */
  readonly turn: string;
}

const endOf = (work: Work, walked: Walked | null): End => {
  const { tick, plan, pass, progress, failures } = work;
  const turn = `${tick.state.applied_until}/${progress?.part ?? 0}`;
  // What was done before something went wrong is told by itself; the rest of it comes with the next tick.
  if (failures.length > 0) return { state: null, progress, turn: `${turn}/${plan.now}` };
  if (!needsPass(work) || pass === null) return { state: null, progress, turn };
  if (work.isLook && walked?.isOver !== true) return { state: null, progress: null, turn };
  if (walked === null || !walked.isOver)
    return { state: null, progress: brokenOff(work, walked?.cursor ?? null), turn };
  const { next, told } = settled(work);
  // An edge that had nothing to do, or stood under a pause or an exception, has switched nothing.
  for (const one of told)
    if (one.event === "schedule.edge_applied") work.news.explain(one);
    else work.news.tell(one);
  return { state: next, progress: null, turn };
};

/** When servers were looked at, as far as this tick has come with it. What could not be read is begun anew. */
const lookedAt = (
  { pass, isLook, failures, tick }: Work,
  walked: Walked | null,
  now: number,
): TickState["looked"] => {
  if (pass === null || walked === null) return tick.looked;
  if (failures.length > 0) return tick.looked === null ? null : { ...tick.looked, cursor: null };
  if (walked.isOver) return { at: instant(now), cursor: null };
  return isLook ? { at: instant(now), cursor: walked.cursor } : tick.looked;
};

/** Schedules that have servers in common with it, as far as this pass has shown. */
const besideAfter = (
  { pass, known: { schedules: of } }: Work,
  isWhole: boolean,
  before: TickState,
): TickState["beside"] => {
  if (pass === null) return before.beside;
  if (isWhole) return { names: [...pass.beside].toSorted(), of };
  // A part of the servers can only add to what is known.
  if (before.beside === null || before.beside.of !== of) return before.beside;
  return { names: [...new Set([...before.beside.names, ...pass.beside])].toSorted(), of };
};

/**
 * Says and keeps what a tick has come to: what is said first, under names by which a repeat is known; then what is known
 * of servers; at last up to where the schedule was acted on. A death in between lets the next tick do the same again.
 * @returns when the next tick has something to do, in milliseconds since the epoch; null: never
 */
export const finishWork = async (
  work: Work,
  walked: Walked | null,
  ports: TickPorts,
): Promise<number | null> => {
  const { schedule, news, notice, rows, tick, known, plan } = work;
  const now = ports.clock.now();
  const { state, progress, turn } = endOf(work, walked);
  const isNoticed = notice !== null && notice.failure === undefined && walked?.isOver === true;
  const standing = state ?? tick.state;
  await say(
    schedule.name,
    [
      ...(isNoticed ? await notice.toSay(ports) : []),
      ...news.toSay(schedule, turn),
      ...asking(work, tick.state),
      ...(state !== null || tick.inputs !== known.fingerprint ? collapses(work, now) : []),
      ...unknownNames(work),
    ],
    ports,
  );
  const isWhole = state !== null && work.progress === null && placeOf(work) === null;
  if (isWhole) rows.forgetUnseen();
  await rows.save();
  const seconds = [...work.seconds, ...(work.pass?.startSeconds ?? [])];
  const isSeen = state !== null || isNoticed || !needsPass(work);
  const looked = lookedAt(work, walked, now);
  const hasChanged =
    state !== null ||
    isNoticed ||
    looked !== tick.looked ||
    progress !== tick.progress ||
    tick.checks.length > 0 ||
    seconds.length > 0;
  const changed = (before: TickState): TickState => ({
    ...before,
    state: state === null ? before.state : mergedState(before.state, tick.state, state),
    progress,
    announced_until: isNoticed ? instant(now) : before.announced_until,
    checks: [...rows.watched(before.checks)],
    start_seconds: learnedStart(before.start_seconds, seconds),
    inputs: isSeen ? known.fingerprint : before.inputs,
    looked,
    beside: besideAfter(work, isWhole, before),
  });
  if (hasChanged || rows.watched([]).length > 0) await changeTickState(schedule, changed, ports);
  if (state !== null) await say(schedule.name, asking(work, state), ports);
  const isBusy = work.failures.length > 0 || progress !== null || rows.watched(tick.checks).length > 0;
  const next = [
    isBusy ? soonAfter(now) : null,
    nextDueAt(plan, standing),
    nextNotice(schedule, known.inputs, now, plan.beside),
    nextLook(schedule, { ...tick, looked }, now),
  ];
  const times = next.filter((time) => time !== null);
  return work.pass?.hasHeld === true ? 0 : times.length === 0 ? null : Math.min(...times);
};

/** Keeps that a person has to confirm, when all were counted and are too many. @returns whether that is so */
export const heldBack = async (work: Work, ports: TickPorts): Promise<ScheduleState | null> => {
  const { plan, tick, schedule } = work;
  const tally = work.pass?.counted ?? { affected: 0, total: 0, waiting: 0 };
  const before = work.progress?.isCounting === true ? work.progress : { affected: 0, total: 0, waiting: 0 };
  const all = {
    affected: tally.affected + before.affected,
    total: tally.total + before.total,
    waiting: tally.waiting + before.waiting,
  };
  const { release, next } = settle(plan, tick.state, all);
  if (release) {
    work.counted = all;
    return null;
  }
  await changeTickState(
    schedule,
    (standing) => ({
      ...standing,
      state: mergedState(standing.state, tick.state, next),
      progress: null,
      inputs: work.known.fingerprint,
    }),
    ports,
  );
  await say(schedule.name, asking(work, next), ports);
  return next;
};
