import { Tally, type FailureOf } from "../tally.ts";
import { runOnce, type BulkOrder, type BulkResult } from "./one-run.ts";

/** A piece of work for one thread. */
export type BulkWork =
  | {
      readonly do: "seeds";
      readonly from: number;
      readonly count: number;
      readonly order: Omit<BulkOrder, "seed">;
    }
  /** One seed without faults, dying at each of its writes, before and after it. */
  | { readonly do: "every crash"; readonly seed: number }
  /** Seeds, each run twice. */
  | { readonly do: "twice"; readonly from: number; readonly count: number };

export type BulkFailure = FailureOf<BulkOrder>;

/** What came of it. */
export interface BulkOutcome {
  readonly runs: number;
  readonly jobs: number;
  readonly items: number;
  readonly calls: number;
  readonly effects: number;
  readonly faults: number;
  readonly longestSeconds: number;
  readonly counters: readonly (readonly [string, number])[];
  readonly failures: readonly BulkFailure[];
}

const everyCrash = async (seed: number, tally: Tally<BulkOrder, BulkResult>): Promise<void> => {
  const order = { seed, mode: "calm", size: { jobs: 2, rows: 6 }, keepsAll: true } as const;
  const calm = await tally.run(order);
  for (const [effect, { writes }] of (calm?.effects ?? []).entries())
    if (writes)
      for (const when of ["before", "after"] as const)
        await tally.run({ ...order, crashes: [{ effect, when }] });
};

/** Does a piece of work. */
export const work = async (job: BulkWork): Promise<BulkOutcome> => {
  const sums = { jobs: 0, items: 0, calls: 0, longestSeconds: 0 };
  const tally = new Tally<BulkOrder, BulkResult>(runOnce, ({ jobs, items, calls, lasted }) => {
    sums.jobs += jobs;
    sums.items += items;
    sums.calls += calls;
    sums.longestSeconds = Math.max(sums.longestSeconds, lasted);
  });
  if (job.do === "every crash") await everyCrash(job.seed, tally);
  else
    for (let seed = job.from; seed < job.from + job.count; seed += 1)
      if (job.do === "seeds") await tally.run({ ...job.order, seed });
      else await tally.twice({ seed, mode: "swarm", hashing: true });
  const { runs, effects, faults, failures, counters } = tally;
  return { runs, effects, faults, failures, counters: [...counters], ...sums };
};
