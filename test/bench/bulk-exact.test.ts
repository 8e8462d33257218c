import { describe, expect, test } from "vitest";
import { barsOf } from "../../bench/bulk-exact/bars.ts";
import { cases } from "../../bench/bulk-exact/cases.ts";
import { checkedIn } from "../../bench/bulk-exact/figures.ts";
import { playCase } from "../../bench/bulk-exact/play-case.ts";

describe("bulk jobs in virtual time", () => {
  test.each(cases.filter(({ isInSuite }) => isInSuite))(
    "cost exactly what is checked in: $words",
    { timeout: 180_000 },
    async (played) => {
      expect(await playCase(played)).toEqual(checkedIn()[played.name]);
    },
  );

  test("have their figures checked in, of every case", () => {
    expect(Object.keys(checkedIn())).toEqual(cases.map(({ name }) => name));
  });

  test.each(barsOf(checkedIn()))("meet the bar: $name, at most $most", ({ most, value }) => {
    expect(value ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(most);
  });
});
