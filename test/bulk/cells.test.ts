import { describe, expect, it } from "vitest";
import * as z from "zod";
import { cellValue } from "../../lib/bulk/cells.ts";
import { InputShape } from "../../lib/bulk/input-shape.ts";
import type { Json } from "../../lib/operation/json.ts";
import { v4Kinds } from "../../lib/providers/convoy-v4/catalogue.ts";
import { instanceKinds } from "../../lib/providers/scaleway-instance/catalogue.ts";

const tree: z.ZodType = z.lazy(() => z.strictObject({ size: z.int(), inner: tree.optional() }));
const shape = new InputShape(
  z.strictObject({
    text: z.string(),
    size: z.int(),
    price: z.number(),
    on: z.boolean().default(true),
    tags: z.array(z.string()),
    sizes: z.array(z.int()),
    level: z.union([z.literal(1), z.literal(2)]),
    group: z.string().nullable(),
    limit: z.int().nullable(),
    either: z.union([z.string(), z.number()]),
    addresses: z.array(z.union([z.string(), z.strictObject({ type: z.string() })])),
    meta: z.record(z.string(), z.int()),
    volumes: z.record(z.string().regex(/^\d{1,2}$/), z.strictObject({ size: z.int(), boot: z.boolean() })),
    any: z.json(),
    tree: tree.optional(),
  }),
);

describe("a cell", () => {
  it.each<[string, string, Json, string]>([
    ["text", "12", "12", "a text stays one, whatever it looks like"],
    ["size", "12", 12, "a whole number"],
    ["size", " 12 ", 12, "with blanks around it"],
    ["size", "1,5", "1,5", "what is no number is told by the schema"],
    ["size", "12abc", "12abc", "no number that only begins like one"],
    ["size", "9007199254740993", "9007199254740993", "no number that would come out as another"],
    ["size", "0x10", "0x10", "no other notation"],
    ["price", "-1.5e3", -1500, "any number"],
    ["on", "true", true, "a boolean"],
    ["on", "FALSE", false, "as a spreadsheet writes it"],
    ["on", "yes", "yes", "no other word"],
    ["tags", "a|b", ["a", "b"], "a list"],
    ["tags", "a", ["a"], "a list of one"],
    ["tags", "a\\|b|c", ["a|b", "c"], "a stroke that parts nothing"],
    ["tags", "a||b", ["a", "", "b"], "an empty entry is for the schema to refuse"],
    ["tags", '["a|b","c"]', ["a|b", "c"], "a list in JSON"],
    ["sizes", "1|2|x", [1, 2, "x"], "entries have their type"],
    ["level", "2", 2, "one of some numbers"],
    ["group", "null", null, "null, where it may be"],
    ["limit", "7", 7, "a number or null"],
    ["either", "7", "7", "a text where a text may stand"],
    ["addresses", 'abc|{"type":"x"}', ["abc", { type: "x" }], "entries of either form"],
    ["addresses", '[{"type":"x"}]', [{ type: "x" }], "a list of objects in JSON"],
    ["meta", '{"a":1}', { a: 1 }, "an object in JSON"],
    ["meta", '{"__proto__":1}', '{"__proto__":1}', "but not one that changes prototypes"],
    ["meta", '{"a":', '{"a":', "nor broken JSON"],
    ["meta.a", "1", 1, "a field of a map"],
    ["volumes.0.size", "20", 20, "a number far down"],
    ["volumes.0.boot", "true", true, "a boolean far down"],
    ["any", "12", "12", "a text where anything may stand"],
    ["tree.inner.inner.size", "5", 5, "a place in a schema that holds itself"],
    ["nothing", "5", "5", "a place that there is not"],
  ])("%s %j is %j: %s", (column, text, value) => {
    expect(cellValue(text, column.split("."), shape)).toEqual(value);
  });
});

describe("the shape of an input", () => {
  it.each<[string, boolean, string]>([
    ["volumes.0.size", true, "a field in a map by position"],
    ["volumes.x.size", false, "a position that is none"],
    ["volumes.0.zise", false, "a field that an inner object does not have"],
    ["tags.0", true, "an entry of a list"],
    ["tags.x", false, "a list has no names"],
    ["size.a", false, "a number has no fields"],
    ["addresses.0.type", true, "one of two forms"],
    ["any.thing.at.all", true, "any JSON"],
    ["__proto__", false, "no field"],
    ["toString", false, "no field of every object"],
  ])("has %s: %s (%s)", (column, isThere) => {
    expect(shape.at(column.split(".")) !== null).toBe(isThere);
  });

  it.each([...instanceKinds, ...v4Kinds].map(([kind, { input, example }]) => ({ kind, input, example })))(
    "of $kind has every field of its example",
    ({ input, example }) => {
      const of = new InputShape(input);
      for (const name of Object.keys(example ?? {})) expect(of.at([name])).not.toBeNull();
    },
  );
});
