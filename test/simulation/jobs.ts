import { Chance } from "./chance.ts";
import { runOnce, type RunOrder, type RunResult } from "./one-run.ts";
import { Tally, type FailureOf } from "./tally.ts";
import type { CrashPoint } from "./world.ts";

/** A seed without faults, at the provider that it draws or at another one. */
type CalmSeed = Pick<RunOrder, "seed" | "dialect">;

/** A piece of work for one thread. */
export type Job =
  /** Seeds one after the other. */
  | {
      readonly do: "seeds";
      readonly from: number;
      readonly count: number;
      readonly order: Omit<RunOrder, "seed">;
    }
  /** One seed without faults, dying at each of its effects, before and after it. */
  | ({ readonly do: "every crash" } & CalmSeed)
  /** The same seed, dying at two of its effects. */
  | ({ readonly do: "pairs"; readonly count: number } & CalmSeed)
  /** Seeds, each run twice. */
  | { readonly do: "twice"; readonly from: number; readonly count: number };

export type Failure = FailureOf<RunOrder>;

/** What came of a job. */
export interface Outcome {
  readonly runs: number;
  readonly requests: number;
  readonly effects: number;
  readonly faults: number;
  readonly counters: readonly (readonly [string, number])[];
  readonly failures: readonly Failure[];
  /** Seeds of a fault-free run whose ends were seen later than policy allows count as failures too. */
  readonly longestSeconds: number;
}

type RunTally = Tally<RunOrder, RunResult>;

/** Where a run without faults can die: a read that is not answered is the same whether it was carried out or not. */
const crashPoints = ({ effects }: RunResult): readonly CrashPoint[] =>
  effects.flatMap(({ writes }, effect): CrashPoint[] =>
    writes
      ? [
          { effect, when: "before" },
          { effect, when: "after" },
        ]
      : [{ effect, when: "before" }],
  );

const calmOrder = ({ seed, dialect }: CalmSeed): RunOrder => ({
  seed,
  mode: "calm",
  ...(dialect === undefined ? {} : { dialect }),
});

const everyCrash = async (job: CalmSeed, tally: RunTally): Promise<void> => {
  const calm = await tally.run(calmOrder(job));
  if (calm === null) return;
  for (const crash of crashPoints(calm)) await tally.run({ ...calmOrder(job), crashes: [crash] });
};

const pairs = async (job: CalmSeed, count: number, tally: RunTally): Promise<void> => {
  const calm = await tally.run(calmOrder(job));
  if (calm === null) return;
  const chance = new Chance(job.seed).split("pairs");
  const points = crashPoints(calm);
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
export const work = async (job: Job): Promise<Outcome> => {
  let requests = 0;
  let longestSeconds = 0;
  const tally: RunTally = new Tally(runOnce, (result) => {
    requests += result.requests;
    longestSeconds = Math.max(longestSeconds, result.lasted);
  });
  switch (job.do) {
    case "seeds":
      for (let seed = job.from; seed < job.from + job.count; seed += 1)
        await tally.run({ ...job.order, seed });
      break;
    case "every crash":
      await everyCrash(job, tally);
      break;
    case "pairs":
      await pairs(job, job.count, tally);
      break;
    case "twice":
      for (let seed = job.from; seed < job.from + job.count; seed += 1)
        await tally.twice({ seed, mode: "swarm", hashing: true });
      break;
  }
  const { runs, effects, faults, failures, counters } = tally;
  return { runs, requests, effects, faults, failures, longestSeconds, counters: [...counters] };
};
