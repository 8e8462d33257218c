import { describe, expect, it } from "vitest";
import { runOnce } from "./one-run.ts";
import { regressions } from "./regressions.ts";
import { inThreads } from "./threads.ts";

describe("what once went wrong in the simulated world", () => {
  it.each(regressions)("$name", async ({ order, wrong }) => {
    const { violations } = await runOnce(order);
    expect(violations, wrong).toEqual([]);
  });

  it.each(regressions)("$name: the mistake would show", { timeout: 300_000 }, async (regression) => {
    const { patches = [], port, breaks, order } = regression;
    const { seed, ...rest } = order;
    const built = { ...rest, withoutRules: port === undefined ? [] : [port] };
    const jobs = [{ do: "seeds", from: seed, count: 1, order: built }] as const;
    const { failures } = await inThreads(jobs, { patches, threads: 1 });
    expect(failures.map(({ invariant }) => invariant)).toContain(breaks);
  });
});
