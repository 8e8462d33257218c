import type { Mark } from "../bulk/mark.ts";
import { pauseItself } from "../bulk/job-run.ts";
import { pauseAfter } from "../bulk/stop-early.ts";
import { creates } from "../operation/kind.ts";
import { isDone, type Operation } from "../operation/operation.ts";
import { endMark, foreignMark, isForNothing } from "./bulk-marks.ts";
import type { BulkRun, Run, RunningItem } from "./bulk-run.ts";
import { isLedOn } from "./led-operations.ts";

/** Whether the job begins nothing more, and what was chosen and not sent is cancelled with it. */
export const isWindingUp = ({ held }: Run): boolean => held.job.cancel !== null || held.job.stopped !== null;

/** Whether it has made something that nobody wants any more: its item runs until that is gone. */
const isToBeAborted = ({ held }: Run, { state, kind, resource }: Operation): boolean =>
  held.job.cancel?.abort_running === true && creates(kind) && state === "succeeded" && resource !== null;

/** An item that was chosen and is certainly not sent: pending again, or cancelled with its job. */
export const unsentMark = (job: Run, { item, attempt, name }: RunningItem, now: number): Mark =>
  isWindingUp(job)
    ? { type: "ended", letter: "c", item, attempt, at: now, seconds: null, why: null }
    : {
        type: "returned",
        item,
        attempt,
        why: { code: "PAUSED", message: "the job was paused before it was sent", name },
      };

/** What the end of an operation means for the job as a whole: a key that the provider does not take fails nothing. */
const pauseIfNeeded = (job: Run, operation: Operation): void => {
  const { error } = operation;
  const words = error === null || !isForNothing(operation) ? null : pauseAfter(error.code, error.detail);
  if (words !== null) job.wants.push((standing, at) => pauseItself(standing, words, at).next);
};

/** Learns the end of an item's operation. */
export const meetEnd = (run: BulkRun, job: Run, entry: RunningItem, row: Operation): void => {
  const now = run.turn.ports.clock.now();
  if (row.state === "cancelled") return run.learn(job, [unsentMark(job, entry, now)]);
  if (isToBeAborted(job, row)) {
    entry.lookAt = null;
    job.aborting.add(entry.item);
    return;
  }
  pauseIfNeeded(job, row);
  run.learn(job, [endMark(row, entry, now)]);
};

/**
 * Learns what the row of a begun item's operation says: its end, that it is another job's, or nothing yet; then this
 * runner follows it, or it is looked at again at `lookAt`.
 */
export const meetRow = (run: BulkRun, job: Run, entry: RunningItem, row: Operation, lookAt: number): void => {
  entry.lookAt = lookAt;
  if (row.bulk_job !== job.held.job.id) return run.learn(job, [foreignMark(row, entry)]);
  if (isLedOn(row)) return run.led.hold(row);
  if (isDone(row)) meetEnd(run, job, entry, row);
};
