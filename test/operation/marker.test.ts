import { describe, expect, it } from "vitest";
import { peoplesTags } from "../../lib/operation/marker.ts";

const bytesOf = (tags: readonly string[]): number => Buffer.byteLength(JSON.stringify(tags));

describe("the tags that events bear", () => {
  it("are people's own in their order, long ones and the hundredth too", () => {
    const tags = Array.from({ length: 100 }, (_, index) => `${index}=${"x".repeat(80)}`);
    expect(peoplesTags(["swy:dep=test", "a".repeat(255), ...tags])).toEqual(["a".repeat(255), ...tags]);
  });

  it.each([
    ["letters of one byte", "x"],
    ["letters of three bytes", "\u20ac"],
    ["letters that JSON escapes", "\u0001"],
    ["half a pair", "\ud83d"],
  ])("fit into 10,000 bytes together, of %s", (_what, letter) => {
    const tags = Array.from({ length: 100 }, (_, index) => `${index}${letter.repeat(250)}`);
    const kept = peoplesTags(tags);
    expect(kept).toEqual(tags.slice(0, kept.length));
    expect(kept.length).toBeGreaterThan(0);
    expect(bytesOf(kept)).toBeLessThanOrEqual(10_001);
    expect(bytesOf(tags.slice(0, kept.length + 1))).toBeGreaterThan(10_000);
  });
});
