import { describe, expect, it } from "vitest";
import { bulkQuerySchema, bulkRequestSchema } from "../../events/bulk-request.ts";
import { sourceOf } from "../../lib/bulk/source.ts";
import { readBy } from "../../lib/flows/faults.ts";

const head = { connection: "paris", kind: "server.create" };
const read = (body: object) => readBy(bulkRequestSchema, { ...head, ...body });

describe("the body of a bulk job", () => {
  it.each<[object, object | null, string]>([
    [
      { count: 3, template: { name: "a" } },
      { form: "count", count: 3, template: { name: "a" } },
      "count with a template",
    ],
    [
      { rows: [{ a: 1 }], template: {} },
      { form: "rows", rows: [{ a: 1 }], template: {} },
      "rows with a template",
    ],
    [{ items: [{ name: "a" }] }, { form: "items", items: [{ name: "a" }], defaults: {} }, "items"],
    [
      { items: [{}], defaults: { type: "t" } },
      { form: "items", items: [{}], defaults: { type: "t" } },
      "items with defaults",
    ],
    [{ select: { tags: ["a"] } }, null, "a selector, which must be looked up first"],
    [{ select: { ids: ["a"], not_tags: ["b"] }, input: { tags: [] } }, null, "a selector with an input"],
  ])("%j is %j: %s", (body, source) => {
    const { value, faults } = read(body);
    expect(faults).toBeNull();
    expect(value === null ? undefined : sourceOf(value)).toEqual(source);
  });

  it.each<[object, string, string, string]>([
    [{}, "", "says nothing to do", "no form"],
    [{ count: 1, template: {}, items: [{}] }, "", "has count and items", "two forms"],
    [{ items: [{}], select: { ids: ["a"] } }, "", "has items and select", "two others"],
    [{ count: 1 }, "/template", "required", "count alone"],
    [{ rows: [{}] }, "/template", "required", "rows alone"],
    [{ items: [{}], template: {} }, "/template", "stands beside count or rows", "a template beside items"],
    [{ count: 1, template: {}, defaults: {} }, "/defaults", "is laid under items", "defaults beside count"],
    [{ items: [{}], input: {} }, "/input", "stands beside select", "an input beside items"],
    [{ items: [] }, "/items", "holds no items", "no items"],
    [{ rows: [], template: {} }, "/rows", "holds no rows", "no rows"],
    [{ count: 0, template: {} }, "/count", "at least 1", "count of nothing"],
    [{ count: 1.5, template: {} }, "/count", "whole number", "half an item"],
    [{ select: {} }, "/select", "nothing is never taken for everything", "an empty selector"],
    [
      { select: { not_tags: ["a"] } },
      "/select",
      "must name tags, names or ids",
      "a selector of all but some",
    ],
    [{ select: { tags: [] } }, "/select/tags", "at least 1", "an empty list"],
    [{ items: [{}], max_failures: "110%" }, "/max_failures", "a part of those", "more than all"],
    [{ items: [{}], max_failures: -1 }, "/max_failures", "at least 0", "less than none"],
    [{ items: [{}], priority: 11 }, "/priority", "at most 10", "a priority that there is not"],
    [{ items: [{}], on_stop: "delete" }, "/on_stop", "leave, rollback", "an unknown end"],
    [{ items: [{}], vars: { "1a": 1 } }, "/vars/1a", "must begin with a letter", "a name that is none"],
    [
      { items: [{}], vars: { a: [] } },
      "/vars/a",
      "a text, a number or a boolean",
      "a variable that is a list",
    ],
    [{ items: [{}], batch_scope: "a\nb" }, "/batch_scope", "control characters", "a scope of two lines"],
    [{ items: [{}], confirm: true }, "/confirm", "unknown field", "an unknown field"],
    [{ items: [{}], prioriti: 1 }, "/prioriti", 'did you mean "priority"?', "a slip of the hand"],
  ])("%j is refused at %j: %s (%s)", (body, pointer, words) => {
    expect(read(body).faults).toEqual([{ pointer, detail: expect.stringContaining(words) }]);
  });

  it("has its options filled in", () => {
    expect(read({ items: [{}], max_failures: "10%" }).value).toMatchObject({
      priority: 5,
      skip_invalid: false,
      on_stop: "leave",
      vars: {},
      start: 1,
      max_failures: "10%",
    });
  });
});

describe("the query of a CSV or JSONL post", () => {
  const query = (words: object) => readBy(bulkQuerySchema, { ...head, ...words });

  it("says the same as the options of a body, in texts", () => {
    const texts = {
      template: '{"name":"web-{{row.n}}"}',
      delimiter: "semicolon",
      priority: "7",
      max_parallel: "20",
      max_failures: "3",
      skip_invalid: "true",
      batch_scope: "night",
      on_stop: "rollback",
      max_eur_per_hour: "1.5",
      max_eur_per_month: "100",
      max_deletes: "60",
      vars: '{"team":"ops"}',
      start: "0",
    };
    const { template, delimiter, ...options } = query(texts).value ?? {};
    expect({ template, delimiter }).toEqual({ template: { name: "web-{{row.n}}" }, delimiter: ";" });
    const body = { ...options, items: [{}] };
    expect(read(body).value).toEqual(body);
  });

  it.each([[","], [";"], ["\t"], ["\\t"], ["comma"], ["semicolon"], ["tab"]])(
    "takes %j as a delimiter",
    (delimiter) => {
      expect(query({ delimiter }).value?.delimiter).toMatch(/^[,;\t]$/);
    },
  );

  it.each([
    ["delimiter", "|", "must be comma, semicolon or tab"],
    ["priority", "high", "must be a number"],
    ["priority", "0", "at least 1"],
    ["skip_invalid", "yes", "must be true or false"],
    ["template", "{", "must be a JSON object"],
    ["template", "[]", "must be a JSON object"],
    ["template", '{"__proto__":{}}', "/__proto__ is not a field"],
    ["vars", '{"a":{}}', "a text, a number or a boolean"],
    ["max_failures", "10 %", "a part of those"],
    ["count", "3", "unknown field"],
  ])("refuses %s=%s: %s", (name, text, words) => {
    const [fault] = query({ [name]: text }).faults ?? [];
    expect(fault?.pointer.startsWith(`/${name}`)).toBe(true);
    expect(fault?.detail).toContain(words);
  });
});
