import { eachSeed, type CrashJob, type SeedsJob } from "../seeds.ts";
import type { SumOf } from "../sums.ts";
import { Tally } from "../tally.ts";
import { runOnce, type BulkOrder } from "./one-run.ts";

/** A piece of work for one thread. */
export type BulkWork = SeedsJob<BulkOrder> | CrashJob;

export const noFigures = { jobs: 0, items: 0, calls: 0 };
type Figure = keyof typeof noFigures;
/** What came of it. */
export type BulkSum = SumOf<BulkOrder, Figure>;

/** Does a piece of work. */
export const work = async (job: BulkWork): Promise<BulkSum> => {
  const tally = new Tally<BulkOrder, Figure>(runOnce, noFigures);
  switch (job.do) {
    case "seeds":
      await eachSeed(job, (seed) => tally.run({ ...job.order, seed }));
      break;
    case "every crash":
      await tally.everyCrash({ seed: job.seed, mode: "calm", size: { jobs: 2, rows: 6 }, keepsAll: true });
      break;
    case "twice":
      await eachSeed(job, (seed) => tally.twice({ seed, mode: "swarm", hashing: true }));
      break;
  }
  return tally.sum;
};
