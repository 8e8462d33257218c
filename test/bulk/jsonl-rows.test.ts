import { describe, expect, it } from "vitest";
import { jsonlRows, type JsonlPart } from "../../lib/bulk/jsonl-rows.ts";

const read = (text: string): JsonlPart[] => [...jsonlRows(text, { bytes: 10_000_000, lineBytes: 1_000_000 })];

describe("JSONL", () => {
  it("is an object a line; blank lines are passed over and counted", () => {
    expect(read('{"a":1}\n\n  \r\n{"b":"\\n"}\r\n{"c":{}}')).toEqual([
      { is: "row", line: 1, value: { a: 1 } },
      { is: "row", line: 4, value: { b: "\n" } },
      { is: "row", line: 5, value: { c: {} } },
    ]);
  });

  it.each<[string, string, string, string]>([
    ['{"a":1', "", "is not valid JSON: it ends too early", "a last line that was cut off"],
    ['{"a" 1}', "", "is not valid JSON: see character 6", "no JSON"],
    ["[1]", "", "must be a JSON object", "a list"],
    ["null", "", "must be a JSON object", "null"],
    ['"a"', "", "must be a JSON object", "a text"],
    ['{"a":1,"a":2}', "/a", "stands here twice", "a field twice"],
    ['{"__proto__":{"x":1}}', "/__proto__", "is not a field", "a key that changes prototypes"],
    ['{"a":{"__proto__":1}}', "/a/__proto__", "is not a field", "and deeper"],
    ['{"a":"\\u0000"}', "/a", "must not contain NUL", "NUL that is written as an escape"],
    ['{"a":"\\ud800"}', "/a", "must be well-formed Unicode", "half a character"],
    ['{"a":\0}', "", "must not contain NUL", "NUL"],
    [`${'{"a":'.repeat(30)}1${"}".repeat(30)}`, "/a".repeat(20), "lies deeper than 20 levels", "too deep"],
  ])("%j is told at %j: %s; %s", (line, place, detail) => {
    expect(read(`{"x":1}\n${line}\n{"y":2}`)).toEqual([
      { is: "row", line: 1, value: { x: 1 } },
      { is: "fault", line: 2, place, detail, isFatal: false, isTooLarge: false },
      { is: "row", line: 3, value: { y: 2 } },
    ]);
  });

  it("what a hostile line holds changes no prototype", () => {
    read('{"__proto__":{"polluted":true}}\n{"constructor":{"prototype":{"polluted":true}}}');
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});
