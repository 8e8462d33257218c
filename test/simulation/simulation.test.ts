import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dialectNames } from "../../lib/connection.ts";
import { Chance } from "./chance.ts";
import { work } from "./jobs.ts";
import { runOnce } from "./one-run.ts";
import { personalityOf } from "./personality.ts";

describe("the simulated world", () => {
  it("keeps every promise in 100 seeds with all faults", { timeout: 300_000 }, async () => {
    const { failures, requests } = await work({
      do: "seeds",
      from: 20_001,
      count: 100,
      order: { mode: "swarm" },
    });
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(100 * 4);
  });

  it("survives a death at every effect of three seeds", { timeout: 300_000 }, async () => {
    const outcomes = [];
    for (const seed of [301, 302, 303]) outcomes.push(await work({ do: "every crash", seed }));
    expect(outcomes.flatMap(({ failures }) => failures)).toEqual([]);
    for (const { runs } of outcomes) expect(runs).toBeGreaterThan(60);
  });

  it.each(dialectNames)(
    "survives a death at every effect of a seed at %s",
    { timeout: 300_000 },
    async (dialect) => {
      const { failures, runs } = await work({ do: "every crash", seed: 304, dialect });
      expect(failures).toEqual([]);
      expect(runs).toBeGreaterThan(60);
    },
  );

  it.each(dialectNames)("draws %s, and speaks it to its provider", async (dialect) => {
    const seeds = Array.from({ length: 60 }, (_, index) => index + 1);
    const drawn = seeds.map((seed) => personalityOf(new Chance(seed).split("dialect"), {}).dialect.name);
    expect(drawn).toContain(dialect);
    const { counters } = await runOnce({ seed: 1, mode: "swarm", dialect });
    expect([...counters.keys()]).toContain(`a run of ${dialect}`);
  });

  it(
    "never has a second server switched on when landings break every bound",
    { timeout: 300_000 },
    async () => {
      const { failures } = await work({
        do: "seeds",
        from: 1,
        count: 15,
        order: { mode: "swarm", beyond: true },
      });
      expect(failures.filter(({ invariant }) => invariant === "I3")).toEqual([]);
    },
  );

  it("is the same in every run with the same seed", { timeout: 300_000 }, async () => {
    const { failures } = await work({ do: "twice", from: 1, count: 10 });
    expect(failures).toEqual([]);
  });

  it("is another one with another seed", async () => {
    const hashes = new Set<string>();
    for (let seed = 1; seed <= 20; seed += 1)
      hashes.add((await runOnce({ seed, mode: "swarm", hashing: true })).hash);
    expect(hashes.size).toBe(20);
  });

  it("is not changed by being watched", async () => {
    const plain = await runOnce({ seed: 7, mode: "swarm", hashing: true });
    const watched = await runOnce({ seed: 7, mode: "swarm", hashing: true, tracing: true });
    expect(watched.hash).toBe(plain.hash);
    expect(watched.trace.length).toBeGreaterThan(100);
  });
});

describe("what runs in the world", () => {
  const handlers = [
    ["functions/api.ts", "openPorts", "httpHandler", "apiRoutes"],
    ["functions/start-operation.ts", "openWorkerPorts", "queueHandler", "startMessages"],
    ["functions/follow-operations.ts", "openWorkerPorts", "tickHandler", "followOperations"],
    ["functions/sweep-orphans.ts", "openWorkerPorts", "tickHandler", "sweepOrphans"],
  ] as const;
  const world = readFileSync(new URL("installation.ts", import.meta.url), "utf8");

  it.each(handlers)("is what %s deploys: %s in %s with %s", (file, open, stack, flow) => {
    const deployed = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
    expect(deployed).toContain(`handler = ${stack}(${open}, ${flow})`);
    expect(world).toContain(`${stack}(open, ${flow})`);
    for (const name of [stack, flow]) {
      const imported = new RegExp(`import \\{ ${name} \\} from "(?:\\.\\./)+(lib/[^"]+)"`);
      expect(imported.exec(world)?.[1]).toBe(imported.exec(deployed)?.[1]);
    }
  });
});
