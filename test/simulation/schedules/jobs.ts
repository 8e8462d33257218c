import { Tally, type FailureOf } from "../tally.ts";
import { runOnce, type ScheduleOrder, type ScheduleResult } from "./one-run.ts";

/** A piece of work for one thread. */
export type ScheduleJob =
  | {
      readonly do: "seeds";
      readonly from: number;
      readonly count: number;
      readonly order: Omit<ScheduleOrder, "seed">;
    }
  /** Seeds without faults, dying at each of their writes, before and after it. */
  | { readonly do: "every crash"; readonly seed: number }
  /** Seeds, each run twice. */
  | { readonly do: "twice"; readonly from: number; readonly count: number };

export type ScheduleFailure = FailureOf<ScheduleOrder>;

/** What came of it. */
export interface ScheduleOutcome {
  readonly runs: number;
  readonly operations: number;
  readonly effects: number;
  readonly faults: number;
  readonly virtualHours: number;
  readonly counters: readonly (readonly [string, number])[];
  readonly failures: readonly ScheduleFailure[];
}

type ScheduleTally = Tally<ScheduleOrder, ScheduleResult>;

const everyCrash = async (seed: number, tally: ScheduleTally): Promise<void> => {
  const order = { seed, mode: "calm", span: "brief" } as const;
  const calm = await tally.run(order);
  for (const [effect, { writes }] of (calm?.effects ?? []).entries())
    if (writes)
      for (const when of ["before", "after"] as const)
        await tally.run({ ...order, crashes: [{ effect, when }] });
};

/** Does a piece of work. */
export const work = async (job: ScheduleJob): Promise<ScheduleOutcome> => {
  let operations = 0;
  let virtualHours = 0;
  const tally: ScheduleTally = new Tally(runOnce, (result) => {
    operations += result.operations;
    virtualHours += result.lasted / 3600;
  });
  switch (job.do) {
    case "seeds":
      for (let seed = job.from; seed < job.from + job.count; seed += 1)
        await tally.run({ ...job.order, seed });
      break;
    case "every crash":
      await everyCrash(job.seed, tally);
      break;
    case "twice":
      for (let seed = job.from; seed < job.from + job.count; seed += 1)
        await tally.twice({ seed, mode: "swarm", hashing: true });
      break;
  }
  const { runs, effects, faults, failures, counters } = tally;
  return { runs, operations, effects, faults, virtualHours, failures, counters: [...counters] };
};
