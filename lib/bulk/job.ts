import * as z from "zod";
import { bulkSelectSchema } from "../../events/bulk-request.ts";
import { eventSchema } from "../../events/event.ts";
import { jsonObjectSchema } from "../operation/json.ts";
import { kindSchema } from "../operation/kind.ts";
import { operationIdOf } from "../operation/operation-id.ts";

/** Folder of the jobs' documents; each is named by the job's id. */
export const bulkJobsFolder = "bulk-jobs";

/** The id of the job that this key asks for: the same in every repeat. */
export const bulkJobIdOf = (deployment: string, idempotencyKey: string): string =>
  operationIdOf(deployment, `bulk-job\n${idempotencyKey}`).replace(/^op_/, "blk_");

/** What a job's id looks like. */
export const bulkJobIdPattern = /^blk_[0-9a-hjkmnp-tv-z]{26}$/;

/**
 * `planned`: taken, nothing begun. `finishing`: nothing more is begun, what runs is followed to its end. The last four
 * are ends.
 */
export const jobStates = [
  "planned",
  "awaiting_confirm",
  "running",
  "paused",
  "finishing",
  "completed",
  "completed_with_errors",
  "failed",
  "cancelled",
] as const;
export type JobState = (typeof jobStates)[number];

const count = z.number().int().nonnegative();
const euros = z.number().nonnegative();

/** What can be chosen for a job. What is left out is not limited. */
export const jobOptionsSchema = z.strictObject({
  /** 1 to 10: the share of the connection's pace beside other jobs. */
  priority: z.int().min(1).max(10),
  /** Items that run at the same time. */
  max_parallel: z.int().min(1).exactOptional(),
  /** So many items may fail, or such a share of those that have ended (`10%`); with more the job stops. */
  max_failures: z
    .union([z.int().min(0), z.string().regex(/^(?:100|\d{1,2})(?:\.\d{1,2})?%$/)])
    .exactOptional(),
  skip_invalid: z.boolean(),
  /** Jobs of one scope make an item's key only once. */
  batch_scope: z.string().max(200).exactOptional(),
  /** What becomes of the servers that it has made when it stops by itself. */
  on_stop: z.enum(["leave", "rollback"]),
  max_eur_per_hour: euros.exactOptional(),
  max_eur_per_month: euros.exactOptional(),
  max_deletes: z.int().min(1).exactOptional(),
});
export type JobOptions = z.infer<typeof jobOptionsSchema>;

/** What the plan came to. */
export const jobPlanSchema = z.strictObject({
  plan_hash: z.string(),
  /** Of all items together; null where no price is known, or nothing is made. */
  eur_per_hour: euros.nullable(),
  eur_per_month: euros.nullable(),
  /** Where all items cost the same. */
  eur_per_hour_each: euros.exactOptional(),
  /** Seconds that it takes at the pace that the connection allows. */
  duration_seconds: z.number().nonnegative(),
  /** At most `most.warnings`, short (see `short`). */
  warnings: z.array(z.string()),
  planned_at: z.string(),
});
export type JobPlan = z.infer<typeof jobPlanSchema>;

/** Items that share a code. An item's code is in `codes`: the number of the cause, from 1 on. */
export const causeSchema = z.strictObject({
  code: z.string(),
  /** What the last one of them said. */
  message: z.string(),
  /** Some of them. */
  examples: z.array(z.strictObject({ item: count, name: z.string() })),
});
export type Cause = z.infer<typeof causeSchema>;

/**
 * Why a job is paused. All but `request` and `authentication` may end by themselves, at `resumes_at`; `stop`, the switch
 * that holds what makes or powers on, also when it is lifted before.
 */
export const pauseReasonSchema = z.enum([
  "request",
  "provider_outage",
  "stop",
  "authentication",
  "failures",
  "budget",
]);
export type PauseReason = z.infer<typeof pauseReasonSchema>;

export const pausedSchema = z.strictObject({
  at: z.string(),
  why: pauseReasonSchema,
  detail: z.string(),
  resumes_at: z.string().nullable(),
});

/** The job has stopped by itself. */
export const stoppedSchema = z.strictObject({
  at: z.string(),
  why: z.enum(["failures", "budget"]),
  detail: z.string(),
  /** Null: what was made is left. `kept`: names of what could not be removed, some of them. */
  rollback: z.strictObject({ removed: count, kept: z.array(z.string()), is_done: z.boolean() }).nullable(),
});
export type Stopped = z.infer<typeof stoppedSchema>;

/** How many happened lately: one number for each `bucketSeconds`, the first bucket beginning at `from`. */
export const lapseSchema = z.strictObject({ from: z.number(), counts: z.array(count) });
export type Lapse = z.infer<typeof lapseSchema>;

/** A bulk job as its document stands. Its items' inputs are elsewhere; their outcomes are in the rows of their operations. */
export const bulkJobSchema = z.strictObject({
  id: z.string(),
  connection: z.string(),
  kind: kindSchema,
  /** SHA-256 of the request, to tell a replay from a reused key. */
  fingerprint: z.string(),
  requested_by: z.string().nullable(),
  request_id: z.string().nullable(),
  created_at: z.string(),
  /** When it was first begun. */
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  state: z.enum(jobStates),
  options: jobOptionsSchema,
  /** What selected the things that it is about, where they were selected. */
  select: bulkSelectSchema.exactOptional(),
  total: z.number().int().positive(),
  /** How many documents hold the items. */
  chunks: count,
  plan: jobPlanSchema,
  confirm: z.strictObject({
    needed: z.boolean(),
    confirmed_at: z.string().nullable(),
    by: z.string().nullable(),
  }),
  /** A letter an item, as runs (`Tally`). */
  progress: z.string(),
  /** The attempt of each item, 1 where nothing is said (`ItemNumbers`). */
  attempts: z.string(),
  /** The cause of each item that did not succeed, 0 where nothing is said (`ItemNumbers`). */
  codes: z.string(),
  causes: z.array(causeSchema),
  /** How often a worker has died over an item; only where that is not 0. */
  crashes: z.record(z.string(), z.number().int().positive()),
  /** Corrections of inputs, laid over them when they are tried again. */
  patches: z.array(jsonObjectSchema),
  /** Which of them goes with an item: its number from 1 on, 0 where nothing is said (`ItemNumbers`). */
  patched: z.string(),
  paused: pausedSchema.nullable(),
  cancel: z.strictObject({ at: z.string(), abort_running: z.boolean() }).nullable(),
  stopped: stoppedSchema.nullable(),
  pace: z.strictObject({
    starts: lapseSchema,
    ends: lapseSchema,
    last_start_at: z.number().nullable(),
    /** Seconds from start to end of those that ended last. */
    durations: z.array(z.number().nonnegative()),
  }),
  /**
   * Of those that have succeeded and are paid for: the sum of euros an hour, and the sum of each one's euros an hour
   * times the hours from the job's creation to its end. Cost at an instant: `eur_per_hour` × hours − `before`.
   */
  cost: z.strictObject({ eur_per_hour: z.number(), before: z.number() }),
  last_progress: z.strictObject({ at: z.string(), percent: z.number() }).nullable(),
  /** Number of the job's last event. */
  sequence: count,
  /** Events about it that are not yet known to be published, bytes frozen. */
  outbox: z.array(eventSchema),
});
export type BulkJob = z.infer<typeof bulkJobSchema>;

/** A plan can be confirmed for so long; a job that was paused for longer has its plan checked anew. */
export const planValidSeconds = 1800;

/** What keeps a document and its events small. Texts in bytes. */
export const most = {
  causes: 30,
  examples: 3,
  message: 240,
  name: 80,
  warnings: 10,
  patchBytes: 32_768,
  durations: 32,
  kept: 20,
} as const;

const control = /\p{Cc}+/gu;

/** A text for people with at most so many bytes of UTF-8 and without control characters. */
export const short = (text: string, bytes: number = most.message): string => {
  const plain = text.toWellFormed().replaceAll(control, " ");
  if (Buffer.byteLength(plain) <= bytes) return plain;
  let kept = "";
  let size = 3;
  for (const letter of plain) {
    size += Buffer.byteLength(letter);
    if (size > bytes) break;
    kept += letter;
  }
  return `${kept}…`;
};

/** Whether the job has come to an end; only `retryFailed` opens it again. */
export const isOver = ({ ended_at: at }: Pick<BulkJob, "ended_at">): boolean => at !== null;
