import { eachSeed, type CrashJob, type Seeds, type SeedsJob } from "../seeds.ts";
import { addCounters, type SumOf } from "../sums.ts";
import { Tally } from "../tally.ts";
import { besideTheDead } from "./beside-the-dead.ts";
import { runOnce, type HookOrder } from "./one-run.ts";

/** A piece of work for one thread. */
export type HookJob =
  | SeedsJob<HookOrder>
  | CrashJob
  /** Each run with dead receivers beside those that are well, and without. */
  | ({ readonly do: "dead" } & Seeds);

export const noFigures = { events: 0, attempts: 0 };
type Figure = keyof typeof noFigures;
/** What came of it. */
export type HookSum = SumOf<HookOrder, Figure>;

const dead = async (seed: number, { sum }: Tally<HookOrder, Figure>): Promise<void> => {
  for (const isBusy of [true, false]) {
    sum.runs += 1;
    const { compared, equal, mostLater } = await besideTheDead(seed, isBusy);
    const how = isBusy ? "busy" : "quiet";
    addCounters(sum.counters, [
      [`compared beside the dead, ${how}`, compared],
      [`the same to the millisecond, ${how}`, equal],
    ]);
    if (mostLater > 0)
      sum.failures.push({
        order: { seed, mode: "calm" },
        invariant: "dead",
        explanation: `beside the dead something came ${mostLater} ms later (${how})`,
      });
  }
};

/** Does a piece of work. */
export const work = async (job: HookJob): Promise<HookSum> => {
  const tally = new Tally<HookOrder, Figure>(runOnce, noFigures);
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
    case "dead":
      await eachSeed(job, (seed) => dead(seed, tally));
      break;
  }
  return tally.sum;
};
