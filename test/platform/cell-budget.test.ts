import { describe, expect, it } from "vitest";
import { CellBudget } from "../../lib/platform/cell-budget.ts";
import {
  claimed,
  freshPace,
  givenBack,
  isTooSlow,
  isUsable,
  paceOf,
  renewed,
  sliceLimit,
} from "../../lib/platform/pace.ts";
import { slotsOf } from "../../lib/platform/turns.ts";
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
  it.each([0.5, 1, 5, 20, 100, 400])(
    "writes the cell less than once for ten calls at %d a second, however many ask at once",
    async (rate) => {
      const { clock, cells, budget } = openCounting();
      const asked = Array.from({ length: 200 }, () => budget.take("paris", rate, 1_000_000));
      await clock.runUntil(Promise.all(asked));
      expect(cells.saves).toBeLessThan(20);
    },
  );

  it("reserves one slot for one call when it was idle", async () => {
    const { clock, cells, budget } = openCounting();
    await clock.runUntil(budget.take("paris", 20, 1_000));
    const { turns } = paceOf((await cells.load("budget/paris"))?.value);
    expect(turns.map(({ from, step, claims }) => [from, step, claims.map(([, slots]) => slots)])).toEqual([
      [clock.now(), 50, [1]],
    ]);
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

describe("processes beside each other", () => {
  const open = () => {
    const { clock, process } = openOver(20)(7);
    const work = (rate: number, calls: number) => {
      const budget = process();
      return Promise.all(Array.from({ length: calls }, () => budget.take("paris", rate, 1_000_000)));
    };
    return { clock, process, work };
  };

  it.each([
    [1, 3_100],
    [5, 1_700],
    [20, 1_300],
    [200, 1_300],
  ])("at %d calls a second a single call waits at most %d ms for its turn", async (rate, longest) => {
    const { clock, process, work } = open();
    const bulk = work(rate, rate * 8);
    await clock.advance(3_100);
    const began = clock.now();
    await clock.runUntil(process().take("paris", rate, 5_000));
    expect(clock.now() - began).toBeLessThan(longest);
    await clock.runUntil(bulk);
  });

  it("lets a small job end within twice the time that it takes alone", async () => {
    const alone = open();
    const start = alone.clock.now();
    await alone.clock.runUntil(alone.work(5, 30));
    const solo = alone.clock.now() - start;
    const { clock, work } = open();
    const bulk = work(5, 300);
    await clock.advance(10_000);
    const began = clock.now();
    await clock.runUntil(work(5, 30));
    expect(clock.now() - began).toBeLessThan(2 * solo + 1_500);
    await clock.runUntil(bulk);
  });

  it("give back what others could use when an invocation ends", async () => {
    const { clock, process, work } = open();
    const ending = process();
    const bulk = work(2, 100);
    await clock.advance(2_000);
    const some = Array.from({ length: 16 }, () => ending.take("paris", 2, 4_000));
    await clock.advance(4_500);
    await clock.runUntil(Promise.all(some));
    await clock.runUntil(ending.settled());
    const began = clock.now();
    await clock.runUntil(bulk);
    expect(clock.now() - began).toBeLessThan((100 / 2) * 1_000);
  });

  it("know of an open circuit, and wait for one of them that tries", async () => {
    const { clock, process } = open();
    const [one, other] = [process(), process()];
    const start = clock.now();
    for (let call = 0; call < 5; call += 1) {
      await clock.runUntil(one.take("paris", 10, 1_000, "write", "a"));
      one.noted("paris", 10, { zone: "a", sentAt: clock.now(), answer: "unclear" });
    }
    await clock.runUntil(one.settled());
    expect(await clock.runUntil(other.take("paris", 10, 15_000, "look", "a"))).toBe(false);
    expect(await clock.runUntil(other.take("paris", 10, 15_000, "look", "b"))).toBe(true);
    expect(other.closedUntil("paris", "a")).not.toBeNull();
    expect((await clock.runUntil(other.standing("paris", 10))).circuits).toMatchObject([{ zone: "a" }]);
    const trials = [one, other].map((budget) => budget.take("paris", 10, 60_000, "look", "a"));
    const first = await clock.runUntil(Promise.race(trials.map((trial, index) => trial.then(() => index))));
    expect(clock.now() - start).toBeGreaterThanOrEqual(30_000);
    let isSecond = false;
    void trials[1 - first]?.then(() => (isSecond = true));
    await clock.advance(5_000);
    expect(isSecond).toBe(false);
    const tried = first === 0 ? one : other;
    tried.noted("paris", 10, { zone: "a", sentAt: clock.now(), answer: "clear" });
    await clock.runUntil(Promise.all(trials));
    expect(clock.now() - start).toBeLessThan(40_000);
  });

  it("share what a 429 teaches, and the rate grows back to the ceiling and not above it", async () => {
    const { clock, process } = open();
    const [one, other] = [process(), process()];
    await clock.runUntil(one.take("paris", 10, 1_000));
    for (let burst = 0; burst < 4; burst += 1)
      one.noted("paris", 10, { zone: "", sentAt: clock.now(), answer: "limited" });
    await clock.runUntil(one.settled());
    const standing = async () => (await clock.runUntil(other.standing("paris", 10))).allowedPerSecond;
    expect(await standing()).toBe(5);
    await clock.advance(61_000);
    expect(await standing()).toBe(7);
    await clock.advance(3_600_000);
    expect(await standing()).toBe(10);
  });

  it("read one cell and write none to say how it stands", async () => {
    const { clock, cells, budget } = openCounting();
    const until = clock.now() + 5_000;
    budget.holdUntil("paris", until);
    await budget.settled();
    const before = cells.saves;
    expect(await budget.standing("paris", 5)).toEqual({
      allowedPerSecond: 5,
      heldUntil: until,
      circuits: [],
    });
    expect(cells.saves).toBe(before);
  });
});

describe("clocks that differ", () => {
  it("make no process wait for another's future, nor call in its past", async () => {
    const clock = new VirtualClock();
    const randomness = new SeededRandomness(3);
    const cells = new MemoryCells();
    const process = (skew: number) =>
      new CellBudget({
        cells,
        randomness,
        clock: { now: () => clock.now() + skew, sleep: (milliseconds) => clock.sleep(milliseconds) },
      });
    const [ahead, behind] = [process(2_000), process(-2_000)];
    const left: number[] = [];
    const work = (budget: CellBudget) =>
      Array.from({ length: 40 }, async () => {
        await budget.take("paris", 10, 100_000);
        left.push(clock.now());
      });
    const began = clock.now();
    await clock.runUntil(Promise.all([...work(ahead), ...work(behind)]));
    expect(clock.now() - began).toBeLessThan(9_000);
    expect(brokenWindow(left, 10)).toBeNull();
  });
});

describe("the shared pace", () => {
  it.each([
    [0.5, 16],
    [5, 16],
    [32, 16],
    [100, 50],
    [1_000, 500],
  ])("at %d calls a second reserves at most %i slots", (rate, limit) => {
    expect(sliceLimit(rate)).toBe(limit);
  });

  const busy = claimed(freshPace, 10, 1_000, ["a", 30]);

  it.each<[reason: string, hold: number, now: number, slots: readonly number[]]>([
    ["now, when nobody has any", 0, 60_000, [60_000, 60_100]],
    ["in turns, from where that can be known", 0, 1_000, [1_900, 2_100]],
    ["behind a hold", 9_000, 1_000, [9_100, 9_300]],
  ])("has new slots %s", (_, hold, now, slots) => {
    const pace = claimed({ ...busy, hold_until: hold }, 10, now, ["b", 2]);
    expect(slotsOf(pace.turns, "b", 0)).toEqual(slots);
  });

  it("loses no slot of anybody when it is held: they come behind it", () => {
    const held = renewed({ ...busy, hold_until: 5_000 }, 10, 1_000);
    expect(slotsOf(held.turns, "a", 4_999)).toHaveLength(22);
  });

  it("gives what is given back to the others", () => {
    const both = claimed(busy, 10, 1_000, ["b", 10]);
    const alone = givenBack(both, 10, 1_000, "a");
    expect(slotsOf(alone.turns, "a", 0).every((slot) => slot < 2_000)).toBe(true);
    expect(slotsOf(alone.turns, "b", 0)[1]).toBe(1_900);
  });

  it("brings slots closer when the rate has grown, where there are some", () => {
    const slow = claimed({ ...freshPace, lowered: { rate: 1, since: 1_000 } }, 10, 1_000, ["a", 40]);
    expect(isTooSlow(slow, 10, 30_999)).toBe(false);
    expect(isTooSlow(slow, 10, 31_000)).toBe(true);
    expect(slotsOf(renewed(slow, 10, 31_000).turns, "a", 33_000)[0]).toBe(33_500);
    expect(isTooSlow(renewed(slow, 10, 31_000), 10, 31_000)).toBe(false);
    expect(isTooSlow(slow, 10, 500_000)).toBe(false);
  });

  it("is fresh where an older release has written it, but for its hold", () => {
    expect(paceOf({ free_at: 17, hold_until: 12 })).toEqual({ ...freshPace, hold_until: 12 });
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
