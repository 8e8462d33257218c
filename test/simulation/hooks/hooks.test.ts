import { describe, expect, it } from "vitest";
import { patched, sourceOf } from "../patched-source.ts";
import { hookAblations } from "./ablations.ts";
import { besideTheDead } from "./beside-the-dead.ts";
import { work } from "./jobs.ts";
import { runOnce } from "./one-run.ts";
import { hookRegressions } from "./regressions.ts";

describe("the world of webhooks", () => {
  it("keeps every promise in 60 seeds with all faults", { timeout: 300_000 }, async () => {
    const { failures, attempts } = await work({
      do: "seeds",
      from: 30_001,
      count: 60,
      order: { mode: "swarm" },
    });
    expect(failures).toEqual([]);
    expect(attempts).toBeGreaterThan(200 * 5);
  });

  it("survives a death at every write of two seeds", { timeout: 300_000 }, async () => {
    for (const seed of [11, 12]) {
      const { failures, runs } = await work({ do: "every crash", seed });
      expect(failures).toEqual([]);
      expect(runs).toBeGreaterThan(30);
    }
  });

  it("is the same in every run with the same seed", { timeout: 300_000 }, async () => {
    const { failures } = await work({ do: "twice", from: 1, count: 10 });
    expect(failures).toEqual([]);
  });

  it("is another one with another seed", async () => {
    const seeds = Array.from({ length: 10 }, (_, index) => index + 1);
    const runs = await Promise.all(seeds.map((seed) => runOnce({ seed, mode: "swarm", hashing: true })));
    expect(new Set(runs.map(({ hash }) => hash)).size).toBe(10);
  });
});

describe("beside receivers that never answer", () => {
  it.each([
    [1, "busy"],
    [2, "busy"],
    [80, "busy"],
    [1, "quiet"],
    [11, "quiet"],
  ] as const)(
    "those that are well hear not a millisecond later than without them (seed %i, %s)",
    { timeout: 300_000 },
    async (seed, how) => {
      const { compared, missing, mostLater } = await besideTheDead(seed, how === "busy");
      expect(compared).toBeGreaterThan(10);
      expect(missing).toBe(0);
      expect(mostLater).toBeLessThanOrEqual(0);
    },
  );
});

describe("what seeds have found", () => {
  it.each(hookRegressions)("$was", async ({ order }) => {
    expect((await runOnce(order)).violations).toEqual([]);
  });
});

describe("rules of webhooks that can be taken out of a test build", () => {
  it.each(hookAblations)("$rule: stands in the shipped source, once", ({ patches }) => {
    for (const patch of patches) expect(patched(sourceOf(patch.file), patch)).not.toBe(sourceOf(patch.file));
  });
});
