import { inLanes } from "../lanes.ts";
import type { Patch } from "../patched-source.ts";
import type { ScheduleFailure, ScheduleJob, ScheduleOutcome } from "./jobs.ts";

/** What all jobs of a run came to. */
export interface ScheduleSum {
  runs: number;
  operations: number;
  effects: number;
  faults: number;
  virtualHours: number;
  readonly counters: Map<string, number>;
  readonly failures: ScheduleFailure[];
}

const figures = ["runs", "operations", "effects", "faults", "virtualHours"] as const;

const add = (sum: ScheduleSum, outcome: ScheduleOutcome): void => {
  for (const figure of figures) sum[figure] += outcome[figure];
  for (const [name, count] of outcome.counters) sum.counters.set(name, (sum.counters.get(name) ?? 0) + count);
  sum.failures.push(...outcome.failures);
};

export interface SchedulePlan {
  readonly patches?: readonly Patch[];
  /** Told after each job; says whether to go on. */
  readonly goesOn?: (sum: ScheduleSum) => boolean;
}

/** Does the jobs in threads, two where there are two cores. */
export const inThreads = async (
  jobs: Iterable<ScheduleJob>,
  { patches, goesOn }: SchedulePlan = {},
): Promise<ScheduleSum> => {
  const sum: ScheduleSum = {
    runs: 0,
    operations: 0,
    effects: 0,
    faults: 0,
    virtualHours: 0,
    counters: new Map(),
    failures: [],
  };
  await inLanes(jobs, {
    worker: new URL("worker.ts", import.meta.url),
    patches,
    over: (outcome: ScheduleOutcome) => {
      add(sum, outcome);
      return goesOn?.(sum) ?? true;
    },
  });
  return sum;
};
