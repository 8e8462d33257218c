import type { AnyOrder, AnyResult } from "./any-run.ts";
import { addCounters, addFigures, emptySum, namesOf, type SumOf } from "./sums.ts";
import type { CrashPoint } from "./world.ts";

/**
 * Where a run without faults can die: before each write, and after it. `atReads`: also at each read, where it is the
 * same whether one that is not answered was carried out or not.
 */
export const crashPoints = ({ effects }: AnyResult, atReads = false): readonly CrashPoint[] =>
  effects.flatMap(({ writes }, effect): CrashPoint[] => {
    if (!writes) return atReads ? [{ effect, when: "before" }] : [];
    return [
      { effect, when: "before" },
      { effect, when: "after" },
    ];
  });

/** Runs orders, and counts what comes of them. */
export class Tally<Order extends AnyOrder, Figure extends string> {
  readonly sum: SumOf<Order, Figure>;
  readonly #figures: readonly Figure[];
  readonly #runOnce: (order: Order) => Promise<AnyResult & Readonly<Record<Figure, number>>>;

  /** @param none the figures that only this world has, each of them 0 */
  constructor(
    runOnce: (order: Order) => Promise<AnyResult & Readonly<Record<Figure, number>>>,
    none: Readonly<Record<Figure, number>>,
  ) {
    this.#runOnce = runOnce;
    this.#figures = namesOf(none);
    this.sum = emptySum(none);
  }

  /** Runs once; null when the run itself failed. */
  async run(order: Order): Promise<AnyResult | null> {
    const { sum } = this;
    sum.runs += 1;
    try {
      const result = await this.#runOnce(order);
      sum.effects += result.effects.length;
      sum.faults += result.struck.length + (order.crashes?.length ?? 0);
      sum.virtualHours += result.lasted / 3600;
      sum.longestSeconds = Math.max(sum.longestSeconds, result.lasted);
      addFigures(sum, result, this.#figures);
      addCounters(sum.counters, result.counters);
      for (const violation of result.violations) sum.failures.push({ order, ...violation });
      return result;
    } catch (error) {
      sum.failures.push({ order, invariant: "fault", explanation: String(error) });
      return null;
    }
  }

  /** Runs twice: the same history is to come of it. */
  async twice(order: Order): Promise<void> {
    const first = await this.run(order);
    const second = await this.run(order);
    if (first?.hash !== second?.hash)
      this.sum.failures.push({ order, invariant: "determinism", explanation: "two runs, two histories" });
  }

  /** Runs once, and then dies at each point of that run. */
  async everyCrash(order: Order, atReads = false): Promise<void> {
    const calm = await this.run(order);
    if (calm === null) return;
    for (const crash of crashPoints(calm, atReads)) await this.run({ ...order, crashes: [crash] });
  }
}
