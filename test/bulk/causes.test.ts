import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorGroups, withCause } from "../../lib/bulk/causes.ts";
import { ItemNumbers } from "../../lib/bulk/item-numbers.ts";
import { most, short, type Cause } from "../../lib/bulk/job.ts";
import { Tally } from "../../lib/bulk/tally.ts";
import { range } from "./jobs.ts";

const total = 60;
const whyOf = (code: string, item: number) => ({ code, message: `${code} of ${item}`, name: `web-${item}` });

describe("the causes of failures", () => {
  it("are counted as a list of codes would be, whatever fails and is tried again", () => {
    const codes = fc.constantFrom(null, "A", "B", "C");
    const steps = fc.array(fc.tuple(fc.nat(9), codes), { maxLength: 60 });
    const property = fc.property(steps, (all) => {
      const numbers = ItemNumbers.read("", 10, 0);
      const letters = Tally.pending(10);
      const naive = new Map<number, string>();
      let causes: Cause[] = [];
      for (const [item, code] of all) {
        const why = code === null ? null : whyOf(code, item);
        causes = withCause(causes, numbers, { item, why, total: 10 });
        letters.set(item, code === null ? "p" : "f");
        if (code === null) naive.delete(item);
        else naive.set(item, code);
        const groups = errorGroups(causes, numbers, letters);
        const expected = Map.groupBy(naive.values(), (one) => one);
        expect(new Map(groups.map((group) => [group.code, group.count]))).toEqual(
          new Map([...expected].map(([one, times]) => [one, times.length])),
        );
        for (const { code: shown, names } of groups)
          for (const name of names) expect(naive.get(Number(name.slice(4)))).toBe(shown);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  it("come with the most frequent first, the last message and three names", () => {
    const numbers = ItemNumbers.read("", total, 0);
    const letters = Tally.read(`7f${total - 7}p`, total);
    let causes: Cause[] = [];
    for (const item of range(7))
      causes = withCause(causes, numbers, { item, why: whyOf(item < 2 ? "RARE" : "OFTEN", item), total });
    expect(errorGroups(causes, numbers, letters)).toEqual([
      { code: "OFTEN", count: 5, message: "OFTEN of 6", names: ["web-2", "web-3", "web-4"] },
      { code: "RARE", count: 2, message: "RARE of 1", names: ["web-0", "web-1"] },
    ]);
  });

  it("that are too many are told together, and their places are used again", () => {
    const numbers = ItemNumbers.read("", total, 0);
    const letters = Tally.read(`50f${total - 50}p`, total);
    let causes: Cause[] = [];
    for (const item of range(50))
      causes = withCause(causes, numbers, { item, why: whyOf(`C${item}`, item), total });
    expect(causes).toHaveLength(most.causes);
    const others = errorGroups(causes, numbers, letters)[0];
    expect(others).toMatchObject({ code: "OTHER", count: 50 - (most.causes - 1) });
    causes = withCause(causes, numbers, { item: 3, why: null, total });
    causes = withCause(causes, numbers, { item: 55, why: whyOf("LATE", 55), total });
    expect(causes).toHaveLength(most.causes);
    expect(causes[3]).toEqual({
      code: "LATE",
      message: "LATE of 55",
      examples: [{ item: 55, name: "web-55" }],
    });
  });
});

describe("a text that is kept short", () => {
  it.each([
    ["as it is", "as it is", "it is short enough"],
    ["a\nb\u0000c", "a b c", "it has no control characters"],
    ["ééééééé", "ééé…", "letters stay whole"],
    ["\ud800", "\ufffd", "it is proper text"],
  ])("%j becomes %j: %s", (text, expected) => {
    expect(short(text, 10)).toBe(expected);
  });

  it("never has more bytes than it may", () => {
    const property = fc.property(
      fc.string({ unit: "grapheme" }),
      fc.integer({ min: 3, max: 40 }),
      (text, bytes) => {
        expect(Buffer.byteLength(short(text, bytes))).toBeLessThanOrEqual(bytes);
      },
    );
    fc.assert(property);
  });
});
