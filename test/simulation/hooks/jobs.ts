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

export interface HookFailure {
  readonly order: HookOrder;
  readonly invariant: string;
  readonly explanation: string;
}

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

class Tally {
  readonly sum = { runs: 0, events: 0, attempts: 0, effects: 0, faults: 0, virtualHours: 0 };
  readonly counters = new Map<string, number>();
  readonly failures: HookFailure[] = [];

  sometimes(name: string, count = 1): void {
    this.counters.set(name, (this.counters.get(name) ?? 0) + count);
  }

  async run(order: HookOrder): Promise<HookResult | null> {
    const { sum } = this;
    sum.runs += 1;
    try {
      const result = await runOnce(order);
      sum.events += result.events;
      sum.attempts += result.attempts;
      sum.effects += result.effects.length;
      sum.faults += result.struck.length + (order.crashes?.length ?? 0);
      sum.virtualHours += result.lasted / 3600;
      for (const [name, count] of result.counters) this.sometimes(name, count);
      for (const violation of result.violations) this.failures.push({ order, ...violation });
      return result;
    } catch (error) {
      this.failures.push({ order, invariant: "fault", explanation: String(error) });
      return null;
    }
  }

  async dead(seed: number): Promise<void> {
    for (const isBusy of [true, false]) {
      this.sum.runs += 1;
      const { compared, equal, mostLater } = await besideTheDead(seed, isBusy);
      const how = isBusy ? "busy" : "quiet";
      this.sometimes(`compared beside the dead, ${how}`, compared);
      this.sometimes(`the same to the millisecond, ${how}`, equal);
      if (mostLater > (isBusy ? twoReads : oneRound))
        this.failures.push({
          order: { seed, mode: "calm" },
          invariant: "dead",
          explanation: `beside the dead something came ${mostLater} ms later (${how})`,
        });
    }
  }

  get outcome(): HookOutcome {
    return { ...this.sum, failures: this.failures, counters: [...this.counters] };
  }
}

const everyCrash = async (seed: number, tally: Tally): Promise<void> => {
  const order = { seed, mode: "calm", span: "brief" } as const;
  const calm = await tally.run(order);
  for (const [effect, { writes }] of (calm?.effects ?? []).entries())
    if (writes)
      for (const when of ["before", "after"] as const)
        await tally.run({ ...order, crashes: [{ effect, when }] });
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
export const work = async (job: HookJob): Promise<HookOutcome> => {
  const tally = new Tally();
  switch (job.do) {
    case "seeds":
      for (let seed = job.from; seed < job.from + job.count; seed += 1)
        await tally.run({ ...job.order, seed });
      break;
    case "every crash":
      await everyCrash(job.seed, tally);
      break;
    case "twice":
      await twice(job.from, job.count, tally);
      break;
    case "dead":
      for (let seed = job.from; seed < job.from + job.count; seed += 1) await tally.dead(seed);
      break;
  }
  return tally.outcome;
};
