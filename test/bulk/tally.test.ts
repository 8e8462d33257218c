import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BadItemNumbers, ItemNumbers } from "../../lib/bulk/item-numbers.ts";
import { BadTally, letters, Tally, type Letter } from "../../lib/bulk/tally.ts";

const letter = fc.constantFrom(...letters);
const naiveText = (all: readonly Letter[]): string =>
  [...all.join("").matchAll(/(.)\1*/g)].map(([run]) => `${run.length}${run.charAt(0)}`).join("");
const words = { p: "pending", b: "pending", r: "running", s: "succeeded", f: "failed" } as const;
const more = { c: "cancelled", k: "skipped", a: "needs_attention" } as const;
const wordOf = { ...words, ...more };

describe("the letters of a job's items", () => {
  it("are what a list of letters would be, whatever is set", () => {
    const sets = fc.array(fc.tuple(fc.nat(39), letter, fc.nat(45)), { maxLength: 60 });
    const property = fc.property(fc.integer({ min: 1, max: 40 }), sets, (total, steps) => {
      const naive: Letter[] = Array.from({ length: total }, () => "p");
      let tally = Tally.pending(total);
      for (const [place, to, from] of steps) {
        const item = place % total;
        expect(tally.set(item, to)).toBe(naive[item] !== to);
        naive[item] = to;
        expect(tally.text()).toBe(naiveText(naive));
        const { total: sum, ...counts } = tally.counts();
        expect(Object.values(counts).reduce((one, other) => one + other, 0)).toBe(sum);
        for (const [word, count] of Object.entries(counts))
          expect(count).toBe(naive.filter((one) => wordOf[one] === word).length);
        const found = naive.findIndex((one, index) => index >= from && one === to);
        expect(tally.next(to, from)).toBe(found < 0 ? null : found);
        expect(tally.items(to, "p")).toEqual(naive.flatMap((one, n) => ([to, "p"].includes(one) ? [n] : [])));
        tally = Tally.read(tally.text(), total);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  it("are set many at a time, and say how many were others", () => {
    const tally = Tally.read("2p3s", 5);
    expect(tally.setMany([0, 1, 2, 2], "s")).toBe(2);
    expect(tally.text()).toBe("5s");
  });

  it("are free of their copy", () => {
    const tally = Tally.pending(3);
    tally.copy().set(0, "s");
    expect(tally.text()).toBe("3p");
    expect(tally.counts().pending).toBe(3);
  });

  it.each([
    ["", 1, "an item has no letter"],
    ["2p", 3, "an item has no letter"],
    ["4p", 3, "there are more letters than items"],
    ["3x", 3, "there is no such letter"],
    ["3p ", 3, "something stands behind them"],
    ["1p,2s", 3, "something stands between them"],
    ["p3", 3, "the number comes first"],
    ["-1p4s", 3, "a run is no debt"],
  ])("%j of %d items is refused: %s", (text, total) => {
    expect(() => Tally.read(text, total)).toThrow(BadTally);
  });

  it.each([-1, 3, 0.5, Number.NaN])("there is no item %d of three", (item) => {
    const tally = Tally.pending(3);
    expect(() => tally.at(item)).toThrow(RangeError);
    expect(() => tally.set(item, "s")).toThrow(RangeError);
    expect(tally.text()).toBe("3p");
  });

  it("of 10,000 items in 10 runs take less than 60 bytes", () => {
    const tally = Tally.pending(10_000);
    for (const begin of [0, 2000, 4000, 6000, 8000])
      tally.setMany(
        Array.from({ length: 1000 }, (_, n) => begin + n),
        "s",
      );
    expect(tally.text()).toBe("1000s1000p".repeat(5));
  });
});

describe("the numbers of a job's items", () => {
  it("are read back as they were set, and take no room where all are usual", () => {
    const numbers = fc.array(fc.constantFrom(1, 1, 1, 2, 65_535), { minLength: 1, maxLength: 30 });
    const property = fc.property(numbers, fc.constantFrom(0, 1), (wanted, usual) => {
      const set = ItemNumbers.read("", wanted.length, usual);
      for (const [item, number] of wanted.entries()) set.set(item, number);
      const text = set.text();
      const read = ItemNumbers.read(text, wanted.length, usual);
      expect(wanted.map((_number, item) => read.at(item))).toEqual(wanted);
      expect(read.text()).toBe(text);
      expect(text === "").toBe(wanted.every((number) => number === usual));
      for (const item of wanted.keys()) read.set(item, usual);
      expect(read.text()).toBe("");
    });
    fc.assert(property, { numRuns: 500 });
  });

  it.each([
    ["4x1", "there are more numbers than items"],
    ["1x65536", "the number is too large"],
    ["1y2", "it is no run"],
    ["1x2,", "a run is missing"],
    [",1x2", "a run is missing"],
    ["x2", "a count is missing"],
  ])("%j is refused: %s", (text) => {
    expect(() => ItemNumbers.read(text, 3, 0)).toThrow(BadItemNumbers);
  });

  it.each([
    [3, 1],
    [-1, 1],
    [0, -1],
    [0, 65_536],
    [0, 1.5],
  ])("item %d is not given the number %d", (item, number) => {
    expect(() => ItemNumbers.read("", 3, 0).set(item, number)).toThrow(RangeError);
  });
});
