import * as z from "zod";
import { kindSchema } from "../operation/kind.ts";
import { instant } from "../operation/time.ts";
import { boardOf, type Board } from "./board.ts";
import { errorGroups } from "./causes.ts";
import { costSoFar } from "./cost.ts";
import {
  jobOptionsSchema,
  jobStates,
  pauseReasonSchema,
  planValidSeconds,
  stoppedSchema,
  type BulkJob,
} from "./job.ts";
import type { Counts, Tally } from "./tally.ts";
import { ratePerMinute, timeLeft } from "./time-left.ts";

/** Groups of errors that are shown; the others are in the report. */
const mostErrors = 10;

const words = (description: string) => ({ description });
const count = z.int().nonnegative();

const countsSchema = z
  .strictObject({
    total: count,
    pending: count.meta(words("Not begun.")),
    running: count.meta(words("Begun, and followed to its end.")),
    succeeded: count,
    failed: count,
    cancelled: count,
    skipped: count.meta(
      words("Nothing was to be done: it exists already, or is invalid (with `skip_invalid`)."),
    ),
    needs_attention: count.meta(words("What has become of it can't be known without a person.")),
  })
  .meta(words("How the items stand. All but `total` add up to it, at every read."));

const timeLeftSchema = z
  .strictObject({
    p50_seconds: count.meta(words("As likely shorter as longer.")),
    p90_seconds: count.meta(words("Longer only one time in ten.")),
  })
  .nullable()
  .meta(
    words(
      "From the pace and the durations so far. Null before anything is known, and while nothing goes on.",
    ),
  );

const costSchema = z
  .strictObject({
    eur_per_hour: z.number().meta(words("Of all items, as planned.")),
    eur_per_month: z.number().nullable(),
    so_far_eur: z
      .number()
      .meta(words("What the servers that were made have cost until now, or until the end.")),
  })
  .nullable()
  .meta(words("Null where no price is known, or nothing is made."));

const errorSchema = z.strictObject({
  code: z.string(),
  count,
  message: z.string().meta(words("What the last one of them said.")),
  names: z.array(z.string()).meta(words("Up to three of them.")),
});

const planSchema = z.strictObject({
  duration_seconds: z.number().meta(words("At the pace that the connection allows.")),
  planned_at: z.string(),
  valid_until: z.string().meta(words("Until then it can be confirmed.")),
});

/** A bulk job as the API and the events show it. */
export const jobViewSchema = z.strictObject({
  id: z.string(),
  state: z
    .enum(jobStates)
    .meta(
      words("`finishing`: nothing more is begun, what runs is followed to its end. The last four are ends."),
    ),
  connection: z.string(),
  kind: kindSchema,
  counts: countsSchema,
  percent: z.number().min(0).max(100).meta(words("Of the items, those that have come to an end.")),
  rate_per_minute: z.number().nullable().meta(words("Items that end in a minute, of late.")),
  time_left: timeLeftSchema,
  cost: costSchema,
  errors: z
    .array(errorSchema)
    .meta(words("Of the items that failed or need attention, by cause, the ten most frequent.")),
  plan_hash: z.string().meta(words("What `confirm` wants to be given.")),
  plan: planSchema,
  warnings: z.array(z.string()),
  confirm: z.strictObject({ needed: z.boolean(), confirmed_at: z.string().nullable() }),
  paused: z
    .strictObject({
      at: z.string(),
      why: pauseReasonSchema,
      detail: z.string(),
      resumes_at: z
        .string()
        .nullable()
        .meta(
          words(
            "When it goes on by itself, at the latest: a `stop` may be lifted before. Null: when somebody asks.",
          ),
        ),
    })
    .nullable(),
  cancel: z.strictObject({ at: z.string(), abort_running: z.boolean() }).nullable(),
  stopped: stoppedSchema.nullable().meta(words("It has stopped by itself, and why.")),
  options: jobOptionsSchema,
  created_at: z.string(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  links: z.strictObject({
    self: z.string(),
    items: z.string(),
    operations: z.string(),
    report: z.string(),
  }),
});
export type JobView = z.infer<typeof jobViewSchema>;

/** Items that have come to an end, of 100. Rounded down, so that 100 means all. */
export const percentOf = ({ total, pending, running }: Counts): number =>
  Math.floor(((total - pending - running) / total) * 1000) / 10;

const costOf = (job: BulkJob, now: number): JobView["cost"] => {
  const { eur_per_hour: perHour, eur_per_month: perMonth } = job.plan;
  if (perHour === null) return null;
  return { eur_per_hour: perHour, eur_per_month: perMonth, so_far_eur: costSoFar(job, now) };
};

const planOf = ({ plan }: BulkJob): JobView["plan"] => ({
  duration_seconds: plan.duration_seconds,
  planned_at: plan.planned_at,
  valid_until: instant(Date.parse(plan.planned_at) + planValidSeconds * 1000),
});

const linksOf = ({ id }: BulkJob): JobView["links"] => ({
  self: `/v1/bulk-jobs/${id}`,
  items: `/v1/bulk-jobs/${id}/items`,
  operations: `/v1/operations?bulk_job=${id}`,
  report: `/v1/bulk-jobs/${id}/report`,
});

const motionOf = (job: BulkJob, letters: Tally, now: number) => {
  const counts = letters.counts();
  return {
    counts,
    percent: percentOf(counts),
    rate_per_minute: ratePerMinute(job, letters, now),
    time_left: timeLeft(job, letters, now),
  };
};

/** The outside of a job: a list of what may be seen, so that a new inner field never leaks. Below 20 KB. */
export const jobView = (job: BulkJob, now: number, board: Board = boardOf(job)): JobView => ({
  id: job.id,
  state: job.state,
  connection: job.connection,
  kind: job.kind,
  ...motionOf(job, board.letters, now),
  cost: costOf(job, now),
  errors: errorGroups(job.causes, board.codes, board.letters)
    .slice(0, mostErrors)
    .map(({ code, count: times, message, names }) => ({ code, count: times, message, names: [...names] })),
  plan_hash: job.plan.plan_hash,
  plan: planOf(job),
  warnings: job.plan.warnings,
  confirm: { needed: job.confirm.needed, confirmed_at: job.confirm.confirmed_at },
  paused: job.paused,
  cancel: job.cancel,
  stopped: job.stopped,
  options: job.options,
  created_at: job.created_at,
  started_at: job.started_at,
  ended_at: job.ended_at,
  links: linksOf(job),
});
