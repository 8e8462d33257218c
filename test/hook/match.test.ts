import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPlace, lookUp } from "../../lib/hook/arrival.ts";
import { isLike } from "../../lib/hook/glob.ts";
import { isMatch, whenSchema } from "../../lib/hook/match.ts";

const arrival = {
  headers: new Map([["x-github-event", "pull_request"]]),
  payload: {
    action: "opened",
    number: 42,
    draft: false,
    merged_at: null,
    "a/b": { "m~n": "deep" },
    "": "empty",
    "header:X": "a field",
    list: ["a", { b: "c" }],
    labels: { env: "prod-eu" },
  },
};

describe("a place", () => {
  it.each<[string, unknown, string]>([
    ["", arrival.payload, "the whole payload"],
    ["/action", "opened", "a field"],
    ["/a~1b/m~0n", "deep", "names with a slash and a tilde"],
    ["/", "empty", "the field without a name"],
    ["/list/1/b", "c", "an entry of a list"],
    ["/merged_at", null, "null, which is something"],
    ["/header:X", "a field", "a field that is called like a header"],
    ["header:X-GitHub-Event", "pull_request", "a header, in any case of letters"],
  ])("%s holds what stands there: row %#", (place, value) => {
    expect(lookUp(arrival, place)).toEqual({ found: true, value });
  });

  it.each([
    ["/none", "no such field"],
    ["/action/0", "a letter of a text"],
    ["/list/01", "an index with a zero before it"],
    ["/list/-", "the place behind the last"],
    ["/list/2", "behind the last"],
    ["/list/length", "what every list has"],
    ["/constructor", "what every object has"],
    ["/__proto__", "what every object has"],
    ["/merged_at/x", "within null"],
    ["header:X-Other", "no such header"],
  ])("%s holds nothing: %s", (place) => {
    expect(lookUp(arrival, place)).toEqual({ found: false });
  });

  it.each(["action", "/a~2", "/a~", "header:", "header:a b", "header", "$.action", `/${"x".repeat(500)}`])(
    "is not %j",
    (text) => {
      expect(isPlace(text)).toBe(false);
    },
  );
});

describe("a rule's when", () => {
  it.each<[object, boolean, string]>([
    [{}, true, "empty: always"],
    [{ "/action": "opened" }, true, "a value"],
    [{ "/action": "Opened" }, false, "letters differ in case"],
    [{ "/action": ["closed", "opened"] }, true, "a list of values"],
    [{ "/action": ["closed", "re*"] }, false, "a list of values and globs"],
    [{ "/action": "open*" }, true, "a glob"],
    [{ "/labels/env": "prod-??" }, true, "a glob of single characters"],
    [{ "/number": 42 }, true, "a number"],
    [{ "/number": "42" }, false, "a text is no number"],
    [{ "/number": "*" }, false, "a glob is for texts"],
    [{ "/draft": false }, true, "a boolean"],
    [{ "/merged_at": null }, true, "null"],
    [{ "/none": null }, false, "what is missing is not null"],
    [{ "/none": "*" }, false, "what is missing is like no glob"],
    [{ "/none": { exists: false } }, true, "missing"],
    [{ "/merged_at": { exists: true } }, true, "null is there"],
    [{ "/action": { exists: false } }, false, "there, and should not be"],
    [{ "/action": { in: ["opened", "o*"] } }, true, "one of these"],
    [{ "/action": { in: ["open*"] } }, false, "in knows no globs"],
    [{ "/none": { in: ["a"] } }, false, "missing is none of these"],
    [{ "/labels": { type: "object" }, "/list": { type: "array" } }, true, "types"],
    [{ "/merged_at": { type: "null" }, "/number": { type: "number" } }, true, "types"],
    [{ "/number": { type: "string" } }, false, "another type"],
    [{ "/none": { type: "null" } }, false, "missing has no type"],
    [{ "/action": { type: "string", in: ["closed"] } }, false, "all tests of one place must hold"],
    [{ "/action": "opened", "/number": 43 }, false, "all places must hold"],
    [{ "header:x-github-event": "pull_request", "/action": "opened" }, true, "a header"],
    [{ "header:X-GitHub-Event": "push" }, false, "another header"],
    [{ "/labels": "x" }, false, "an object is no text"],
  ])("%j is %s: %s", (when, expected) => {
    expect(isMatch(arrival, whenSchema.parse(when))).toBe(expected);
  });

  it.each<[object, string]>([
    [{ action: "opened" }, "no pointer"],
    [{ "/a": {} }, "a test of nothing"],
    [{ "/a": { like: "x" } }, "an unknown test"],
    [{ "/a": [] }, "an empty list"],
    [{ "/a": { in: [] } }, "an empty in"],
    [{ "/a": [["x"]] }, "a list in a list"],
    [{ "/a": "x".repeat(201) }, "too long a value"],
    [{ "/a": { type: "text" } }, "an unknown type"],
    [Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`/${index}`, 1])), "too many places"],
  ])("is refused, row %#: %s", (when) => {
    expect(whenSchema.safeParse(when).success).toBe(false);
  });
});

describe("a glob", () => {
  /** The same as a regular expression, which may take for ever and is kept to short texts. */
  const asPattern = (glob: string): RegExp =>
    new RegExp(
      `^${Array.from(glob, (sign) => (sign === "*" ? "[^]*" : sign === "?" ? "[^]" : `\\u{${sign.codePointAt(0)?.toString(16)}}`)).join("")}$`,
      "u",
    );

  it("is what its definition says, for any short text", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "é", "😀", "/", "\n"), maxLength: 8 });
    const glob = fc.string({ unit: fc.constantFrom("a", "b", "é", "😀", "*", "?"), maxLength: 6 });
    const same = fc.property(text, glob, (one, other) => isLike(one, other) === asPattern(other).test(one));
    expect(fc.check(same, { numRuns: 5000, seed: 11 })).toMatchObject({ failed: false, numRuns: 5000 });
  });

  it("takes no more steps than both lengths multiplied, where a regular expression would never end", () => {
    const glob = `${"*a".repeat(99)}*b`;
    const begun = performance.now();
    expect(isLike("a".repeat(10_000), glob)).toBe(false);
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(isLike("a".repeat(10_001), "*")).toBe(false);
  });
});
