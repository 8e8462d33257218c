import { doneWord, endedCount, otherCounts, tookMilliseconds, type Job } from "./bulk-job.ts";
import { clockText } from "./duration.ts";
import { plainText } from "./plain-text.ts";
import { barOf, type Standing } from "./progress.ts";

const widestBar = 48;
const narrowestBar = 10;

/** How long the rest takes at the pace so far; null while nothing has ended, or nothing goes on. */
const leftMilliseconds = (job: Job, now: number): number | null => {
  if (job.time_left) return job.time_left.p50_seconds * 1000;
  const ended = endedCount(job.counts);
  if (
    ended === 0 ||
    tookMilliseconds(job, now) < 1000 ||
    job.state === "paused" ||
    job.state === "awaiting_confirm"
  )
    return null;
  return (tookMilliseconds(job, now) / ended) * (job.counts.total - ended);
};

const verbOf = ({ kind }: Job): string => {
  const [, what = "work on"] = (kind ?? "").split(".");
  return what;
};

/** How a job stands, in lines that a terminal of that width redraws, and in the one line of a pipe. */
export const standingOfJob = (job: Job, now: number, columns: number): Standing => {
  const { counts, id, state } = job;
  const ended = endedCount(counts);
  const clock = clockText(tookMilliseconds(job, now));
  const left = leftMilliseconds(job, now);
  const words = [
    `${counts.succeeded}/${counts.total} ${doneWord(job)}`,
    ...otherCounts(counts, ["open", "ended"]),
  ];
  const stateWords = job.paused ? `${state}: ${plainText(job.paused.detail)}` : state;
  const isUsual = state === "running" || state === "finishing";
  const percent = `${Math.floor((ended / Math.max(1, counts.total)) * 100)} %`;
  const pace = left === null ? "" : `   about ${clockText(left + 999)} left`;
  const figures = `${ended}/${counts.total}   ${percent}   ${clock}${pace}`;
  const cells = Math.max(narrowestBar, Math.min(widestBar, columns - figures.length - 5));
  return {
    lines: [
      `  ${id}  ${verbOf(job)} ${counts.total} servers${isUsual ? "" : `  (${stateWords})`}`,
      `  ${barOf(ended, counts.total, cells)}  ${figures}`,
      `  ${words.join("   ")}`,
    ],
    plain: [
      `[${clock}] ${id} ${words.join(", ")}`,
      ...(isUsual ? [] : [stateWords]),
      ...(left === null ? [] : [`~${Math.ceil(left / 1000)} s left`]),
    ].join(", "),
    state,
  };
};
