import { eachSeed, type CrashJob, type SeedsJob } from "../seeds.ts";
import type { SumOf } from "../sums.ts";
import { Tally } from "../tally.ts";
import { runOnce, type ScheduleOrder } from "./one-run.ts";

/** A piece of work for one thread. */
export type ScheduleJob = SeedsJob<ScheduleOrder> | CrashJob;

export const noFigures = { operations: 0 };
type Figure = keyof typeof noFigures;
/** What came of it. */
export type ScheduleSum = SumOf<ScheduleOrder, Figure>;

/** Does a piece of work. */
export const work = async (job: ScheduleJob): Promise<ScheduleSum> => {
  const tally = new Tally<ScheduleOrder, Figure>(runOnce, noFigures);
  switch (job.do) {
    case "seeds":
      await eachSeed(job, (seed) => tally.run({ ...job.order, seed }));
      break;
    case "every crash":
      await tally.everyCrash({ seed: job.seed, mode: "calm", span: "brief" });
      break;
    case "twice":
      await eachSeed(job, (seed) => tally.twice({ seed, mode: "swarm", hashing: true }));
      break;
  }
  return tally.sum;
};
