import type { Violation } from "./checker.ts";
import type { Struck } from "./faults.ts";
import type { CrashPoint, EffectSeen } from "./world.ts";

/** What a run of any world is asked for: a seed, what goes wrong, and where somebody dies. */
export interface AnyOrder {
  readonly seed: number;
  readonly mode: "swarm" | "calm";
  readonly crashes?: readonly CrashPoint[];
  /** Only these faults strike. */
  readonly only?: readonly string[];
}

/** How a run of any world ended. */
export interface AnyResult {
  readonly violations: readonly Violation[];
  readonly struck: readonly Struck[];
  readonly counters: ReadonlyMap<string, number>;
  readonly effects: readonly EffectSeen[];
  readonly trace: readonly string[];
  readonly hash: string;
}

/** A run that broke something. */
export interface FailureOf<Order> extends Violation {
  readonly order: Order;
}

/** Counts what comes of runs. */
export class Tally<Order extends AnyOrder, Result extends AnyResult> {
  runs = 0;
  effects = 0;
  faults = 0;
  readonly counters = new Map<string, number>();
  readonly failures: FailureOf<Order>[] = [];
  readonly #runOnce: (order: Order) => Promise<Result>;
  readonly #learn: (result: Result) => void;

  /** @param learn told of each result, for what only this world counts */
  constructor(runOnce: (order: Order) => Promise<Result>, learn: (result: Result) => void) {
    this.#runOnce = runOnce;
    this.#learn = learn;
  }

  sometimes(name: string, count: number): void {
    this.counters.set(name, (this.counters.get(name) ?? 0) + count);
  }

  /** Runs once; null when the run itself failed. */
  async run(order: Order): Promise<Result | null> {
    this.runs += 1;
    try {
      const result = await this.#runOnce(order);
      this.effects += result.effects.length;
      this.faults += result.struck.length + (order.crashes?.length ?? 0);
      for (const [name, count] of result.counters) this.sometimes(name, count);
      for (const violation of result.violations) this.failures.push({ order, ...violation });
      this.#learn(result);
      return result;
    } catch (error) {
      this.failures.push({ order, invariant: "fault", explanation: String(error) });
      return null;
    }
  }

  /** Runs twice: the same history is to come of it. */
  async twice(order: Order): Promise<void> {
    const first = await this.run(order);
    const second = await this.run(order);
    if (first?.hash !== second?.hash)
      this.failures.push({ order, invariant: "determinism", explanation: "two runs, two histories" });
  }
}
