import { instant } from "../operation/time.ts";
import type { Board } from "./board.ts";
import { exactEuros, hoursPerMonth } from "./cost.ts";
import { short, type BulkJob, type PauseReason, type Stopped } from "./job.ts";
import type { Tally } from "./tally.ts";

/** Why a job stops by itself. */
export type EarlyStop = Pick<Stopped, "why" | "detail">;

/** Items that must have ended before a share of them says anything: 20, or 1 % of many. */
const sampleOf = (total: number): number => Math.min(total, Math.max(20, Math.ceil(total / 100)));

const overFailures = (limit: number | string, letters: Tally): EarlyStop | null => {
  const failed = letters.count("f", "a");
  const ended = failed + letters.count("s");
  if (typeof limit === "number") {
    if (failed <= limit) return null;
    return { why: "failures", detail: `${failed} items have failed; ${limit} may.` };
  }
  const mayFail = (ended * Number.parseFloat(limit)) / 100;
  if (ended < sampleOf(letters.total) || failed <= mayFail) return null;
  return { why: "failures", detail: `${failed} of ${ended} items have failed; ${limit} may.` };
};

const eachOf = ({ plan, total }: BulkJob): number =>
  plan.eur_per_hour_each ?? (plan.eur_per_hour ?? 0) / total;

/** Whether one more item would cost more than is allowed, with those that run. */
const overBudget = (job: BulkJob, letters: Tally): EarlyStop | null => {
  const { max_eur_per_hour: perHour, max_eur_per_month: perMonth } = job.options;
  if (perHour === undefined && perMonth === undefined) return null;
  const hourly = exactEuros(job.cost.eur_per_hour + eachOf(job) * (letters.count("r") + 1));
  if (perHour !== undefined && hourly > perHour)
    return {
      why: "budget",
      detail: `With one more item it is ${hourly} EUR an hour; ${perHour} are allowed.`,
    };
  const monthly = exactEuros(hourly * hoursPerMonth);
  if (perMonth === undefined || monthly <= perMonth) return null;
  return {
    why: "budget",
    detail: `With one more item it is ${monthly} EUR a month; ${perMonth} are allowed.`,
  };
};

/**
 * Whether the job has to stop by itself: more failures than may be, or more money than may be spent. Null: no, or there
 * is nothing left to be begun and nothing to be removed again.
 */
export const earlyStop = (job: BulkJob, { letters }: Board): EarlyStop | null => {
  const isAllBegun = letters.count("p", "b") === 0;
  const { max_failures: limit, on_stop: onStop } = job.options;
  // Of a small job all is begun at once: what may not stay must go then as well.
  if (isAllBegun && (onStop !== "rollback" || job.kind !== "server.create")) return null;
  const failures = limit === undefined ? null : overFailures(limit, letters);
  return failures ?? (isAllBegun ? null : overBudget(job, letters));
};

/** What makes a job pause by itself. */
export interface PauseWords {
  readonly why: Exclude<PauseReason, "request">;
  readonly detail: string;
  /** When it goes on by itself; null: when somebody asks. */
  readonly resumesAt: string | null;
}

/**
 * The pause that an item's failure calls for; null: it is the item's own. Where the provider does not take the
 * connection's secret, all the others would fail too: the item is given back (`returned`), and the job waits for a person.
 */
export const pauseAfter = (code: string, message: string): PauseWords | null =>
  code === "UNAUTHENTICATED" ? { why: "authentication", detail: short(message), resumesAt: null } : null;

/** The pause while the provider is out, until an instant (ms) at which it may be asked again. */
export const outagePause = (detail: string, until: number): PauseWords => ({
  why: "provider_outage",
  detail: short(detail),
  resumesAt: instant(until),
});

/** The pause while a stop holds what the job makes or powers on, until an instant (RFC 3339) at the latest. */
export const stopPause = (detail: string, until: string): PauseWords => ({
  why: "stop",
  detail: short(detail),
  resumesAt: until,
});
