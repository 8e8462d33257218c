import type { Kind } from "../operation/kind.ts";
import { instant } from "../operation/time.ts";
import { announceJob } from "./announce-job.ts";
import { most, short, type BulkJob, type JobOptions, type JobPlan } from "./job.ts";
import { Tally } from "./tally.ts";
import { noLapse } from "./time-left.ts";

/** What a job is made of, when its items are checked and stored. */
export interface NewJob {
  readonly id: string;
  readonly connection: string;
  readonly kind: Kind;
  readonly fingerprint: string;
  readonly requestedBy: string | null;
  readonly requestId: string | null;
  readonly options: JobOptions;
  readonly select?: BulkJob["select"];
  readonly total: number;
  readonly chunks: number;
  readonly plan: JobPlan;
  readonly needsConfirm: boolean;
}

/** A plan that is small enough to be kept and shown. */
export const shortPlan = (plan: JobPlan): JobPlan => ({
  ...plan,
  warnings: plan.warnings.slice(0, most.warnings).map((warning) => short(warning)),
});

/** A job of which nothing is begun, and which says that it is planned. `now`: ms since the epoch. */
export const newJob = (words: NewJob, now: number): BulkJob => {
  const job: BulkJob = {
    id: words.id,
    connection: words.connection,
    kind: words.kind,
    fingerprint: words.fingerprint,
    requested_by: words.requestedBy,
    request_id: words.requestId,
    created_at: instant(now),
    started_at: null,
    ended_at: null,
    state: words.needsConfirm ? "awaiting_confirm" : "planned",
    options: words.options,
    ...(words.select === undefined ? {} : { select: words.select }),
    total: words.total,
    chunks: words.chunks,
    plan: shortPlan(words.plan),
    confirm: { needed: words.needsConfirm, confirmed_at: null, by: null },
    progress: Tally.pending(words.total).text(),
    attempts: "",
    codes: "",
    causes: [],
    crashes: {},
    patches: [],
    patched: "",
    paused: null,
    cancel: null,
    stopped: null,
    pace: { starts: noLapse, ends: noLapse, last_start_at: null, durations: [] },
    cost: { eur_per_hour: 0, before: 0 },
    last_progress: null,
    sequence: 0,
    outbox: [],
  };
  return announceJob(job, "bulk_job.planned", now);
};
