import { describe, expect, test } from "vitest";
import { mean, median, pairedRatio, quantile } from "../../bench/statistics.ts";

describe("quantiles", () => {
  const cases: [values: number[], share: number, expected: number | null, because: string][] = [
    [[], 0.5, null, "nothing was measured"],
    [[7], 0.95, 7, "there is only one"],
    [[3, 1, 2], 0.5, 2, "the order of measuring does not matter"],
    [[4, 3, 2, 1], 0.5, 2, "of an even number the lower of the middle ones covers half"],
    [[10, 9, 100], 0.5, 10, "they are numbers, not text"],
    [Array.from({ length: 20 }, (_, index) => index + 1), 0.95, 19, "19 of 20 are not above it"],
    [Array.from({ length: 21 }, (_, index) => index + 1), 0.95, 20, "19 of 21 would be less than 95 %"],
    [[1, 2, 3], 1, 3, "all are covered by the largest"],
    [[1, 2, 3], 0, 1, "none has to be covered"],
  ];
  test.each(cases)("of %j at %d is %d: %s", (values, share, expected) => {
    expect(quantile(values, share)).toBe(expected);
  });
});

test.each([
  [[], null],
  [[5], 5],
  [[9, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
])("the median of %j is %s", (values: number[], expected) => {
  expect(median(values)).toBe(expected);
});

test("the mean of nothing is nothing, not zero", () => {
  expect([mean([]), mean([1, 2, 6])]).toEqual([null, 3]);
});

describe("paired ratios", () => {
  test("each pair is compared by itself before the median is taken", () => {
    // The ratio of the medians would be 20 / 10 = 2.
    const pairs = [
      [10, 20],
      [20, 5],
      [1000, 10],
    ] as const;
    expect(pairedRatio(pairs)).toEqual({ median: 4, min: 0.5, max: 100 });
  });

  test("a machine that slows down both sides of a pair changes nothing", () => {
    const calm = pairedRatio([
      [2, 1],
      [2, 1],
    ]);
    expect(
      pairedRatio([
        [2, 1],
        [2000, 1000],
      ]),
    ).toEqual(calm);
  });

  test("a pair with a side that is missing or zero says nothing", () => {
    expect(
      pairedRatio([
        [1, 0],
        [null, 3],
        [3, null],
        [6, 3],
      ]),
    ).toEqual({ median: 2, min: 2, max: 2 });
    expect(pairedRatio([[1, 0]])).toBeNull();
    expect(pairedRatio([])).toBeNull();
  });
});
