import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../lib/operation/json.ts";
import { faultsOfTemplate, fill, placeholdersIn } from "../../lib/hook/template.ts";

const arrival = {
  headers: new Map([["x-event", "push"]]),
  payload: {
    number: 42,
    big: 1e21,
    open: true,
    title: 'It\'s "new"; $(reboot)',
    branch: "feature/x-1.2",
    none: null,
    list: [1],
    lines: "a\nb",
    half: "\ud800",
    long: "x".repeat(1001),
    inner: "{{/number}}",
  },
};

describe("a template", () => {
  it.each<[Json, Json, string]>([
    ["web-{{/number}}", "web-42", "within a text"],
    ["{{/number}}", 42, "alone: with its type"],
    [" {{ /open }} ", true, "alone: with its type, blanks around it"],
    ["{{/number}}{{/open}}", "42true", "two of them are a text"],
    ["{{header:X-Event}}-{{/branch}}", "push-feature/x-1.2", "headers and fields"],
    ["{{/title}}", 'It\'s "new"; $(reboot)', "any characters in a text of one line"],
    ["{{/inner}}", "{{/number}}", "what was put in is not looked through again"],
    ["no placeholder", "no placeholder", "nothing to put in"],
    [7, 7, "a number"],
    [null, null, "null"],
    [
      { tags: ["a", "n={{/number}}"], size: "{{/number}}", deep: { "{{/number}}": "x" } },
      { tags: ["a", "n=42"], size: 42, deep: { "{{/number}}": "x" } },
      "in lists and objects, never in names of fields",
    ],
  ])("%j becomes what it says: row %#", (template, value) => {
    expect(fill(template, arrival)).toEqual({ value, faults: [] });
  });

  it.each([
    [{ name: "web-{{/nothing}}" }, "/name", "is missing"],
    [{ name: "{{/none}}" }, "/name", "is null"],
    [{ name: "{{/list}}" }, "/name", "is no text, number or boolean"],
    [{ name: "{{/lines}}" }, "/name", "holds control characters"],
    [{ name: "{{/half}}" }, "/name", "is not well-formed Unicode"],
    [{ tags: ["a", "{{/long}}"] }, "/tags/1", "is longer than 1000 characters"],
    [{ cloud_init: "{{/title}}" }, "/cloud_init", "a script takes nothing else"],
    [{ user: "#!/bin/sh\necho {{/title}}" }, "/user", "a script takes nothing else"],
    [{ "a/b": "{{header:X-None}}" }, "/a~1b", "header:X-None of the webhook is missing"],
  ])("%j can't be filled at %s: %s", (template, pointer, words) => {
    const { value, faults } = fill(template, arrival);
    expect(value).toBeNull();
    expect(faults).toEqual([{ pointer, detail: expect.stringContaining(words) }]);
  });

  it("takes plain words into a script", () => {
    expect(fill({ cloud_init: "#!/bin/sh\ndeploy {{/branch}} {{/number}}\n" }, arrival).value).toEqual({
      cloud_init: "#!/bin/sh\ndeploy feature/x-1.2 42\n",
    });
  });

  it("puts nothing into a script that a shell would take for more than a word", () => {
    const plain = fc.property(fc.string({ unit: "binary", maxLength: 30 }), (text) => {
      const { value } = fill({ cloud_init: "run {{/t}} now" }, { headers: new Map(), payload: { t: text } });
      return value === null || /^[\w.:@/+=-]*$/.test(text);
    });
    expect(fc.check(plain, { numRuns: 3000, seed: 5 })).toMatchObject({ failed: false, numRuns: 3000 });
  });

  it("tells all of its faults at once, with where they stand", () => {
    const { faults } = fill({ a: "{{/x}}", b: ["{{/y}}"] }, arrival, "/operation");
    expect(faults.map(({ pointer }) => pointer)).toEqual(["/operation/a", "/operation/b/0"]);
  });
});

describe("a template, before anything has come", () => {
  it.each(["{{}}", "{{number}}", "{{ $.x }}", "{{header:}}", "{{/a~9}}", "{{/a", "/a}}", "{{/a}} {{"])(
    "%j has a fault",
    (text) => {
      expect(faultsOfTemplate({ x: ["fine", text] }, "/operation")).toEqual([
        { pointer: "/operation/x/1", detail: expect.any(String) },
      ]);
    },
  );

  it.each(["{{/a}}", "a {{ /a/b }} {{header:X-Y}}", "no { placeholder }", "${x}"])("%j has none", (text) => {
    expect(faultsOfTemplate({ x: text })).toEqual([]);
  });

  it("shows where its placeholders are", () => {
    const places = placeholdersIn({ a: "{{/x}}", b: { c: ["no", "{{/y}}!"] } }, "/operation");
    expect(places.map(({ pointer }) => pointer)).toEqual(["/operation/a", "/operation/b/c/1"]);
  });
});
