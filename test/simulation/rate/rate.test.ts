import { describe, expect, it } from "vitest";
import { patched, sourceOf } from "../patched-source.ts";
import { rateRules } from "./ablations.ts";
import { runOnce } from "./one-run.ts";
import { orderOf } from "./order.ts";

describe("the world of the rate budget", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])("keeps every promise in seed %d", async (seed) => {
    const { findings } = await runOnce(seed);
    expect(findings).toEqual([]);
  });

  it("goes the same way each time", async () => {
    const [one, other] = [await runOnce(5), await runOnce(5)];
    expect(one).toEqual(other);
  });

  it("reaches every kind of trouble, clocks that differ, tables that fail and processes that die", () => {
    const orders = Array.from({ length: 300 }, (_, index) => orderOf(index + 1));
    const themes = new Set(orders.map(({ theme }) => theme));
    expect(themes).toEqual(new Set(["steady", "limited", "hold", "storm", "outage"]));
    expect(orders.some(({ skew }) => skew > 1500)).toBe(true);
    expect(orders.some(({ busy }) => busy > 30)).toBe(true);
    expect(orders.some(({ ceiling }) => ceiling > 300)).toBe(true);
    expect(orders.some(({ deaths }) => deaths.length > 0)).toBe(true);
    for (const fault of ["throttled", "replyLost", "unclear"] as const)
      expect(orders.some((order) => order[fault] > 0)).toBe(true);
  });

  it.each(rateRules.map(({ name, patches }) => ({ name, patches })))(
    "has the source that the build without $name leaves out",
    ({ patches }) => {
      for (const patch of patches)
        expect(patched(sourceOf(patch.file), patch)).not.toBe(sourceOf(patch.file));
    },
  );
});
