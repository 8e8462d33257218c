import { describe, expect, it } from "vitest";
import { CellBudget } from "../../lib/platform/cell-budget.ts";
import { isUsable, lease, sliceLimit } from "../../lib/platform/pace.ts";
import type { Cells } from "../../lib/ports/cells.ts";
import { brokenWindow, budgetContract, type BudgetWorld } from "../contracts/budget.ts";
import { MemoryCells } from "../memory/memory-cells.ts";
import { SeededRandomness } from "../memory/seeded-randomness.ts";
import { SlowCells } from "../memory/slow-cells.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";

const openOver =
  (longest: number) =>
  (seed: number): BudgetWorld => {
    const clock = new VirtualClock();
    const randomness = new SeededRandomness(seed);
    const cells = new SlowCells(new MemoryCells(), clock, randomness, longest);
    return { clock, process: () => new CellBudget({ cells, clock, randomness }) };
  };

budgetContract("cells that answer at once", openOver(0));
budgetContract("cells behind a network", openOver(40));

/** Cells that count their calls, and fail while told to. */
class CountingCells implements Cells {
  readonly #cells = new MemoryCells();
  saves = 0;
  broken = false;

  async load(key: string) {
    if (this.broken) throw new Error("no table");
    return this.#cells.load(key);
  }
  async save(...call: Parameters<Cells["save"]>) {
    if (this.broken) throw new Error("no table");
    this.saves += 1;
    return this.#cells.save(...call);
  }
}
const openCounting = () => {
  const clock = new VirtualClock();
  const cells = new CountingCells();
  const budget = new CellBudget({ cells, clock, randomness: new SeededRandomness(1) });
  return { clock, cells, budget };
};

describe("a process that calls much", () => {
  it("writes the cell once for half a second of calls, however many ask at once", async () => {
    const { clock, cells, budget } = openCounting();
    await clock.runUntil(Promise.all(Array.from({ length: 100 }, () => budget.take("paris", 20, 60_000))));
    expect(cells.saves).toBe(10);
  });

  it("reserves one slot for one call when it was idle", async () => {
    const { clock, cells, budget } = openCounting();
    await clock.runUntil(budget.take("paris", 20, 1_000));
    expect((await cells.load("budget/paris"))?.value).toMatchObject({ free_at: clock.now() + 50 });
  });

  it("keeps the bound when it pauses with slots in hand", async () => {
    const { clock, budget } = openCounting();
    const left: number[] = [];
    for (const pause of [0, 10, 450, 0, 0, 0, 0, 700, 0, 0, 0, 499, 0, 0, 0, 0, 501, 0, 0, 0]) {
      await clock.advance(pause);
      await clock.runUntil(budget.take("paris", 10, 60_000));
      left.push(clock.now());
    }
    expect(brokenWindow(left, 10)).toBeNull();
  });
});

describe("cells that fail", () => {
  it("fail those who wait, and only those", async () => {
    const { clock, cells, budget } = openCounting();
    cells.broken = true;
    await expect(clock.runUntil(budget.take("paris", 5, 1_000))).rejects.toThrow("no table");
    cells.broken = false;
    expect(await clock.runUntil(budget.take("paris", 5, 1_000))).toBe(true);
  });

  it("do not make this process forget a hold, nor keep it from the others for good", async () => {
    const { clock, cells, budget } = openCounting();
    const until = clock.now() + 10_000;
    cells.broken = true;
    budget.holdUntil("paris", until);
    await budget.settled();
    cells.broken = false;
    expect(await clock.runUntil(budget.take("paris", 5, 60_000))).toBe(true);
    expect(clock.now()).toBe(until);
    expect((await cells.load("budget/paris"))?.value).toMatchObject({ hold_until: until });
  });

  it("have the hold in them when settled says so", async () => {
    const { clock, cells, budget } = openCounting();
    budget.holdUntil("paris", clock.now() + 10_000);
    budget.holdUntil("paris", clock.now() + 12_000);
    await budget.settled();
    expect((await cells.load("budget/paris"))?.value).toMatchObject({ hold_until: clock.now() + 12_000 });
  });
});

describe("the shared pace", () => {
  it.each([
    [0.5, 1],
    [1, 1],
    [2, 1],
    [3, 2],
    [5, 3],
    [10, 5],
    [1_000, 500],
  ])("at %d calls a second reserves at most %i slots, all within half a second", (rate, limit) => {
    expect(sliceLimit(rate)).toBe(limit);
    const { slots } = lease({ free_at: 0, hold_until: 0 }, 1_000, rate, limit);
    expect((slots.at(-1) ?? 0) - 1_000).toBeLessThan(500);
  });

  it.each<[reason: string, freeAt: number, hold: number, first: number]>([
    ["now, when nothing is reserved", 0, 0, 1_000],
    ["where the last reservation ended", 1_700, 0, 1_700],
    ["at the end of a hold", 1_700, 9_000, 9_000],
    ["where the reservations behind a hold ended", 9_400, 9_000, 9_400],
  ])("begins %s", (_, freeAt, hold, first) => {
    const { slots, next } = lease({ free_at: freeAt, hold_until: hold }, 1_000, 10, 2);
    expect(slots).toEqual([first, first + 100]);
    expect(next).toEqual({ free_at: first + 200, hold_until: hold });
  });

  it.each<[reason: string, slot: number, now: number, hold: number, usable: boolean]>([
    ["ahead", 2_000, 1_000, 0, true],
    ["half a second late", 1_000, 1_500, 0, true],
    ["later than that", 1_000, 1_501, 0, false],
    ["inside a hold", 1_000, 1_000, 1_001, false],
    ["at the end of a hold", 1_000, 1_000, 1_000, true],
  ])("has a slot that is %s: usable or not", (_, slot, now, hold, usable) => {
    expect(isUsable(slot, now, hold)).toBe(usable);
  });
});
