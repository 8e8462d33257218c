import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { operationMessageSchema, operationRequestSchema } from "../../events/operation-request.ts";
import { startOperationSchema } from "../../events/start-operation.ts";
import { configDocumentSchema, dialectNames } from "../../lib/connection.ts";
import { connectionsOf } from "../../lib/connections.ts";
import { inOurWords } from "../../lib/flows/fault-words.ts";
import { readBy } from "../../lib/flows/faults.ts";
import { resolutionSchema } from "../../lib/flows/resolve-operation.ts";
import { dialects } from "../../lib/providers/registry.ts";

/** How the library's own words begin, in every one of its versions so far. */
const theirWords =
  /invalid (input|option|string|number|value|key|element|discriminator)|too (small|big)|unrecognized|expected|received|pattern/i;

/** `pointer: detail` of each fault. */
const faultsOf = (schema: z.ZodType, value: unknown, base = ""): string[] =>
  (readBy(schema, value, base).faults ?? []).map(({ pointer, detail }) => `${pointer}: ${detail}`);

const named = z.strictObject({ name: z.string(), tags: z.array(z.string()).optional() });
const shapes = z.discriminatedUnion("is", [
  z.strictObject({ is: z.literal("round"), radius: z.number() }),
  z.strictObject({ is: z.literal("square"), side: z.number() }),
]);

type Row = readonly [code: string, schema: z.ZodType, value: unknown, faults: readonly string[]];

const types: readonly Row[] = [
  ["invalid_type", z.string(), undefined, [": required: string"]],
  ["invalid_type", z.string(), 7, [": must be a string"]],
  ["invalid_type", z.number(), "7", [": must be a number"]],
  ["invalid_type", z.number(), Infinity, [": must be a finite number"]],
  ["invalid_type", z.int(), 1.5, [": must be a whole number"]],
  ["invalid_type", z.boolean(), "yes", [": must be a boolean"]],
  ["invalid_type", z.null(), 0, [": must be null"]],
  ["invalid_type", z.array(z.string()), {}, [": must be an array"]],
  ["invalid_type", z.tuple([z.string()]), {}, [": must be an array"]],
  ["invalid_type", z.record(z.string(), z.string()), [], [": must be an object"]],
  ["invalid_type", named, "web", [": must be an object"]],
  ["invalid_type", named, {}, ["/name: required: string"]],
  ["invalid_type", named, { name: "a", tags: ["b", 1] }, ["/tags/1: must be a string"]],
  ["invalid_type", z.never(), 1, [": must be left out"]],
  ["invalid_type", z.date(), "now", [": must be a time"]],
  ["invalid_type", z.symbol(), "x", [": must be a value"]],
  ["invalid_type", z.string().optional().nonoptional(), undefined, [": required"]],
];
const limits: readonly Row[] = [
  ["too_small", z.string().min(1), "", [": must have at least 1 character"]],
  ["too_small", z.string().min(3), "a", [": must have at least 3 characters"]],
  ["too_small", z.string().length(3), "a", [": must have exactly 3 characters"]],
  ["too_big", z.string().max(2), "abc", [": must have at most 2 characters"]],
  ["too_small", z.array(z.string()).min(1), [], [": must have at least 1 entry"]],
  ["too_big", z.array(z.number()).max(2), [1, 2, 3], [": must have at most 2 entries"]],
  ["too_small", z.tuple([z.string()]), [], [": must have at least 1 entry"]],
  ["too_big", z.tuple([z.string()]), ["a", "b"], [": must have at most 1 entry"]],
  ["too_small", z.number().min(1), 0, [": must be at least 1"]],
  ["too_small", z.number().positive(), 0, [": must be more than 0"]],
  ["too_big", z.number().max(10), 11, [": must be at most 10"]],
  ["too_big", z.number().lt(10), 10, [": must be less than 10"]],
  ["too_big", z.int(), 2 ** 60, [": must be at most 9007199254740991"]],
  ["too_small", z.bigint().min(3n), 1n, [": must be at least 3"]],
  [
    "too_small",
    z.date().min(new Date("2026-11-02T08:00:00Z")),
    new Date(0),
    [": must be at least 2026-11-02T08:00:00.000Z"],
  ],
  ["not_multiple_of", z.number().multipleOf(3), 4, [": must be a multiple of 3"]],
];
const values: readonly Row[] = [
  ["invalid_value", z.enum(["a", "b"]), "c", [": must be one of a, b"]],
  ["invalid_value", z.enum(["a", "b"]), undefined, [": required: one of a, b"]],
  ["invalid_value", z.literal("a"), "b", [": must be a"]],
  ["invalid_value", z.literal("a"), undefined, [": required: a"]],
  ["invalid_format", z.url(), "x", [": must be a URL"]],
  ["invalid_format", z.uuid(), "x", [": must be a UUID"]],
  ["invalid_format", z.ipv4(), "x", [": must be an IPv4 address"]],
  ["invalid_format", z.email(), "x", [": must be an email address"]],
  ["invalid_format", z.iso.datetime(), "x", [": must be a time such as 2026-11-02T08:00:00Z"]],
  ["invalid_format", z.string().startsWith("op_"), "x", [': must begin with "op_"']],
  ["invalid_format", z.string().endsWith("_1"), "x", [': must end with "_1"']],
  ["invalid_format", z.string().includes("-"), "x", [': must contain "-"']],
  ["invalid_format", z.string().regex(/^a$/), "b", [": must match /^a$/"]],
  [
    "invalid_format",
    z.templateLiteral(["a", z.number()]),
    "b",
    [String.raw`: must match ^a-?\d+(?:\.\d+)?$`],
  ],
  ["custom", z.string().refine(() => false), "a", [": is not valid"]],
  ["custom", z.string().refine(() => false, { error: "must rhyme" }), "a", [": must rhyme"]],
];
const wholes: readonly Row[] = [
  ["unrecognized_keys", named, { name: "a", tag: [] }, ['/tag: unknown field; did you mean "tags"?']],
  ["unrecognized_keys", named, { name: "a", "b/c~d": 1 }, ["/b~1c~0d: unknown field"]],
  [
    "unrecognized_keys",
    z.strictObject({ of: named }),
    { of: { name: "a", oh: 1 } },
    ["/of/oh: unknown field"],
  ],
  ["unrecognized_keys", z.partialRecord(z.enum(["a"]), z.string()), { b: "" }, ["/b: unknown field"]],
  [
    "invalid_key",
    z.record(z.string().regex(/^\d$/), z.string()),
    { x: "" },
    [String.raw`/x: can't be called that: must match /^\d$/`],
  ],
  [
    "invalid_element",
    z.map(z.symbol(), z.string()),
    new Map([[Symbol.for("a"), 1]]),
    ["/Symbol(a): must be a string"],
  ],
  ["invalid_element", z.set(z.string()), new Set([1]), [": must be a string"]],
  ["invalid_union", z.union([z.string(), z.array(z.string())]), 1, [": must be a string or an array"]],
  ["invalid_union", z.union([z.string(), z.number()]), undefined, [": required: string or number"]],
  ["invalid_union", z.union([z.string(), z.array(z.string())]), ["a", 1], ["/1: must be a string"]],
  ["invalid_union", z.union([z.literal("on"), z.literal("off")]), "x", [": must be on or must be off"]],
  ["invalid_union", z.union([named, z.string()]), { name: "a", b: 1 }, ["/b: unknown field"]],
  ["invalid_union", z.union([named, named]), {}, ["/name: required: string"]],
  ["invalid_union", shapes, { is: "flat" }, ["/is: must be one of round, square"]],
  ["invalid_union", shapes, { is: "round" }, ["/radius: required: number"]],
  [
    "invalid_union",
    z.xor([z.string(), z.string()]),
    "a",
    [": fits more than one of the forms that it can have; say which by its fields"],
  ],
  ["invalid_union", z.json(), { a: [Infinity] }, ["/a/0: must be a finite number"]],
  [
    "invalid_union",
    z.json(),
    undefined,
    [": required: string or number or boolean or null or array or object"],
  ],
];
const rows: readonly Row[] = [...types, ...limits, ...values, ...wholes];

describe("what a schema finds is said in our words", () => {
  test.each(rows)("%s, row %#", (_code, schema, value, faults) => {
    expect(faultsOf(schema, value)).toEqual(faults);
  });

  test("every code of the library has a row, and no row has its words", () => {
    const codes = new Set<string>();
    const collected = (issues: readonly z.core.$ZodIssue[]): void => {
      for (const issue of issues) codes.add(issue.code);
    };
    for (const [, schema, value, faults] of rows) {
      collected(schema.safeParse(value, { error: inOurWords }).error?.issues ?? []);
      for (const fault of faults) expect(fault).not.toMatch(theirWords);
    }
    expect([...codes].toSorted()).toEqual([
      "custom",
      "invalid_format",
      "invalid_key",
      "invalid_type",
      "invalid_union",
      "invalid_value",
      "not_multiple_of",
      "too_big",
      "too_small",
      "unrecognized_keys",
    ]);
  });

  test("an element of a map whose key is no name is said to be wrong at the map", () => {
    const key = { not: "a name" };
    expect(faultsOf(z.map(z.looseObject({}), z.string()), new Map([[key, 1]]))).toEqual([
      ": holds something wrong: must be a string",
    ]);
  });

  test("the place of a part begins with the place of the whole", () => {
    expect(faultsOf(named, { name: 1 }, "/input")).toEqual(["/input/name: must be a string"]);
  });
});

/** Anything that JSON can say, numbers beyond all bounds included. */
const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, true, 0, -1, 1.5, Infinity, 2 ** 60, "", "a\0", "x".repeat(300), "swy:op=1"),
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom("name", "type", "id", "volumes", "0", "size", "x", "__proto__"),
      tie("value"),
      { maxKeys: 4 },
    ),
  ),
})).value;

/** Anything in the fields that a schema knows, and some that it does not. */
const anyFieldsOf = (schema: z.ZodType) => {
  const known = "shape" in schema && typeof schema.shape === "object" ? Object.keys(schema.shape ?? {}) : [];
  return fc.oneof(
    { weight: 9, arbitrary: fc.dictionary(fc.constantFrom(...known, "colour"), anyJson, { maxKeys: 6 }) },
    { weight: 1, arbitrary: anyJson },
  );
};

const readings: readonly (readonly [string, z.ZodType])[] = [
  ["a request", operationRequestSchema],
  ["a message", operationMessageSchema],
  ["a message to start", startOperationSchema],
  ["a resolution", resolutionSchema],
  ["a configuration", configDocumentSchema],
  ["a connection", configDocumentSchema.shape.connections.element],
  ...Object.entries(dialects).flatMap(
    ([
      dialect,
      {
        dialect: { kinds },
      },
    ]) => [...kinds].map(([kind, { input }]): [string, z.ZodType] => [`${kind} of ${dialect}`, input]),
  ),
];

describe("nobody is told the library's words", () => {
  test.each(readings)("about %s", (_what, schema) => {
    fc.assert(
      fc.property(anyFieldsOf(schema), (value) => {
        for (const { detail } of readBy(schema, value).faults ?? []) {
          expect(detail).not.toMatch(theirWords);
          expect(detail).not.toBe("");
        }
      }),
      { numRuns: 200 },
    );
  });

  test("about a configuration document", async () => {
    const document =
      "connections: [{name: Paris, provider: aws, secret: 7, rate_per_second: 0, colour: red}]";
    await expect(connectionsOf(document, "switchyard.yaml")).rejects.toThrow(
      [
        "switchyard.yaml has faults:",
        "connections.0.name: must be 1 to 40 of a-z, 0-9 and -",
        `connections.0.provider: must be one of ${dialectNames.join(", ")}`,
        "connections.0.secret: must be a string",
        "connections.0.rate_per_second: must be more than 0",
        "connections.0.colour: unknown field",
      ].join("\n  "),
    );
  });

  test("because only one place shows what a schema has found", () => {
    const root = resolve(import.meta.dirname, "../..");
    const showing = globSync("{lib,events,functions}/**/*.ts", { cwd: root }).filter((file) =>
      /(?<!context)\.issues\b|prettifyError|flattenError|treeifyError|formatError/.test(
        readFileSync(join(root, file), "utf8"),
      ),
    );
    // The two others tell the names of variables and of fields only.
    expect(showing.toSorted()).toEqual([
      "lib/config.ts",
      "lib/flows/fault-words.ts",
      "lib/flows/faults.ts",
      "lib/providers/wire-answer.ts",
    ]);
  });
});
