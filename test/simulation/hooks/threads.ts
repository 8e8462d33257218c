import { inLanes } from "../lanes.ts";
import type { Patch } from "../patched-source.ts";
import type { HookFailure, HookJob, HookOutcome } from "./jobs.ts";

/** What all jobs of a run came to. */
export interface HookSum {
  runs: number;
  events: number;
  attempts: number;
  effects: number;
  faults: number;
  virtualHours: number;
  readonly counters: Map<string, number>;
  readonly failures: HookFailure[];
}

const figures = ["runs", "events", "attempts", "effects", "faults", "virtualHours"] as const;

const add = (sum: HookSum, outcome: HookOutcome): void => {
  for (const figure of figures) sum[figure] += outcome[figure];
  for (const [name, count] of outcome.counters) sum.counters.set(name, (sum.counters.get(name) ?? 0) + count);
  sum.failures.push(...outcome.failures);
};

export interface HookPlan {
  readonly patches?: readonly Patch[];
  /** Told after each job; says whether to go on. */
  readonly goesOn?: (sum: HookSum) => boolean;
}

/** Does the jobs in threads, two where there are two cores. */
export const inThreads = async (
  jobs: Iterable<HookJob>,
  { patches, goesOn }: HookPlan = {},
): Promise<HookSum> => {
  const sum: HookSum = {
    runs: 0,
    events: 0,
    attempts: 0,
    effects: 0,
    faults: 0,
    virtualHours: 0,
    counters: new Map(),
    failures: [],
  };
  await inLanes(jobs, {
    worker: new URL("worker.ts", import.meta.url),
    patches,
    over: (outcome: HookOutcome) => {
      add(sum, outcome);
      return goesOn?.(sum) ?? true;
    },
  });
  return sum;
};
