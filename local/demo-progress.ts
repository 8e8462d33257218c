import type { DemoJob } from "./demo-api.ts";

/** What is shown of each count, in this order, with the word that a reader of servers expects. */
const words = [
  ["succeeded", "running"],
  ["running", "starting"],
  ["pending", "waiting"],
  ["needs_attention", "needing attention"],
  ["cancelled", "cancelled"],
  ["skipped", "skipped"],
  ["failed", "failed"],
] as const;

const countsText = ({ counts }: DemoJob): string =>
  words
    .filter(([name]) => name === "succeeded" || name === "failed" || counts[name] > 0)
    .map(([name, word]) => `${counts[name]} ${word}`)
    .join(", ");

/** `0:07` */
const clockText = (milliseconds: number): string => {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

/** How long the rest takes, as the job itself reckons. */
const leftText = ({ time_left: left, counts }: DemoJob): string =>
  left === null || counts.pending + counts.running === 0 ? "" : `, about ${left.p50_seconds} s left`;

const barCells = 20;

/** The line that a terminal redraws. */
export const barLine = (job: DemoJob, elapsedMilliseconds: number): string => {
  const full = Math.floor((job.percent / 100) * barCells);
  const bar = "━".repeat(full) + "╌".repeat(barCells - full);
  return `  ${bar}  ${plainLine(job, elapsedMilliseconds)}`;
};

/** The line for a file or a pipe. */
export const plainLine = (job: DemoJob, elapsedMilliseconds: number): string =>
  `[${clockText(elapsedMilliseconds)}] ${job.counts.succeeded}/${job.counts.total} ${countsText(job)}${leftText(job)}`;

/** Where progress goes: a terminal or not. */
export interface ProgressOutput {
  readonly isTTY?: boolean | undefined;
  /** Width of the terminal, in characters. */
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Without a terminal, a line is written at a change of state, and at least this often while nothing changes. */
const plainEveryMilliseconds = 5_000;
/** … but not more often than this, so that 25 servers are not 75 lines. */
const plainAtMostEveryMilliseconds = 500;

/** Shows how a job goes on: one redrawn line on a terminal, plain lines elsewhere. */
export const createProgress = (output: ProgressOutput) => {
  let shown = "";
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    show: (job: DemoJob, elapsedMilliseconds: number): void => {
      if (output.isTTY === true) {
        // A line that wraps can't be drawn again.
        const line = barLine(job, elapsedMilliseconds).slice(0, (output.columns ?? 80) - 1);
        output.write(`\r${line}\u001B[K`);
        return;
      }
      const counts = countsText(job);
      const patience = counts === shown ? plainEveryMilliseconds : plainAtMostEveryMilliseconds;
      if (elapsedMilliseconds - shownAt < patience) return;
      shown = counts;
      shownAt = elapsedMilliseconds;
      output.write(`${plainLine(job, elapsedMilliseconds)}\n`);
    },
    end: (): void => {
      if (output.isTTY === true) output.write("\r\u001B[K");
    },
  };
};
