import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { markerOf } from "../../lib/operation/marker.ts";
import { operationIdOf } from "../../lib/operation/operation-id.ts";
import { makerInName, markedName, nameBears } from "../../lib/providers/name-marker.ts";

const id = operationIdOf("dev", "a key");
const marker = markerOf(id, "dev");

describe("a marker in a name", () => {
  it("is the whole id where it fits", () => {
    expect(markedName("web-1", marker, 40)).toBe(`web-1-${id}`);
    expect(makerInName(`web-1-${id}`)).toBe(id);
  });

  it.each([
    ["a letter too many for the whole id", 11, 28],
    ["room for eight letters", 31, 8],
  ])("is the end of the id with %s", (_why, length, letters) => {
    const name = markedName("n".repeat(length), marker, 40);
    expect(name).toBe(`${"n".repeat(length)}-${id.slice(-Math.min(letters, 26))}`);
    expect(makerInName(name ?? "")).toBeNull();
  });

  it("is left out where fewer than eight letters have room", () => {
    expect(markedName("n".repeat(32), marker, 40)).toBeNull();
    expect(markedName("n".repeat(40), marker, 40)).toBeNull();
  });

  it("is found in every name that bears it, and in no other's", () => {
    const keys = fc.tuple(fc.string(), fc.string()).filter(([one, other]) => one !== other);
    fc.assert(
      fc.property(keys, fc.string({ minLength: 1, maxLength: 31 }), ([one, other], name) => {
        const own = markerOf(operationIdOf("dev", one), "dev");
        const foreign = markerOf(operationIdOf("dev", other), "dev");
        const marked = markedName(name, own, 40) ?? "";
        expect(marked.length).toBeLessThanOrEqual(40);
        expect(nameBears(marked, own)).toBe(true);
        expect(nameBears(marked, foreign)).toBe(false);
      }),
    );
  });
});
