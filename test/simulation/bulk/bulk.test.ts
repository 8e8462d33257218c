import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tryWithout } from "../ablate-each.ts";
import { patched, sourceOf } from "../patched-source.ts";
import { showing } from "./ablation-run.ts";
import { bulkAblations } from "./ablations.ts";
import { work } from "./jobs.ts";
import { runOnce } from "./one-run.ts";
import { bulkRegressions } from "./regressions.ts";

describe("the world of bulk jobs", () => {
  it("keeps every promise in 10 seeds with all faults", { timeout: 300_000 }, async () => {
    const { failures, items } = await work({
      do: "seeds",
      from: 40_001,
      count: 10,
      order: { mode: "swarm" },
    });
    expect(failures).toEqual([]);
    expect(items).toBeGreaterThan(25 * 10);
  });

  it("makes nothing twice, wherever a seed dies", { timeout: 300_000 }, async () => {
    const { failures, runs } = await work({ do: "every crash", seed: 9 });
    expect(failures).toEqual([]);
    expect(runs).toBeGreaterThan(60);
  });

  it("is the same in every run with the same seed", { timeout: 300_000 }, async () => {
    const { failures } = await work({ do: "twice", from: 1, count: 4 });
    expect(failures).toEqual([]);
  });

  it("is another one with another seed", async () => {
    const hashes = new Set<string>();
    for (let seed = 1; seed <= 6; seed += 1)
      hashes.add((await runOnce({ seed, mode: "swarm", hashing: true })).hash);
    expect(hashes.size).toBe(6);
  });
});

describe("what seeds have found", () => {
  it.each(bulkRegressions)("$was", { timeout: 60_000 }, async ({ order }) => {
    expect((await runOnce(order)).violations).toEqual([]);
  });
});

describe("rules of bulk jobs that can be taken out of a test build", () => {
  it.each(bulkAblations)("$rule: stands in the shipped source, once", ({ patches }) => {
    for (const patch of patches) expect(patched(sourceOf(patch.file), patch)).not.toBe(sourceOf(patch.file));
  });
});

/** Rules that show soon; `npm run sim:bulk -- ablate` takes out all of them. */
const soon: ReadonlySet<string> = new Set([
  "the id of an item's operation follows from its job and its key",
  "what fails in a way that nobody knows is set aside after three times",
  "progress is told once in five seconds",
]);

describe("without a rule", () => {
  it.each(bulkAblations.filter(({ rule }) => soon.has(rule)))(
    "($rule) a violation is seen within 75 seeds",
    { timeout: 180_000 },
    async (ablation) => {
      const [isCaught, line] = await tryWithout(ablation, showing(75, 4));
      expect({ isCaught, line }).toEqual({ isCaught: true, line: expect.stringMatching(/^\d+ \| /) });
    },
  );

  it("is a part of them", () => {
    expect(bulkAblations.filter(({ rule }) => soon.has(rule))).toHaveLength(soon.size);
  });
});

describe("what runs in the world", () => {
  const handlers = [
    ["functions/bulk.ts", "openPorts", "httpHandler", "bulkRoutes"],
    ["functions/run-bulk-jobs.ts", "openWorkerPorts", "tickHandler", "runBulkJobs"],
    ["functions/follow-operations.ts", "openWorkerPorts", "tickHandler", "followOperations"],
  ] as const;
  const world = readFileSync(new URL("works.ts", import.meta.url), "utf8");

  it.each(handlers)("is what %s deploys: %s in %s with %s", (file, open, stack, flow) => {
    const deployed = readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
    expect(deployed).toContain(`handler = ${stack}(${open}, ${flow})`);
    expect(world).toContain(`${stack}(open, ${flow})`);
  });
});
