import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ageingSeconds, noTurns, pick, type Runnable, type Turns } from "../../lib/bulk/pick.ts";
import { range, start } from "./jobs.ts";

const job = (id: string, fields: Partial<Runnable> = {}): Runnable => ({
  id,
  priority: 5,
  pending: 1000,
  running: 0,
  maxParallel: null,
  createdAt: "2026-11-02T08:00:00.000Z",
  ...fields,
});

/** Who has each of so many turns; `jobsAt` says what waits at a turn, given how many turns each has had. */
const turnsOf = (
  times: number,
  jobsAt: (turn: number, had: ReadonlyMap<string, number>) => readonly Runnable[],
  secondsEach = 0.02,
): readonly string[] => {
  let turns: Turns = noTurns;
  const had = new Map<string, number>();
  const order: string[] = [];
  for (const turn of range(times)) {
    const next = pick(jobsAt(turn, had), turns, start + turn * secondsEach * 1000);
    if (next === null) {
      order.push("");
      continue;
    }
    turns = next.turns;
    had.set(next.job, (had.get(next.job) ?? 0) + 1);
    order.push(next.job);
  }
  return order;
};

const left = (one: Runnable, had: ReadonlyMap<string, number>): Runnable => ({
  ...one,
  pending: one.pending - (had.get(one.id) ?? 0),
});

describe("the next job to begin an item", () => {
  it("is none where none can", () => {
    const full = job("full", { running: 3, maxParallel: 3 });
    expect(pick([full, job("done", { pending: 0 })], noTurns, start)).toBeNull();
    expect(pick([full, job("free", { running: 2, maxParallel: 3 })], noTurns, start)?.job).toBe("free");
  });

  it.each([0, 1, 2, 7, 1000, 4321])(
    "lets five items beside 5,000 be begun within twice the time that they take alone, coming after %d turns",
    (after) => {
      const big = job("big", { pending: 5000 });
      const small = job("small", { pending: 5, createdAt: "2026-11-02T09:00:00.000Z" });
      const order = turnsOf(after + 20, (turn, had) =>
        (turn < after ? [big] : [big, small]).map((one) => left(one, had)),
      );
      expect(order.lastIndexOf("small") + 1 - after).toBeLessThan(2 * 5);
      expect(order.filter((one) => one === "small")).toHaveLength(5);
    },
  );

  it("shares turns by priority", () => {
    const order = turnsOf(1100, () => [job("high", { priority: 10 }), job("low", { priority: 1 })], 0.001);
    expect(order.filter((one) => one === "high").length / 1100).toBeCloseTo(10 / 11, 2);
  });

  it("comes sooner the longer it has waited", () => {
    const jobs = [job("high", { priority: 10 }), job("low", { priority: 1 })];
    // At a turn each two seconds: by priorities alone it would wait for ten turns of the other, 22 s.
    const order = turnsOf(100, () => jobs, 2);
    const lows = order.flatMap((one, turn) => (one === "low" ? [turn * 2] : []));
    const waits = lows.slice(1).map((at, index) => at - (lows[index] ?? 0));
    expect(Math.max(...waits)).toBeLessThanOrEqual(ageingSeconds + 2);
  });

  it("does not save up turns while it can't begin anything", () => {
    const bound = job("bound", { maxParallel: 1 });
    const order = turnsOf(300, (turn) => [job("other"), turn < 200 ? { ...bound, running: 1 } : bound]);
    expect(order.slice(200, 220).filter((one) => one === "bound").length).toBeLessThanOrEqual(11);
  });

  it("of equals is the one with less to do, then the older one, then the lesser id", () => {
    const first = (...jobs: Runnable[]): string | undefined => pick(jobs, noTurns, start)?.job;
    expect(first(job("a"), job("b", { pending: 5 }))).toBe("b");
    expect(first(job("a"), job("b", { createdAt: "2026-11-01T08:00:00.000Z" }))).toBe("b");
    expect(first(job("b"), job("a"))).toBe("a");
  });

  it("forgets jobs that are gone", () => {
    const turns = pick([job("a"), job("b")], noTurns, start)?.turns ?? noTurns;
    const later = pick([job("b"), job("c")], turns, start)?.turns ?? noTurns;
    expect([...later.jobs.keys()].toSorted()).toEqual(["b", "c"]);
  });

  it("is never the same one for longer than its share, and each has its own", () => {
    const jobs = fc.array(fc.record({ priority: fc.integer({ min: 1, max: 10 }), comes: fc.nat(50) }), {
      minLength: 1,
      maxLength: 6,
    });
    const property = fc.property(jobs, (some) => {
      const all = some.map(({ priority, comes }, n) => ({ comes, job: job(`j${n}`, { priority }) }));
      const order = turnsOf(400, (turn) => all.flatMap((one) => (one.comes <= turn ? [one.job] : [])), 0.001);
      const weights = some.reduce((sum, { priority }) => sum + priority, 0);
      for (const [n, { priority }] of some.entries()) {
        const had = order.slice(50).filter((one) => one === `j${n}`).length;
        // Its share of the turns since all are there, but for one turn of each of the others and one of its own.
        expect(had).toBeGreaterThanOrEqual(Math.floor((350 * priority) / weights) - some.length - 1);
      }
      expect(
        turnsOf(400, (turn) => all.flatMap((one) => (one.comes <= turn ? [one.job] : [])), 0.001),
      ).toEqual(order);
    });
    fc.assert(property, { numRuns: 60 });
  });
});
