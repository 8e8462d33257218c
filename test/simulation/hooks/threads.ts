import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
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
  { patches = [], goesOn }: HookPlan = {},
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
  const waiting = jobs[Symbol.iterator]();
  let stopped = false;
  const lane = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL("worker.ts", import.meta.url), {
        workerData: patches,
        // Short-lived objects, many of them: a larger nursery is swept less often.
        resourceLimits: { maxYoungGenerationSizeMb: 64 },
      });
      const next = (): void => {
        const job = stopped ? { done: true as const, value: undefined } : waiting.next();
        if (job.done !== true) return worker.postMessage(job.value);
        void worker.terminate().then(() => resolve());
      };
      worker.on("error", reject);
      worker.on("message", (outcome: HookOutcome) => {
        add(sum, outcome);
        if (goesOn !== undefined && !goesOn(sum)) stopped = true;
        next();
      });
      next();
    });
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane));
  return sum;
};

/** Seeds in pieces. */
export const inPieces = function* (
  from: number,
  count: number,
  make: (from: number, count: number) => HookJob,
): Generator<HookJob> {
  const piece = 25;
  for (let at = from; at < from + count; at += piece) yield make(at, Math.min(piece, from + count - at));
};
