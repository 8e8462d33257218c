import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { markerOf } from "../../lib/operation/marker.ts";
import { operationIdOf } from "../../lib/operation/operation-id.ts";
import { makerInName, markedName, nameBears, noteOfName, renamed } from "../../lib/providers/name-marker.ts";

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

describe("a new name", () => {
  const short = id.slice(-8);
  it.each([
    ["keeps the whole marker where it has room", "db", `web-1-${id}`, `db-${id}`],
    [
      "keeps the end of it that has room",
      "n".repeat(20),
      `web-1-${id}`,
      `${"n".repeat(20)}-${id.slice(-19)}`,
    ],
    ["is plain where nothing has room", "n".repeat(32), `web-1-${id}`, "n".repeat(32)],
    ["keeps an end as it is", "db", `${"n".repeat(31)}-${short}`, `db-${short}`],
    ["that bears it already bears it once", `db-${id}`, `web-1-${id}`, `db-${id}`],
    ["of a server without a marker gets none", "db", "web-1", "db"],
    ["of a server whose name ends with a word gets none", "db", "web-database", "db"],
    ["of a server whose long name ends with a word gets none", "db", `${"n".repeat(28)}-cassandrabb`, "db"],
    ["of a server whose short name ends like an id gets none", "db", `web-${short}`, "db"],
    ["of a server without a name gets none", "db", "", "db"],
  ])("%s", (_why, name, present, expected) => {
    expect(renamed(name, present, 40)).toBe(expected);
  });

  it("bears the operation that has made the server, whatever both names are, unless an end has no digit", () => {
    const names = fc.string({ minLength: 1, maxLength: 31 });
    fc.assert(
      fc.property(fc.string(), names, names, (key, first, second) => {
        const own = markerOf(operationIdOf("dev", key), "dev");
        const present = markedName(first, own, 40) ?? "";
        fc.pre(/\d/.test(present.slice(-8)));
        const after = renamed(second, present, 40);
        expect(after.length).toBeLessThanOrEqual(40);
        expect(nameBears(after, own)).toBe(true);
      }),
    );
  });

  it.each([
    ["room for eight letters", "n".repeat(31), false],
    ["room for fewer", "n".repeat(32), true],
    ["no name at all", undefined, false],
  ])("with %s", (_why, name, says) => {
    expect(noteOfName(name, 40).note !== undefined).toBe(says);
  });
});
