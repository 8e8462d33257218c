import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  atInstant,
  noCounters,
  recounted,
  withReservations,
  type Counters,
} from "../../lib/limits/counters.ts";
import { decide, type Decision } from "../../lib/limits/decide.ts";
import type { Demand } from "../../lib/limits/demand.ts";
import type { Limits } from "../../lib/limits/limits.ts";
import {
  quotaHeldByOthers,
  reservedForMilliseconds,
  withLife,
  type Wants,
} from "../../lib/limits/reservation.ts";
import { decideReservation } from "../../lib/limits/reserve.ts";

const now = Date.parse("2026-11-02T08:00:00.000Z");
const demand = (by: string): Demand => ({
  by,
  makesSomething: true,
  makesServer: true,
  zones: [],
  types: [{ name: "DEV1-S", pointer: "/input/type" }],
});
const servers = (count: number, millionths = 0): Wants => ({
  items: count,
  makes: count,
  servers: count,
  millionths: millionths * count,
  quotas: {},
});

const after = (counters: Counters, decision: Decision): Counters =>
  decision.is === "allowed" ? (decision.counters ?? counters) : counters;
const reserved = (limits: Limits, counters: Counters, job: string, wants: Wants, at = now): Counters =>
  after(counters, decideReservation(limits, counters, job, wants, at));
const made = (limits: Limits, counters: Counters, by: string, job: string | null, cost = 0): Counters =>
  after(counters, decide(limits, counters, demand(by), cost, now, job));

describe("a reservation", () => {
  it("is refused where others hold the rest, in words that say how much", () => {
    const limits = { servers: 10 };
    const counters = reserved(limits, made(limits, noCounters, "op_1", null), "blk_1", servers(6));
    expect(decideReservation(limits, counters, "blk_2", servers(4), now)).toMatchObject({
      is: "refused",
      refusal: {
        limit: "servers",
        used: 1,
        detail:
          "the limit servers is 10, and Switchyard has 1 there or on the way, and other bulk jobs have reserved 6: 4 more do not fit",
      },
    });
    expect(decideReservation(limits, counters, "blk_2", servers(3), now).is).toBe("allowed");
  });

  it("is refused where the day's money does not suffice", () => {
    const limits = { euros_per_day: 1 };
    const counters = reserved(limits, noCounters, "blk_1", servers(6, 100_000));
    expect(decideReservation(limits, counters, "blk_2", servers(5, 100_000), now)).toMatchObject({
      refusal: {
        limit: "euros_per_day",
        detail: expect.stringContaining("reserved 0.6, and this job costs 0.5"),
      },
    });
    expect(decideReservation(limits, counters, "blk_2", servers(4, 100_000), now).is).toBe("allowed");
  });

  it("is refused where nothing may ever be made", () => {
    expect(decideReservation({ creates_per_minute: 0 }, noCounters, "blk_1", servers(1), now)).toMatchObject({
      is: "refused",
      refusal: { limit: "creates_per_minute" },
    });
  });

  it("of a quota is never refused", () => {
    const wants = { ...servers(50), quotas: { dev: 50 } };
    const counters = reserved({}, noCounters, "blk_1", wants);
    expect(decideReservation({}, counters, "blk_2", wants, now).is).toBe("allowed");
    expect(quotaHeldByOthers(counters.reservations, "blk_2", "dev")).toBe(50);
    expect(quotaHeldByOthers(counters.reservations, "blk_1", "dev")).toBe(0);
  });

  it("stands as it is when the same job asks again", () => {
    const limits = { servers: 5 };
    const counters = reserved(limits, noCounters, "blk_1", servers(5));
    const used = made(limits, counters, "op_1", "blk_1");
    expect(decideReservation(limits, used, "blk_1", servers(5), now)).toEqual({
      is: "allowed",
      counters: null,
    });
  });

  it("keeps its places from single requests, and gives them to its own job", () => {
    const limits = { servers: 3 };
    let counters = reserved(limits, noCounters, "blk_1", servers(2));
    counters = made(limits, counters, "op_single", null);
    expect(decide(limits, counters, demand("op_late"), 0, now)).toMatchObject({
      is: "refused",
      refusal: { used: 1, detail: expect.stringContaining("bulk jobs have reserved 2") },
    });
    expect(decide(limits, counters, demand("op_other"), 0, now, "blk_2").is).toBe("refused");
    counters = made(limits, made(limits, counters, "op_a", "blk_1"), "op_b", "blk_1");
    expect(counters.servers).toHaveLength(3);
    expect(counters.reservations).toBeUndefined();
    expect(decide(limits, counters, demand("op_c"), 0, now, "blk_1").is).toBe("refused");
  });

  it("takes no second place for an item that was counted before", () => {
    const limits = { servers: 3 };
    const counters = made(limits, reserved(limits, noCounters, "blk_1", servers(2)), "op_a", "blk_1");
    expect(decide(limits, counters, demand("op_a"), 0, now, "blk_1")).toEqual({
      is: "allowed",
      counters: null,
    });
  });

  it("counts no more when it has expired, unless it is kept alive", () => {
    const limits = { servers: 3 };
    const late = now + reservedForMilliseconds;
    const counters = reserved(limits, noCounters, "blk_1", servers(3));
    expect(decide(limits, counters, demand("op_a"), 0, late - 1).is).toBe("refused");
    expect(decide(limits, counters, demand("op_a"), 0, late).is).toBe("allowed");
    const kept = withReservations(counters, withLife(counters.reservations, "blk_1", 2, late - 1));
    expect(decide(limits, kept, demand("op_a"), 0, late).is, "one was given back").toBe("allowed");
    expect(after(kept, decide(limits, kept, demand("op_a"), 0, late)).reservations).toMatchObject([
      { left: 2, servers: 2 },
    ]);
  });

  it("shrinks what it holds of a quota with its items", () => {
    const counters = reserved({}, noCounters, "blk_1", { ...servers(10), quotas: { dev: 4 } });
    const left = withLife(counters.reservations, "blk_1", 5, now);
    expect(quotaHeldByOthers(left, null, "dev")).toBe(2);
    expect(withLife(left, "blk_1", 0, now)).toEqual([]);
  });
});

type Move =
  | { readonly do: "reserve"; readonly job: number; readonly count: number }
  | { readonly do: "make"; readonly job: number | null }
  | { readonly do: "again"; readonly nth: number; readonly job: number | null }
  | { readonly do: "extend"; readonly job: number; readonly left: number }
  | { readonly do: "free"; readonly job: number }
  | { readonly do: "lose"; readonly nth: number }
  | { readonly do: "wait"; readonly seconds: number };

const job = fc.integer({ min: 0, max: 3 });
const jobOrNone = fc.option(job, { freq: 3 });
const moves = fc.array(
  fc.oneof<fc.Arbitrary<Move>[]>(
    fc.record({ do: fc.constant("reserve" as const), job, count: fc.integer({ min: 1, max: 8 }) }),
    fc.record({ do: fc.constant("make" as const), job: jobOrNone }),
    fc.record({ do: fc.constant("make" as const), job: jobOrNone }),
    fc.record({ do: fc.constant("again" as const), nth: fc.nat(20), job: jobOrNone }),
    fc.record({ do: fc.constant("extend" as const), job, left: fc.nat(8) }),
    fc.record({ do: fc.constant("free" as const), job }),
    fc.record({ do: fc.constant("lose" as const), nth: fc.nat(20) }),
    fc.record({ do: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 1200 }) }),
  ),
  { maxLength: 60 },
);

const cost = 240_000;
const nameOf = (nth: number | null): string | null => (nth === null ? null : `blk_${nth}`);

const moved = (limits: Limits, counters: Counters, move: Move, at: number, serial: number): Counters => {
  const make = (by: string, whose: number | null): Counters =>
    after(counters, decide(limits, counters, demand(by), cost, at, nameOf(whose)));
  switch (move.do) {
    case "reserve":
      return reserved(limits, counters, `blk_${move.job}`, servers(move.count, cost), at);
    case "make":
      return make(`op_${serial}`, move.job);
    case "again":
      return make(`op_${move.nth}`, move.job);
    case "extend": {
      const fresh = atInstant(counters, at);
      return withReservations(fresh, withLife(fresh.reservations, `blk_${move.job}`, move.left, at));
    }
    case "free":
      return withReservations(
        counters,
        counters.reservations?.filter((one) => one.job !== `blk_${move.job}`),
      );
    case "lose":
      return recounted(counters, { gone: new Set([`op_${move.nth}`]), made: new Map() }, at);
    case "wait":
      return counters;
  }
};

it.each<readonly [string, Limits]>([
  ["servers", { servers: 12 }],
  ["euros of a day", { euros_per_day: 12 * 0.24 }],
  ["both", { servers: 9, euros_per_day: 3 }],
])(
  "whatever happens in whatever order, counted and reserved %s are never more than the limit",
  (_what, limits) => {
    let fullest = 0;
    fc.assert(
      fc.property(moves, (all) => {
        let counters = noCounters;
        let at = now;
        for (const [serial, move] of all.entries()) {
          if (move.do === "wait") at += move.seconds * 1000;
          counters = moved(limits, counters, move, at, serial);
          const { servers: there, millionths, reservations = [] } = atInstant(counters, at);
          const held = reservations.reduce((sum, one) => sum + one.servers, 0);
          const money = reservations.reduce((sum, one) => sum + one.millionths, 0);
          const most = (limits.euros_per_day ?? Number.POSITIVE_INFINITY) * 1_000_000;
          expect(there.length + held).toBeLessThanOrEqual(limits.servers ?? Number.POSITIVE_INFINITY);
          expect(millionths + money).toBeLessThanOrEqual(most);
          fullest = Math.max(fullest, there.length + held, (millionths + money) / cost);
        }
      }),
      { numRuns: 1000 },
    );
    expect(fullest, "the limit was reached").toBeGreaterThanOrEqual(9);
  },
);

it("whatever was reserved can be made: a job that holds places is never refused one", () => {
  const limits: Limits = { servers: 12, euros_per_day: 12 * 0.24 };
  let tried = 0;
  fc.assert(
    fc.property(moves, (all) => {
      let counters = noCounters;
      let at = now;
      for (const [serial, move] of all.entries()) {
        if (move.do === "wait") at += move.seconds * 1000;
        const holders = (atInstant(counters, at).reservations ?? []).filter(
          (one) => one.servers > 0 && one.millionths >= cost,
        );
        const outcomes = holders.map(
          (one) => decide(limits, counters, demand("op_new"), cost, at, one.job).is,
        );
        tried += outcomes.length;
        expect(outcomes).not.toContain("refused");
        counters = moved(limits, counters, move, at, serial);
      }
    }),
    { numRuns: 500 },
  );
  expect(tried).toBeGreaterThan(100);
});
