import type { Job, Outcome } from "./jobs.ts";
import { inLanes } from "./lanes.ts";
import type { Patch } from "./patched-source.ts";

/** What all jobs of a run came to. */
export interface Sum {
  runs: number;
  requests: number;
  effects: number;
  faults: number;
  longestSeconds: number;
  readonly counters: Map<string, number>;
  readonly failures: Outcome["failures"][number][];
}

const add = (sum: Sum, outcome: Outcome): void => {
  sum.runs += outcome.runs;
  sum.requests += outcome.requests;
  sum.effects += outcome.effects;
  sum.faults += outcome.faults;
  sum.longestSeconds = Math.max(sum.longestSeconds, outcome.longestSeconds);
  for (const [name, count] of outcome.counters) sum.counters.set(name, (sum.counters.get(name) ?? 0) + count);
  sum.failures.push(...outcome.failures);
};

export interface Plan {
  readonly patches?: readonly Patch[];
  readonly threads?: number;
  /** Told after each job; says whether to go on. */
  readonly goesOn?: (sum: Sum) => boolean;
}

/** Does the jobs in threads, two where there are two cores. */
export const inThreads = async (
  jobs: Iterable<Job>,
  { patches, threads, goesOn }: Plan = {},
): Promise<Sum> => {
  const sum: Sum = {
    runs: 0,
    requests: 0,
    effects: 0,
    faults: 0,
    longestSeconds: 0,
    counters: new Map(),
    failures: [],
  };
  await inLanes(jobs, {
    worker: new URL("worker.ts", import.meta.url),
    patches,
    threads,
    over: (outcome: Outcome) => {
      add(sum, outcome);
      return goesOn?.(sum) ?? true;
    },
  });
  return sum;
};
