import type { BulkJob } from "./job.ts";

/** The job after something, with its events in the outbox; the very same one, and `save` false, if nothing is to be written. */
export interface JobChange {
  readonly refused: null;
  readonly next: BulkJob;
  readonly save: boolean;
  readonly why: string;
}

/** What can't be done with a job. */
export type RefusalCode =
  /** The hash is not that of the plan as it is now. */
  | "PLAN_CHANGED"
  /** The plan is too old to be confirmed: see `replanned`. */
  | "PLAN_EXPIRED"
  /** It has ended, or is about to, so that there is nothing to confirm. */
  | "JOB_OVER"
  /** A cancelled job is not tried again. */
  | "JOB_CANCELLED"
  /** It ended so long ago that its items are not kept any more. */
  | "JOB_EXPIRED"
  /** The corrections take more room than the job has for them. */
  | "PATCH_TOO_LARGE";

export interface JobRefused {
  readonly refused: RefusalCode;
  readonly why: string;
}

export const unchanged = (job: BulkJob, why: string): JobChange => ({
  refused: null,
  next: job,
  save: false,
  why,
});
export const changedTo = (next: BulkJob, why: string): JobChange => ({
  refused: null,
  next,
  save: true,
  why,
});
export const refusedAs = (refused: RefusalCode, why: string): JobRefused => ({ refused, why });
