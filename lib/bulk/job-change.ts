import { instant, secondsBetween } from "../operation/time.ts";
import { announceJob } from "./announce-job.ts";
import { boardOf, withBoard } from "./board.ts";
import { isOver, planValidSeconds, type BulkJob, type JobPlan } from "./job.ts";
import { changedTo, refusedAs, unchanged, type JobChange, type JobRefused } from "./job-answer.ts";
import { shortPlan } from "./new-job.ts";
import { isUnconfirmed, standing } from "./standing.ts";
import { noLapse } from "./time-left.ts";

/** The state that it has now, after its fields have changed. */
const stood = (job: BulkJob): BulkJob => standing(job, boardOf(job).letters);

const isWindingUp = (job: BulkJob): boolean => isOver(job) || job.cancel !== null || job.stopped !== null;

/** Confirms the plan. To confirm again what is confirmed changes nothing. `now`: ms since the epoch. */
export const confirm = (
  job: BulkJob,
  { planHash, by }: { readonly planHash: string; readonly by: string | null },
  now: number,
): JobChange | JobRefused => {
  if (planHash !== job.plan.plan_hash)
    return refusedAs("PLAN_CHANGED", `The plan of ${job.id} has the hash ${job.plan.plan_hash}.`);
  if (!isUnconfirmed(job)) return unchanged(job, "it is confirmed, or need not be");
  if (isWindingUp(job)) return refusedAs("JOB_OVER", `${job.id} is ${job.state}.`);
  if (secondsBetween(job.plan.planned_at, now) > planValidSeconds)
    return refusedAs("PLAN_EXPIRED", `The plan of ${job.id} is from ${job.plan.planned_at}.`);
  const confirmed = { ...job, confirm: { ...job.confirm, confirmed_at: instant(now), by } };
  return changedTo(announceJob(stood(confirmed), "bulk_job.confirmed", now), "its plan is confirmed");
};

/** Puts a new plan in the place of one that was not confirmed in time. */
export const replanned = (job: BulkJob, plan: JobPlan): JobChange => {
  if (!isUnconfirmed(job) || isWindingUp(job)) return unchanged(job, "nobody waits for its plan");
  return changedTo({ ...job, plan: shortPlan(plan) }, "it has a new plan");
};

/** Begins nothing more until `resume`; what runs is followed to its end. */
export const pause = (job: BulkJob, now: number): JobChange => {
  if (isWindingUp(job) || job.state === "finishing") return unchanged(job, "it begins nothing more anyway");
  if (job.paused?.why === "request") return unchanged(job, "it is paused already");
  const at = job.paused?.at ?? instant(now);
  const paused = { at, why: "request", detail: "It was paused by request.", resumes_at: null } as const;
  return changedTo(announceJob(stood({ ...job, paused }), "bulk_job.paused", now), "it was paused");
};

/** Whether the pause was so long that prices, stock and quota are to be checked before the job goes on. */
export const needsRecheck = ({ paused }: BulkJob, now: number): boolean =>
  paused !== null && secondsBetween(paused.at, now) > planValidSeconds;

/** The job going on after a pause; the pace is learnt anew. */
export const resumed = (job: BulkJob, now: number): BulkJob => {
  const pace = { ...job.pace, starts: noLapse, ends: noLapse };
  return announceJob(stood({ ...job, paused: null, pace }), "bulk_job.resumed", now);
};

/** As a change, with whether the plan was to be checked. */
export interface Resumed extends JobChange {
  readonly recheck: boolean;
}

/** Lets a paused job go on, whyever it was paused; with a new plan where that was checked again. */
export const resume = (job: BulkJob, now: number, checked: JobPlan | null = null): Resumed => {
  if (job.paused === null || isWindingUp(job))
    return { ...unchanged(job, "it is not paused"), recheck: false };
  const recheck = needsRecheck(job, now);
  const planned = checked === null ? job : { ...job, plan: shortPlan(checked) };
  return { ...changedTo(resumed(planned, now), "it goes on"), recheck };
};

/**
 * Cancels the job: what is pending is cancelled at once, what runs is followed to its end (`abortRunning`: and removed
 * again by the runner). The runner's `settle` ends it, because only the runner knows what is begun; a job that nobody has
 * confirmed ends at once.
 */
export const cancel = (
  job: BulkJob,
  { abortRunning }: { readonly abortRunning: boolean },
  now: number,
): JobChange => {
  if (isOver(job)) return unchanged(job, "it has ended");
  if (job.cancel !== null) {
    if (!abortRunning || job.cancel.abort_running) return unchanged(job, "it is cancelled already");
    return changedTo({ ...job, cancel: { ...job.cancel, abort_running: true } }, "what runs is to go too");
  }
  const board = boardOf(job);
  board.letters.setMany(board.letters.items("p", "b"), "c");
  const at = instant(now);
  const cancelled = { ...job, cancel: { at, abort_running: abortRunning }, paused: null };
  if (!isUnconfirmed(job) || board.letters.count("r") > 0)
    return changedTo(standing(withBoard(cancelled, board), board.letters), "it was cancelled");
  const over = { ...withBoard(cancelled, board), state: "cancelled", ended_at: at } as const;
  return changedTo(announceJob(over, "bulk_job.cancelled", now), "it was cancelled before it was confirmed");
};

/** The job without events that are out. */
export const published = (job: BulkJob, ids: ReadonlySet<string>): JobChange => {
  const outbox = job.outbox.filter(({ id }) => !ids.has(id));
  if (outbox.length === job.outbox.length) return unchanged(job, "they were out already");
  return changedTo({ ...job, outbox }, "its events are out");
};
