import { CellBudget } from "../../../lib/platform/cell-budget.ts";
import type { Clock } from "../../../lib/ports/clock.ts";
import type { Chance } from "../chance.ts";
import type { Effect, Effects } from "../sandbox.ts";
import { SimulatedCells } from "../simulated-cells.ts";
import type { SimulatedTable } from "../simulated-table.ts";
import { type TableFaults, TableUnavailable } from "../table-faults.ts";
import type { Order } from "./order.ts";
import type { Time } from "./time.ts";

/** A process with its own clock and its own budget over the shared cells. It may die at any time. */
export class Process implements Clock, Effects {
  readonly name: string;
  readonly chance: Chance;
  readonly budget: CellBudget;
  readonly skew: number;
  isDead = false;
  /** When it has tried to write the cells; how often it has read them. */
  readonly writes: number[] = [];
  reads = 0;
  readonly #time: Time;
  readonly #order: Order;

  constructor(name: string, time: Time, order: Order, table: SimulatedTable, chance: Chance) {
    this.name = name;
    this.chance = chance;
    this.#time = time;
    this.#order = order;
    this.skew = order.skew === 0 ? 0 : chance.between(-order.skew, order.skew + 1);
    const cells = new SimulatedCells(table, this, this.#faults());
    const randomness = { fraction: () => chance.fraction(), token: () => chance.token() };
    this.budget = new CellBudget({ cells, clock: this, randomness });
  }

  readonly now = (): number => this.#time.now + this.skew;

  sleep(milliseconds: number): Promise<void> {
    return new Promise((wake) => {
      this.#time.after(milliseconds, () => {
        if (!this.isDead) wake();
      });
    });
  }

  /** An effect happens half-way through the time that it takes. Nothing comes back to the dead. */
  run<Value>(effect: Effect<Value>): Promise<Value> {
    const way = 0.5 + (this.chance.fraction() * this.#order.cellLatency) / 2;
    if (effect.writes) this.writes.push(this.#time.now);
    else this.reads += 1;
    return new Promise((resolve, reject) => {
      this.#time.after(way, () => {
        const settle = this.#carryOut(effect, resolve, reject);
        this.#time.after(way, () => {
          if (!this.isDead) settle();
        });
      });
    });
  }

  #carryOut<Value>(
    effect: Effect<Value>,
    resolve: (value: Value) => void,
    reject: (error: Error) => void,
  ): () => void {
    try {
      const reply = effect.apply();
      return "value" in reply ? () => resolve(reply.value) : () => reject(reply.error);
    } catch (error) {
      return () => reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #faults(): TableFaults {
    const { chance } = this;
    const { throttled, replyLost, unclear } = this.#order;
    return {
      refuseSome: (what) => {
        if (chance.happens(throttled)) throw new TableUnavailable(`throttled, ${what}`);
      },
      afterWrite: (what) => {
        if (chance.happens(unclear)) return { error: new TableUnavailable(`written, and not said, ${what}`) };
        return { value: chance.happens(replyLost) ? "reply lost" : "written" };
      },
      indexLag: () => 0,
      token: () => chance.token(),
      overtaken: () => {},
      mayIgnore: () => false,
    };
  }
}
