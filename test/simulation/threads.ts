import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Job, Outcome } from "./jobs.ts";
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
export const inThreads = (
  jobs: Iterable<Job>,
  { patches = [], threads, goesOn }: Plan = {},
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
  const waiting = jobs[Symbol.iterator]();
  const width = threads ?? Math.min(2, availableParallelism());
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
        if (job.done === true) {
          void worker.terminate().then(() => resolve());
          return;
        }
        worker.postMessage(job.value);
      };
      worker.on("error", reject);
      worker.on("message", (outcome: Outcome) => {
        add(sum, outcome);
        if (goesOn !== undefined && !goesOn(sum)) stopped = true;
        next();
      });
      next();
    });
  return Promise.all(Array.from({ length: width }, lane)).then(() => sum);
};

/** Seeds in pieces. */
export const seedJobs = function* (
  from: number,
  count: number,
  make: (from: number, count: number) => Job,
): Generator<Job> {
  const piece = 25;
  for (let at = from; at < from + count; at += piece) yield make(at, Math.min(piece, from + count - at));
};
