import { describe, expect, it } from "vitest";
import { runOnce } from "./one-run.ts";
import { regressions } from "./regressions.ts";

describe("what once went wrong in the simulated world", () => {
  it.each(regressions)("$name", async ({ order, wrong }) => {
    const { violations } = await runOnce(order);
    expect(violations, wrong).toEqual([]);
  });
});
