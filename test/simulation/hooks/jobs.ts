import { Tally, type FailureOf } from "../tally.ts";
import { besideTheDead } from "./beside-the-dead.ts";
import { runOnce, type HookOrder, type HookResult } from "./one-run.ts";

/** A piece of work for one thread. */
export type HookJob =
  | {
      readonly do: "seeds";
      readonly from: number;
      readonly count: number;
      readonly order: Omit<HookOrder, "seed">;
    }
  /** Seeds without faults, dying at each of their writes, before and after it. */
  | { readonly do: "every crash"; readonly seed: number }
  /** Seeds, each run twice. */
  | { readonly do: "twice"; readonly from: number; readonly count: number }
  /** Each run with dead receivers beside those that are well, and without. */
  | { readonly do: "dead"; readonly from: number; readonly count: number };

export type HookFailure = FailureOf<HookOrder>;

/** What came of a job. */
export interface HookOutcome {
  readonly runs: number;
  readonly events: number;
  readonly attempts: number;
  readonly effects: number;
  readonly faults: number;
  readonly virtualHours: number;
  readonly counters: readonly (readonly [string, number])[];
  readonly failures: readonly HookFailure[];
}

/** Milliseconds that a receiver may hear later because another one is dead: one round of the deliverer, which looks at
 * the feed twice a second while it has something to wait for and is woken by the bus when it has not. */
const oneRound = 500;
/** The same where the deliverer is at work all the time in both runs: two reads of the table. */
const twoReads = 20;

type HookTally = Tally<HookOrder, HookResult>;

const dead = async (seed: number, tally: HookTally): Promise<void> => {
  for (const isBusy of [true, false]) {
    tally.runs += 1;
    const { compared, equal, mostLater } = await besideTheDead(seed, isBusy);
    const how = isBusy ? "busy" : "quiet";
    tally.sometimes(`compared beside the dead, ${how}`, compared);
    tally.sometimes(`the same to the millisecond, ${how}`, equal);
    if (mostLater > (isBusy ? twoReads : oneRound))
      tally.failures.push({
        order: { seed, mode: "calm" },
        invariant: "dead",
        explanation: `beside the dead something came ${mostLater} ms later (${how})`,
      });
  }
};

const everyCrash = async (seed: number, tally: HookTally): Promise<void> => {
  const order = { seed, mode: "calm", span: "brief" } as const;
  const calm = await tally.run(order);
  for (const [effect, { writes }] of (calm?.effects ?? []).entries())
    if (writes)
      for (const when of ["before", "after"] as const)
        await tally.run({ ...order, crashes: [{ effect, when }] });
};

/** Does a job. */
export const work = async (job: HookJob): Promise<HookOutcome> => {
  let events = 0;
  let attempts = 0;
  let virtualHours = 0;
  const tally: HookTally = new Tally(runOnce, (result) => {
    events += result.events;
    attempts += result.attempts;
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
    case "dead":
      for (let seed = job.from; seed < job.from + job.count; seed += 1) await dead(seed, tally);
      break;
  }
  const { runs, effects, faults, failures, counters } = tally;
  return { runs, events, attempts, effects, faults, virtualHours, failures, counters: [...counters] };
};
