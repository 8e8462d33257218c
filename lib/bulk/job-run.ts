import type { BulkEventType } from "../../events/bulk-event.ts";
import { instant, secondsBetween } from "../operation/time.ts";
import { announceJob } from "./announce-job.ts";
import { boardOf, withBoard, type Board } from "./board.ts";
import { isOver, most, short, type BulkJob, type PauseReason, type Stopped } from "./job.ts";
import { changedTo, unchanged, type JobChange } from "./job-answer.ts";
import { resumed } from "./job-change.ts";
import { percentOf } from "./job-view.ts";
import { layMark } from "./lay-mark.ts";
import type { Mark } from "./mark.ts";
import { endStateOf, isUnconfirmed, standing } from "./standing.ts";
import { earlyStop, type EarlyStop, type PauseWords } from "./stop-early.ts";
import type { Tally } from "./tally.ts";

/** Between two events about progress: so many seconds, and so many percent. */
const progressSeconds = 5;
const progressPercent = 1;

const beginning = (job: BulkJob, letters: Tally, now: number): BulkJob => {
  const begun = { ...job, started_at: instant(now) };
  return announceJob(standing(begun, letters), "bulk_job.started", now);
};

/** The job when its first item is about to be begun. `now`: ms since the epoch. */
export const began = (job: BulkJob, now: number): JobChange => {
  if (job.started_at !== null) return unchanged(job, "it is begun already");
  const board = boardOf(job);
  const { state } = standing(job, board.letters);
  if (state !== "planned" && state !== "running") return unchanged(job, `it is ${state}`);
  return changedTo(beginning(job, board.letters, now), "it is begun");
};

/**
 * Lays what the runner has learnt over the job as it stands now, whatever became of it meanwhile: a pause, a cancel and a
 * retry stay as they are. Laid again, they change nothing. See `layMark`.
 */
export const merge = (stored: BulkJob, marks: readonly Mark[], now: number): JobChange => {
  const board = boardOf(stored);
  let job = stored;
  for (const mark of marks) job = layMark(job, board, mark) ?? job;
  if (job === stored) return unchanged(stored, "it knows all that");
  const laid = withBoard(job, board);
  if (isOver(laid))
    return changedTo({ ...laid, state: endStateOf(laid, board.letters) }, "an end was settled");
  const isBegun = board.letters.count("r", "s", "f", "a") > 0;
  const stood =
    isBegun && laid.started_at === null ? beginning(laid, board.letters, now) : standing(laid, board.letters);
  return changedTo(stood, "its items have moved on");
};

/** The job when it stops by itself: what is pending is cancelled. */
const stoppedBy = (job: BulkJob, board: Board, { why, detail }: EarlyStop, now: number): BulkJob => {
  board.letters.setMany(board.letters.items("p", "b"), "c");
  const rollback =
    job.options.on_stop === "rollback" && job.kind === "server.create"
      ? { removed: 0, kept: [], is_done: false }
      : null;
  const stopped: Stopped = { at: instant(now), why, detail: short(detail), rollback };
  return standing({ ...withBoard(job, board), stopped, paused: null }, board.letters);
};

const saidOfEnd = (state: BulkJob["state"]): BulkEventType => {
  if (state === "cancelled") return "bulk_job.cancelled";
  return state === "failed" ? "bulk_job.failed" : "bulk_job.completed";
};

const over = (job: BulkJob, letters: Tally, now: number): BulkJob => {
  const state = endStateOf(job, letters);
  const ended = { ...job, state, paused: null, ended_at: instant(now) };
  return announceJob(ended, saidOfEnd(state), now);
};

const isAllDone = ({ state, stopped }: BulkJob, letters: Tally): boolean =>
  state === "finishing" && letters.count("r", "p", "b") === 0 && (stopped?.rollback?.is_done ?? true);

/** The job with an event about its progress, if it is time for one. */
const progressed = (job: BulkJob, letters: Tally, now: number): BulkJob => {
  if (job.started_at === null) return job;
  const percent = percentOf(letters.counts());
  const last = job.last_progress ?? { at: job.started_at, percent: 0 };
  if (percent - last.percent < progressPercent || secondsBetween(last.at, now) < progressSeconds) return job;
  return announceJob({ ...job, last_progress: { at: instant(now), percent } }, "bulk_job.progressed", now);
};

/**
 * What follows from how the items stand: an early stop, news of the progress, the end. Only the runner settles, because
 * only it knows that nothing else is begun: of a job that is cancelled or has stopped it has looked for the rows of items
 * that may have been begun after their letters were saved.
 */
export const settle = (job: BulkJob, now: number): JobChange => {
  if (isOver(job)) return unchanged(job, "it has ended");
  if (isUnconfirmed(job) && job.cancel === null) return unchanged(job, "nobody has confirmed it");
  const board = boardOf(job);
  const isWindingUp = job.cancel !== null || job.stopped !== null;
  const stop = isWindingUp ? null : earlyStop(job, board);
  const stood = stop === null ? standing(job, board.letters) : stoppedBy(job, board, stop, now);
  if (isAllDone(stood, board.letters))
    return changedTo(over(stood, board.letters, now), "all its items are over");
  const told = progressed(stood, board.letters, now);
  return told === job
    ? unchanged(job, "nothing follows")
    : changedTo(told, stop?.detail ?? "it has moved on");
};

const strength = {
  provider_outage: 0,
  stop: 0,
  failures: 0,
  budget: 0,
  authentication: 1,
  request: 2,
} as const satisfies Record<PauseReason, number>;

/** Pauses the job because of something that the runner met. A pause by request is stronger, and stays. */
export const pauseItself = (job: BulkJob, { why, detail, resumesAt }: PauseWords, now: number): JobChange => {
  if (isOver(job) || job.cancel !== null || job.stopped !== null || isUnconfirmed(job))
    return unchanged(job, "it begins nothing anyway");
  const { letters } = boardOf(job);
  if (letters.count("p", "b") === 0) return unchanged(job, "nothing is left to be begun");
  const before = job.paused;
  if (before !== null && strength[before.why] > strength[why]) return unchanged(job, "it is paused for more");
  if (before?.why === why && before.resumes_at === resumesAt) return unchanged(job, "it is paused already");
  const at = before?.at ?? instant(now);
  const paused = standing(
    { ...job, paused: { at, why, detail: short(detail), resumes_at: resumesAt } },
    letters,
  );
  // A longer wait for the same thing is no news.
  const next = before?.why === why ? paused : announceJob(paused, "bulk_job.paused", now);
  return changedTo(next, detail);
};

/** Lets a job go on whose pause is over by itself. */
export const resumeItself = (job: BulkJob, now: number): JobChange => {
  const at = job.paused?.resumes_at ?? null;
  if (at === null || secondsBetween(at, now) < 0 || isOver(job)) return unchanged(job, "it is not time");
  return changedTo(resumed(job, now), "what it waited for is over");
};

/** Lets a job go on that was paused by the stop switch, which is lifted. */
export const resumeAfterStop = (job: BulkJob, now: number): JobChange => {
  if (job.paused?.why !== "stop" || isOver(job)) return unchanged(job, "no stop has paused it");
  return changedTo(resumed(job, now), "the stop is lifted");
};

/** How far the removal of what a stopped job had made has got; `kept` names what can't be removed. */
export const rolledBack = (
  job: BulkJob,
  {
    removed,
    kept,
    isDone,
  }: { readonly removed: number; readonly kept: readonly string[]; readonly isDone: boolean },
): JobChange => {
  const rollback = job.stopped?.rollback ?? null;
  if (job.stopped === null || rollback === null || rollback.is_done || isOver(job))
    return unchanged(job, "nothing is being removed");
  const names = kept.slice(0, most.kept).map((name) => short(name, most.name));
  const stopped = { ...job.stopped, rollback: { removed, kept: names, is_done: isDone } };
  return changedTo({ ...job, stopped }, "what it had made is being removed");
};
