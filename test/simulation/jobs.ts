import { Chance } from "./chance.ts";
import { runOnce, type RunOrder, type RunResult } from "./one-run.ts";
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

export interface Failure {
  readonly order: RunOrder;
  readonly invariant: string;
  readonly explanation: string;
}

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

class Tally {
  runs = 0;
  requests = 0;
  effects = 0;
  faults = 0;
  longestSeconds = 0;
  readonly counters = new Map<string, number>();
  readonly failures: Failure[] = [];

  async run(order: RunOrder): Promise<RunResult | null> {
    this.runs += 1;
    try {
      const result = await runOnce(order);
      this.requests += result.requests;
      this.effects += result.effects.length;
      this.faults += result.struck.length + (order.crashes?.length ?? 0);
      this.longestSeconds = Math.max(this.longestSeconds, result.lasted);
      for (const [name, count] of result.counters)
        this.counters.set(name, (this.counters.get(name) ?? 0) + count);
      for (const violation of result.violations) this.failures.push({ order, ...violation });
      return result;
    } catch (error) {
      this.failures.push({ order, invariant: "fault", explanation: String(error) });
      return null;
    }
  }

  get outcome(): Outcome {
    const { runs, requests, effects, faults, failures, longestSeconds } = this;
    return { runs, requests, effects, faults, failures, longestSeconds, counters: [...this.counters] };
  }
}

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

const everyCrash = async (job: CalmSeed, tally: Tally): Promise<void> => {
  const calm = await tally.run(calmOrder(job));
  if (calm === null) return;
  for (const crash of crashPoints(calm)) await tally.run({ ...calmOrder(job), crashes: [crash] });
};

const pairs = async (job: CalmSeed, count: number, tally: Tally): Promise<void> => {
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

const twice = async (from: number, count: number, tally: Tally): Promise<void> => {
  for (let seed = from; seed < from + count; seed += 1) {
    const order = { seed, mode: "swarm", hashing: true } as const;
    const first = await tally.run(order);
    const second = await tally.run(order);
    if (first?.hash !== second?.hash)
      tally.failures.push({ order, invariant: "determinism", explanation: "two runs, two histories" });
  }
};

/** Does a job. */
export const work = async (job: Job): Promise<Outcome> => {
  const tally = new Tally();
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
      await twice(job.from, job.count, tally);
      break;
  }
  return tally.outcome;
};
