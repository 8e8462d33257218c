import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { AnyOrder } from "./any-run.ts";
import type { Patch } from "./patched-source.ts";
import { addSum, emptySum, namesOf, type SumOf } from "./sums.ts";

/** How jobs are done. */
export interface Plan<Sum> {
  readonly patches?: readonly Patch[];
  /** Two where there are two cores, if not said. */
  readonly threads?: number;
  /** Told after each job; says whether to go on. */
  readonly goesOn?: (sum: Sum) => boolean;
}

/** Does jobs in threads, and adds up what comes of them. */
export type InThreads<Job, Sum> = (jobs: Iterable<Job>, plan?: Plan<Sum>) => Promise<Sum>;

/**
 * The threads of a world.
 * @param source what each of them runs: it answers each job with what came of it
 * @param none the figures that only this world has, each of them 0
 */
export const threadsOf =
  <Job, Order extends AnyOrder, Figure extends string>(
    source: URL,
    none: Readonly<Record<Figure, number>>,
  ): InThreads<Job, SumOf<Order, Figure>> =>
  async (jobs, { patches = [], threads = Math.min(2, availableParallelism()), goesOn = () => true } = {}) => {
    const sum = emptySum<Order, Figure>(none);
    const figures = namesOf(none);
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
        worker.on("message", (outcome: SumOf<Order, Figure>) => {
          addSum(sum, outcome, figures);
          if (!goesOn(sum)) stopped = true;
          next();
        });
        next();
      });
    await Promise.all(Array.from({ length: threads }, lane));
    return sum;
  };
