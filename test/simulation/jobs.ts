import { Chance } from "./chance.ts";
import { runOnce, type RunOrder } from "./one-run.ts";
import { eachSeed, type CrashJob, type SeedsJob } from "./seeds.ts";
import type { SumOf } from "./sums.ts";
import { crashPoints, Tally } from "./tally.ts";

/** A seed without faults, at the provider that it draws or at another one. */
type CalmSeed = Pick<RunOrder, "seed" | "dialect">;

/** A piece of work for one thread. */
export type Job =
  | SeedsJob<RunOrder>
  | (CrashJob & CalmSeed)
  /** The same seed, dying at two of its effects. */
  | ({ readonly do: "pairs"; readonly count: number } & CalmSeed);

export const noFigures = { requests: 0 };
type Figure = keyof typeof noFigures;
/** What came of it. */
export type Sum = SumOf<RunOrder, Figure>;

const calmOrder = ({ seed, dialect }: CalmSeed): RunOrder => ({
  seed,
  mode: "calm",
  ...(dialect === undefined ? {} : { dialect }),
});

const pairs = async (job: CalmSeed, count: number, tally: Tally<RunOrder, Figure>): Promise<void> => {
  const calm = await tally.run(calmOrder(job));
  if (calm === null) return;
  const chance = new Chance(job.seed).split("pairs");
  const points = crashPoints(calm, true);
  for (let pair = 0; pair < count; pair += 1) {
    const first = chance.pick(points);
    // The second is near the first, where a recovery is going on; its number may also lie behind the calm run's end.
    const second = {
      effect: first.effect + 1 + chance.between(0, 60),
      when: chance.pick(["before", "after"] as const),
    };
    await tally.run({ ...calmOrder(job), crashes: [first, second] });
  }
};

/** Does a job. */
export const work = async (job: Job): Promise<Sum> => {
  const tally = new Tally<RunOrder, Figure>(runOnce, noFigures);
  switch (job.do) {
    case "seeds":
      await eachSeed(job, (seed) => tally.run({ ...job.order, seed }));
      break;
    case "every crash":
      await tally.everyCrash(calmOrder(job), true);
      break;
    case "pairs":
      await pairs(job, job.count, tally);
      break;
    case "twice":
      await eachSeed(job, (seed) => tally.twice({ seed, mode: "swarm", hashing: true }));
      break;
  }
  return tally.sum;
};
