import { describe, expect, it } from "vitest";
import { decide } from "./sweep-decisions.ts";

describe("the sweeper's judgement", () => {
  it("deletes nothing that an independent reading of the promise forbids, in 20,000 decisions", () => {
    const { wrong, deleted, missed } = decide(20_000, 7);
    expect(wrong).toEqual([]);
    expect(deleted).toBeGreaterThan(100);
    expect(missed).toBe(0);
  });
});
