import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { Budget } from "../../lib/ports/budget.ts";
import type { VirtualClock } from "../memory/virtual-clock.ts";

/** Makes budgets of different processes over the same, empty ceiling. */
export interface BudgetWorld {
  readonly clock: VirtualClock;
  readonly process: () => Budget;
}

/** Instants at which calls left, by who asked. */
const leaving = async (
  clock: VirtualClock,
  takes: readonly { budget: Budget; at: number; rate: number; patience: number }[],
): Promise<number[]> => {
  const start = clock.now();
  const left: number[] = [];
  await clock.runUntil(
    Promise.all(
      takes.map(async ({ budget, at, rate, patience }) => {
        await clock.sleep(start + at - clock.now());
        if (await budget.take("paris", rate, patience)) left.push(clock.now() - start);
      }),
    ),
  );
  return left.toSorted((one, other) => one - other);
};

/** The window that breaks `calls <= rate * (w + 1) + 1` by the most; null when none does. */
export const brokenWindow = (instants: readonly number[], rate: number): string | null => {
  for (const [from, first] of instants.entries()) {
    for (const [to, last] of instants.entries()) {
      const calls = to - from + 1;
      const allowed = rate * ((last - first) / 1000 + 1) + 1;
      if (to >= from && calls > allowed + 1e-6) return `${calls} calls in ${last - first} ms at rate ${rate}`;
    }
  }
  return null;
};

/** What every Budget promises. */
export const budgetContract = (name: string, open: (seed: number) => BudgetWorld): void => {
  describe(`budget: ${name}`, () => {
    let world: BudgetWorld;
    beforeEach(() => {
      world = open(1);
    });
    pacing(() => world);
    fairness(() => world);
    patience(() => world);
    holding(() => world);

    it("never lets more than rate × (w + 1) + 1 calls out in any window of w seconds", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            seed: fc.nat(),
            rate: fc.constantFrom(0.5, 1, 2, 3, 5, 7.5, 10, 33, 100),
            processes: fc.integer({ min: 1, max: 5 }),
            takes: fc.array(
              fc.record({
                process: fc.nat({ max: 4 }),
                at: fc.oneof(fc.integer({ min: 0, max: 6_000 }), fc.constantFrom(0, 1, 30, 460, 900)),
                patience: fc.constantFrom(0, 300, 2_000, 60_000),
              }),
              { minLength: 1, maxLength: 60 },
            ),
          }),
          async ({ seed, rate, processes, takes }) => {
            const { clock, process } = open(seed);
            const budgets = Array.from({ length: processes }, () => process());
            const planned = takes.flatMap((take) => {
              const budget = budgets[take.process % processes];
              return budget === undefined ? [] : [{ budget, at: take.at, rate, patience: take.patience }];
            });
            expect(brokenWindow(await leaving(clock, planned), rate)).toBeNull();
          },
        ),
        { numRuns: 150 },
      );
    });
  });
};

const pacing = (world: () => BudgetWorld): void => {
  it("lets a single call out at once", async () => {
    const { clock, process } = world();
    const [left = -1] = await leaving(clock, [{ budget: process(), at: 0, rate: 5, patience: 1_000 }]);
    expect(left).toBeLessThan(250);
  });

  it("lets everybody out in the end who is patient enough", async () => {
    const { clock, process } = world();
    const budgets = [process(), process(), process()];
    const takes = Array.from({ length: 60 }, (_, index) => ({
      budget: budgets[index % 3] ?? process(),
      at: 0,
      rate: 10,
      patience: 60_000,
    }));
    expect(await leaving(clock, takes)).toHaveLength(60);
  });

  it("uses at least 85 % of the ceiling while work waits", async () => {
    const { clock, process } = world();
    const budgets = [process(), process()];
    const takes = Array.from({ length: 200 }, (_, index) => ({
      budget: budgets[index % 2] ?? process(),
      at: 0,
      rate: 20,
      patience: 120_000,
    }));
    const left = await leaving(clock, takes);
    expect(left.at(-1)).toBeLessThan((200 / 20 / 0.85) * 1_000);
  });

  it("has a ceiling for each connection by itself", async () => {
    const { clock, process } = world();
    const budget = process();
    const start = clock.now();
    await clock.runUntil(
      Promise.all(["a", "b", "c", "d"].map((connection) => budget.take(connection, 1, 10_000))),
    );
    expect(clock.now() - start).toBeLessThan(500);
  });

  it("lets looks out before writes, and writes before reads", async () => {
    const { clock, process } = world();
    const budget = process();
    const order: string[] = [];
    const ask = async (urgency: "write" | "look" | "read"): Promise<void> => {
      await budget.take("paris", 2, 60_000, urgency);
      order.push(urgency);
    };
    const all = [ask("read"), ask("read"), ask("look"), ask("write"), ask("look"), ask("write")];
    await clock.runUntil(Promise.all(all));
    expect(order).toEqual(["look", "look", "write", "write", "read", "read"]);
  });
};

const fairness = (world: () => BudgetWorld): void => {
  it("lets a write that has waited out before looks that come later", async () => {
    const { clock, process } = world();
    const budget = process();
    const order: string[] = [];
    const ask = async (urgency: "write" | "look"): Promise<void> => {
      await budget.take("paris", 1, 60_000, urgency);
      order.push(urgency);
    };
    const all = [ask("look"), ask("look"), ask("look"), ask("look"), ask("look"), ask("write")];
    await clock.advance(3_500);
    all.push(ask("look"));
    await clock.runUntil(Promise.all(all));
    expect(order.indexOf("write")).toBeLessThan(order.lastIndexOf("look"));
  });
};

const patience = (world: () => BudgetWorld): void => {
  it("refuses at once when the wait would be longer than the patience", async () => {
    const { clock, process } = world();
    const budget = process();
    const takes = Array.from({ length: 10 }, () => budget.take("paris", 1, 60_000));
    await clock.advance(500);
    const before = clock.now();
    expect(await clock.runUntil(budget.take("paris", 1, 3_000))).toBe(false);
    expect(clock.now() - before).toBeLessThan(3_000);
    await clock.runUntil(Promise.all(takes));
  });

  it("reserves nothing for those whom it refuses", async () => {
    const { clock, process } = world();
    const budget = process();
    const other = process();
    expect(await clock.runUntil(budget.take("paris", 1, 5_000))).toBe(true);
    const refused = await clock.runUntil(
      Promise.all(Array.from({ length: 50 }, () => budget.take("paris", 1, 100))),
    );
    expect(refused.every((answer) => !answer)).toBe(true);
    expect(await clock.runUntil(other.take("paris", 1, 1_500))).toBe(true);
  });

  it("answers no to some and yes to others by their patience", async () => {
    const { clock, process } = world();
    const budget = process();
    const answers = await clock.runUntil(
      Promise.all([900, 60_000, 900, 60_000].map((time) => budget.take("paris", 1, time))),
    );
    expect(answers.filter(Boolean).length).toBeGreaterThanOrEqual(2);
    expect(answers.filter((answer) => !answer).length).toBeGreaterThanOrEqual(1);
    expect(answers[3]).toBe(true);
  });
};

const holding = (world: () => BudgetWorld): void => {
  it("lets nothing out before the instant of a hold, in this process at once", async () => {
    const { clock, process } = world();
    const budget = process();
    const until = clock.now() + 20_000;
    await clock.runUntil(budget.take("paris", 10, 1_000));
    budget.holdUntil("paris", until);
    const answers = Promise.all([budget.take("paris", 10, 60_000), budget.take("paris", 10, 60_000)]);
    expect(await clock.runUntil(answers)).toEqual([true, true]);
    expect(clock.now()).toBeGreaterThanOrEqual(until);
  });

  it("refuses at once who is not patient enough for a hold", async () => {
    const { clock, process } = world();
    const budget = process();
    budget.holdUntil("paris", clock.now() + 20_000);
    const before = clock.now();
    expect(await clock.runUntil(budget.take("paris", 10, 5_000))).toBe(false);
    expect(clock.now() - before).toBeLessThan(1_000);
  });

  it("refuses those who wait already when a hold makes it too long", async () => {
    const { clock, process } = world();
    const budget = process();
    const first = budget.take("paris", 1, 5_000);
    const second = budget.take("paris", 1, 5_000);
    await clock.advance(300);
    budget.holdUntil("paris", clock.now() + 60_000);
    expect(await clock.runUntil(Promise.all([first, second]))).toEqual([true, false]);
  });

  it("is seen by other processes", async () => {
    const { clock, process } = world();
    const until = clock.now() + 20_000;
    process().holdUntil("paris", until);
    await clock.advance(1_000);
    const other = process();
    expect(await clock.runUntil(other.take("paris", 10, 5_000))).toBe(false);
    expect(await clock.runUntil(other.take("paris", 10, 60_000))).toBe(true);
    expect(clock.now()).toBeGreaterThanOrEqual(until);
  });

  it("is not shortened by an earlier one", async () => {
    const { clock, process } = world();
    const budget = process();
    const until = clock.now() + 20_000;
    budget.holdUntil("paris", until);
    budget.holdUntil("paris", until - 15_000);
    await clock.runUntil(budget.take("paris", 10, 60_000));
    expect(clock.now()).toBeGreaterThanOrEqual(until);
  });

  it("is kept to by the whole rate after it, not by a burst", async () => {
    const { clock, process } = world();
    const budget = process();
    budget.holdUntil("paris", clock.now() + 10_000);
    const takes = Array.from({ length: 30 }, () => ({ budget, at: 0, rate: 10, patience: 60_000 }));
    const left = await leaving(clock, takes);
    expect(left).toHaveLength(30);
    expect(brokenWindow(left, 10)).toBeNull();
  });
};
