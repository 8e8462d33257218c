import { inLanes } from "../lanes.ts";
import type { Patch } from "../patched-source.ts";
import type { BulkFailure, BulkOutcome, BulkWork } from "./jobs.ts";

const figures = ["runs", "jobs", "items", "calls", "effects", "faults"] as const;

/** What all pieces of work came to. */
export interface BulkSum extends Record<(typeof figures)[number], number> {
  longestSeconds: number;
  readonly counters: Map<string, number>;
  readonly failures: BulkFailure[];
}

const add = (sum: BulkSum, outcome: BulkOutcome): void => {
  for (const figure of figures) sum[figure] += outcome[figure];
  sum.longestSeconds = Math.max(sum.longestSeconds, outcome.longestSeconds);
  for (const [name, count] of outcome.counters) sum.counters.set(name, (sum.counters.get(name) ?? 0) + count);
  sum.failures.push(...outcome.failures);
};

export interface BulkPlan {
  readonly patches?: readonly Patch[];
  /** Told after each piece; says whether to go on. */
  readonly goesOn?: (sum: BulkSum) => boolean;
}

/** Does the work in threads, two where there are two cores. */
export const inThreads = async (
  works: Iterable<BulkWork>,
  { patches, goesOn }: BulkPlan = {},
): Promise<BulkSum> => {
  const zero = { runs: 0, jobs: 0, items: 0, calls: 0, effects: 0, faults: 0, longestSeconds: 0 };
  const sum: BulkSum = { ...zero, counters: new Map(), failures: [] };
  await inLanes(works, {
    worker: new URL("worker.ts", import.meta.url),
    patches,
    over: (outcome: BulkOutcome) => {
      add(sum, outcome);
      return goesOn?.(sum) ?? true;
    },
  });
  return sum;
};
