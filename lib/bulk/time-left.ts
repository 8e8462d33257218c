import { isOver, most, type BulkJob, type Lapse } from "./job.ts";
import type { Tally } from "./tally.ts";

/** What is counted together, and for how long it is looked back. */
export const bucketSeconds = 5;
export const windowSeconds = 120;
const buckets = windowSeconds / bucketSeconds;

export const noLapse: Lapse = { from: 0, counts: [] };

/** The lapse after so many more at an instant (ms); what is older than the window is left out. */
export const noted = (lapse: Lapse, at: number, times = 1): Lapse => {
  const seconds = at / 1000;
  if (lapse.counts.length === 0) return { from: seconds, counts: [times] };
  const place = Math.max(0, Math.floor((seconds - lapse.from) / bucketSeconds));
  const counts = [...lapse.counts];
  if (place >= counts.length + buckets) return { from: seconds, counts: [times] };
  while (counts.length <= place) counts.push(0);
  counts[place] = (counts[place] ?? 0) + times;
  const late = Math.max(0, counts.length - buckets);
  return { from: lapse.from + late * bucketSeconds, counts: counts.slice(late) };
};

/** The durations after one more, the oldest left out. */
export const withDuration = (durations: readonly number[], seconds: number): number[] =>
  [...durations, Math.round(Math.max(0, seconds) * 10) / 10].slice(-most.durations);

interface Pace {
  readonly perSecond: number;
  readonly count: number;
}

/** How often it happens, over the window until now (ms); null when it has not happened in it. */
export const paceOf = ({ from, counts }: Lapse, now: number): Pace | null => {
  const first = now / 1000 - windowSeconds;
  const late = Math.min(counts.length, Math.max(0, Math.ceil((first - from) / bucketSeconds)));
  const count = counts.slice(late).reduce((sum, one) => sum + one, 0);
  const elapsed = Math.max(1, now / 1000 - (from + late * bucketSeconds));
  return count === 0 ? null : { perSecond: count / elapsed, count };
};

/** How long the rest will take. */
export interface TimeLeft {
  readonly p50_seconds: number;
  readonly p90_seconds: number;
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;

/** At the pace of the starts, and no faster than as many at a time as the job may have. */
const perSecondOf = ({ pace, options }: BulkJob, starts: Pace): number => {
  const mean = pace.durations.reduce((sum, one) => sum + one, 0) / pace.durations.length;
  const bound = options.max_parallel === undefined || mean === 0 ? Infinity : options.max_parallel / mean;
  return Math.min(starts.perSecond, bound);
};

/** Ends that are enough to go by. */
const enoughEnds = 5;

/** Seconds until so many have ended, at the pace of the ends of late; null when there were too few to go by. */
const byEnds = ({ pace }: BulkJob, open: number, now: number): number | null => {
  const ends = paceOf(pace.ends, now);
  return ends === null || ends.count < enoughEnds ? null : open / ends.perSecond;
};

/**
 * When the job will be over: the last start, at the pace of late, and then as long as items take; but not before all
 * have ended at the pace of the ends. The nine-in-ten one takes the slow side of both. Null before enough is known (the
 * first that end are the fastest), and while nothing goes on.
 */
export const timeLeft = (job: BulkJob, letters: Tally, now: number): TimeLeft | null => {
  const { pace } = job;
  if (isOver(job) || (job.state !== "running" && job.state !== "finishing")) return null;
  const pending = letters.count("p", "b");
  const open = pending + letters.count("r");
  const ended = letters.count("s", "f", "a");
  if (pace.durations.length === 0 || ended < Math.min(enoughEnds, (open + ended) / 20)) return null;
  const sorted = pace.durations.toSorted((one, other) => one - other);
  const usual = quantile(sorted, 0.5);
  const slow = quantile(sorted, 0.9);
  const ends = byEnds(job, open, now) ?? 0;
  if (pending === 0) {
    const since = pace.last_start_at === null ? 0 : (now - pace.last_start_at) / 1000;
    const p50 = Math.ceil(Math.max(1, usual - since, ends));
    return { p50_seconds: p50, p90_seconds: Math.max(p50, Math.ceil(slow - since)) };
  }
  const starts = paceOf(pace.starts, now);
  if (starts === null) return null;
  const perSecond = perSecondOf(job, starts);
  // One in ten times a count is lower than it is on average by this.
  const slowly = perSecond * Math.max(0.5, 1 - 1.28 / Math.sqrt(starts.count));
  const p50 = Math.ceil(Math.max(pending / perSecond + usual, ends));
  return { p50_seconds: p50, p90_seconds: Math.max(p50, Math.ceil(pending / slowly + slow)) };
};

/** Items a minute: of late while the job goes on, on the whole when it is over. Null before anything has ended. */
export const ratePerMinute = (job: BulkJob, letters: Tally, now: number): number | null => {
  if (!isOver(job)) {
    const ends = job.state === "paused" ? null : paceOf(job.pace.ends, now);
    return ends === null ? null : Math.round(ends.perSecond * 600) / 10;
  }
  const ended = letters.count("s", "f", "a");
  if (job.started_at === null || job.ended_at === null || ended === 0) return null;
  const minutes = (Date.parse(job.ended_at) - Date.parse(job.started_at)) / 60_000;
  return Math.round((ended / Math.max(minutes, 1 / 60)) * 10) / 10;
};
