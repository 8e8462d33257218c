import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Patch } from "./patched-source.ts";

/** How jobs are done. */
export interface Lanes<Outcome> {
  /** What each thread runs: it answers each job with its outcome. */
  readonly worker: URL;
  readonly patches?: readonly Patch[] | undefined;
  /** Two where there are two cores, if not said. */
  readonly threads?: number | undefined;
  /** Told of each outcome; says whether to go on. */
  readonly over: (outcome: Outcome) => boolean;
}

/** Does the jobs in threads. */
export const inLanes = async <Job, Outcome>(
  jobs: Iterable<Job>,
  { worker: source, patches = [], threads, over }: Lanes<Outcome>,
): Promise<void> => {
  const waiting = jobs[Symbol.iterator]();
  let stopped = false;
  const lane = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(source, {
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
      worker.on("message", (outcome: Outcome) => {
        if (!over(outcome)) stopped = true;
        next();
      });
      next();
    });
  await Promise.all(Array.from({ length: threads ?? Math.min(2, availableParallelism()) }, lane));
};

/** Seeds in pieces. */
export const inPieces = function* <Job>(
  from: number,
  count: number,
  make: (from: number, count: number) => Job,
): Generator<Job> {
  const piece = 25;
  for (let at = from; at < from + count; at += piece) yield make(at, Math.min(piece, from + count - at));
};
