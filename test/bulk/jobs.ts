import { boardOf } from "../../lib/bulk/board.ts";
import type { BulkJob, JobPlan } from "../../lib/bulk/job.ts";
import type { JobChange, JobRefused } from "../../lib/bulk/job-answer.ts";
import type { EndLetter, Mark } from "../../lib/bulk/mark.ts";
import { newJob, type NewJob } from "../../lib/bulk/new-job.ts";
import type { Counts } from "../../lib/bulk/tally.ts";

export const start = Date.parse("2026-11-02T08:00:00.000Z");
export const second = 1000;
export const minute = 60 * second;
export const day = 86_400 * second;

export const aPlan = (fields: Partial<JobPlan> = {}): JobPlan => ({
  plan_hash: "hash-1",
  eur_per_hour: 0.1,
  eur_per_month: 73,
  eur_per_hour_each: 0.01,
  duration_seconds: 30,
  warnings: [],
  planned_at: new Date(start).toISOString(),
  ...fields,
});

export type JobWords = Partial<Omit<NewJob, "options">> & { readonly options?: Partial<NewJob["options"]> };

/** A job of ten creates that is only planned, unless told otherwise. */
export const aJob = ({ options, ...words }: JobWords = {}): BulkJob =>
  newJob(
    {
      id: "blk_0123456789abcdefghjkmnpqrs",
      connection: "paris",
      kind: "server.create",
      fingerprint: "f".repeat(64),
      requestedBy: null,
      requestId: "req_1",
      total: 10,
      chunks: 1,
      plan: aPlan(),
      needsConfirm: false,
      options: { priority: 5, skip_invalid: false, on_stop: "leave", ...options },
      ...words,
    },
    start,
  );

/** The job of a change that was not refused. */
export const nextOf = (answer: JobChange | JobRefused): BulkJob => {
  if (answer.refused !== null) throw new Error(`refused: ${answer.refused}`);
  return answer.next;
};

export const countsOf = (job: BulkJob): Counts => boardOf(job).letters.counts();

/** Types of the events that the job has said, without their prefix. */
export const saidBy = ({ outbox }: BulkJob): readonly string[] =>
  outbox.map(({ type }) => type.replace("switchyard.bulk_job.", ""));

export const startedMark = (item: number, at = start, attempt = 1): Mark => ({
  type: "started",
  item,
  attempt,
  at,
});

export const endedMark = (
  item: number,
  letter: EndLetter,
  { at = start + 10 * second, attempt = 1, seconds = 10, code = "OUT_OF_STOCK" } = {},
): Mark => ({
  type: "ended",
  item,
  attempt,
  letter,
  at,
  seconds,
  why: letter === "s" ? null : { code, message: `${code} it is`, name: `web-${item}` },
});

/** The numbers from `from` on, so many. */
export const range = (times: number, from = 0): number[] => Array.from({ length: times }, (_, n) => from + n);
