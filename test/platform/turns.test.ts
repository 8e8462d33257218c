import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterSlots,
  cutOf,
  endOf,
  nextSlotOf,
  slotsOf,
  usedTwice,
  withClaim,
  type Claim,
} from "../../lib/platform/turns.ts";

const turn = (from: number, claims: readonly Claim[], step = 100) => ({ from, step, claims });

describe("slots in turns", () => {
  it.each<[reason: string, by: string, slots: readonly number[]]>([
    ["the first one begins", "a", [1000, 1300, 1500]],
    ["the next one comes after it", "b", [1100, 1400, 1600, 1700]],
    ["who has one slot has it in the first round", "c", [1200]],
    ["who has none has none", "d", []],
  ])("are one a round for each: %s", (_, by, slots) => {
    const claims: readonly Claim[] = [
      ["a", 3],
      ["b", 4],
      ["c", 1],
    ];
    expect(slotsOf([turn(1000, claims)], by, 0)).toEqual(slots);
  });

  it("end where the next turns begin, and those that are over are left out", () => {
    const turns = [
      turn(1000, [["a", 10]]),
      turn(
        1300,
        [
          ["b", 1],
          ["a", 2],
        ],
        200,
      ),
    ];
    expect(slotsOf(turns, "a", 1000)).toEqual([1100, 1200, 1500, 1700]);
  });

  it("are each somebody's, and nobody's twice", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }), (counts) => {
        const claims = counts.map((slots, index): Claim => [`p${index}`, slots]);
        const all = claims.flatMap(([by]) => slotsOf([turn(0, claims, 1)], by, -1));
        const total = counts.reduce((sum, slots) => sum + slots, 0);
        expect(all.toSorted((one, other) => one - other)).toEqual(
          Array.from({ length: total }, (_, at) => at),
        );
        expect(endOf(turn(0, claims, 1))).toBe(total);
      }),
    );
  });

  it("come in the same order when turns are cut anywhere and go on", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
        fc.nat({ max: 72 }),
        (counts, passed) => {
          const claims = counts.map((slots, index): Claim => [`p${index}`, slots]);
          const rest = afterSlots(claims, passed);
          for (const [by] of claims) {
            const whole = slotsOf([turn(0, claims, 1)], by, passed - 1);
            expect(slotsOf([turn(passed, rest, 1)], by, -1)).toEqual(whole);
          }
        },
      ),
    );
  });
});

describe("turns can be changed", () => {
  const many: readonly Claim[] = [["a", 100]];
  it.each<[reason: string, turns: readonly ReturnType<typeof turn>[], from: number, passed: number]>([
    ["at once, when there are none", [], 10_010, 0],
    ["at once, when they are over", [turn(9000, [["a", 10]])], 10_010, 10],
    ["at their end, when that is near", [turn(10_000, [["a", 3]])], 10_300, 3],
    ["from where nobody relies on them", [turn(10_000, many)], 11_000, 10],
    ["on the next slot behind that", [turn(9950, many)], 11_050, 11],
    ["from their beginning, when that is far", [turn(12_000, many)], 12_000, 0],
  ])("%s", (_, turns, from, passed) => {
    expect(cutOf(turns, 10_010)).toMatchObject({ from, passed });
  });

  it("so that those who come wait behind those who are there, for one slot of each", () => {
    expect(
      withClaim(
        [
          ["a", 90],
          ["b", 3],
        ],
        ["c", 1],
      ),
    ).toEqual([
      ["a", 90],
      ["b", 3],
      ["c", 1],
    ]);
    expect(
      withClaim(
        [
          ["a", 90],
          ["b", 3],
        ],
        ["a", 16],
      ),
    ).toEqual([
      ["a", 106],
      ["b", 3],
    ]);
  });
});

describe("the next slot of anybody", () => {
  it.each<[reason: string, now: number, slot: number | null]>([
    ["is the first of the turns", 900, 1000],
    ["is the one that comes now", 1100, 1100],
    ["is in the turns that follow", 1101, 1300],
    ["is none when all are over", 1500, null],
  ])("%s", (_, now, slot) => {
    expect(nextSlotOf([turn(1000, [["a", 2]]), turn(1300, [["b", 2]])], now)).toBe(slot);
  });
});

describe("slots that somebody gave away after they were used", () => {
  const late = [
    turn(1000, [["a", 9]]),
    turn(1200, [
      ["b", 1],
      ["a", 7],
    ]),
  ];
  it.each<[reason: string, used: readonly number[], last: number, twice: number]>([
    ["none, when the new turns begin behind them", [1000, 1100], 1100, 0],
    ["one, when the first slot of the new turns was used", [1000, 1100, 1200], 1200, 1],
    ["still one, when the next one is the own again", [1000, 1100, 1200, 1300], 1300, 1],
    ["none any more, when one was left out for it", [1000, 1100, 1200, 1400], 1400, 0],
  ])("%s", (_, used, last, twice) => {
    expect(usedTwice(late, "a", used, last)).toBe(twice);
  });
});
