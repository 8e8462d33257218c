import type { DemoOperation } from "./demo-api.ts";

/** How the job stands: how many operations are in each state. */
export interface Tally {
  readonly total: number;
  readonly running: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** In this order states are shown, with the word that a reader of servers expects. */
const words = new Map([
  ["succeeded", "running"],
  ["following", "starting"],
  ["starting", "creating"],
  ["accepted", "waiting"],
  ["needs_attention", "needing attention"],
  ["cancelled", "cancelled"],
  ["failed", "failed"],
]);

/** Counts operations by state. */
export const tallyOf = (operations: readonly DemoOperation[]): Tally => {
  const counts = new Map<string, number>();
  for (const { state } of operations) counts.set(state, (counts.get(state) ?? 0) + 1);
  return { total: operations.length, running: counts.get("succeeded") ?? 0, counts };
};

const countsText = ({ counts }: Tally): string =>
  [...words]
    .filter(([state]) => state === "succeeded" || state === "failed" || counts.has(state))
    .map(([state, word]) => `${counts.get(state) ?? 0} ${word}`)
    .join(", ");

/** `0:07` */
const clockText = (milliseconds: number): string => {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

/** Servers a second so far, and how long the rest takes at that pace; nothing while nothing runs yet. */
const paceText = ({ running, total }: Tally, elapsedMilliseconds: number): string => {
  if (running === 0 || running === total) return "";
  const perSecond = (running / elapsedMilliseconds) * 1000;
  return `, ${perSecond.toFixed(1)}/s, about ${Math.ceil((total - running) / perSecond)} s left`;
};

const barCells = 20;

/** The line that a terminal redraws. */
export const barLine = (tally: Tally, elapsedMilliseconds: number): string => {
  const full = tally.total === 0 ? 0 : Math.floor((tally.running / tally.total) * barCells);
  const bar = "━".repeat(full) + "╌".repeat(barCells - full);
  return `  ${bar}  ${plainLine(tally, elapsedMilliseconds)}`;
};

/** The line for a file or a pipe. */
export const plainLine = (tally: Tally, elapsedMilliseconds: number): string =>
  `[${clockText(elapsedMilliseconds)}] ${tally.running}/${tally.total} ${countsText(tally)}${paceText(tally, elapsedMilliseconds)}`;

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
    show: (tally: Tally, elapsedMilliseconds: number): void => {
      if (output.isTTY === true) {
        // A line that wraps can't be drawn again.
        const line = barLine(tally, elapsedMilliseconds).slice(0, (output.columns ?? 80) - 1);
        output.write(`\r${line}\u001B[K`);
        return;
      }
      const counts = countsText(tally);
      const patience = counts === shown ? plainEveryMilliseconds : plainAtMostEveryMilliseconds;
      if (elapsedMilliseconds - shownAt < patience) return;
      shown = counts;
      shownAt = elapsedMilliseconds;
      output.write(`${plainLine(tally, elapsedMilliseconds)}\n`);
    },
    end: (): void => {
      if (output.isTTY === true) output.write("\r\u001B[K");
    },
  };
};
