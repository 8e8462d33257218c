import { secondsBetween } from "../operation/time.ts";
import type { BulkJob } from "./job.ts";

/** Hours of a month, as prices a month are reckoned. */
export const hoursPerMonth = 730;

/** A sum of money without the dust of binary fractions: whole millionths of a euro. */
export const exactEuros = (euros: number): number => Math.round(euros * 1e6) / 1e6;

const hoursSince = ({ created_at: created }: BulkJob, at: number): number =>
  Math.max(0, secondsBetween(created, at) / 3600);

/** The job with something more that is paid for from `at` on (ms); less, where the price is negative. */
export const paidFor = (job: BulkJob, eurPerHour: number, at: number): BulkJob => ({
  ...job,
  cost: {
    eur_per_hour: job.cost.eur_per_hour + eurPerHour,
    before: job.cost.before + eurPerHour * hoursSince(job, at),
  },
});

/** Euros that what the job has made has cost until now, or until the job's end. */
export const costSoFar = (job: BulkJob, now: number): number => {
  const at = job.ended_at === null ? now : Date.parse(job.ended_at);
  return exactEuros(Math.max(0, job.cost.eur_per_hour * hoursSince(job, at) - job.cost.before));
};
