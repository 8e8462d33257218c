import fc from "fast-check";
import { isObject, type Json, type JsonObject } from "../../lib/operation/json.ts";
import type { Chance } from "../simulation/chance.ts";

/** What makes values that a schema takes. */
export interface ValueMaker {
  /** `name`: of the field or parameter, which tells what it is about. */
  (schema: Json, name: string, chance: Chance, depth?: number): Json;
}

/** Texts that fit a field of this name; those that don't fit its schema are passed over. */
export type Hints = (name: string, chance: Chance) => string | null;

const plainTexts = [
  "a",
  "web-1",
  "Größe 2",
  "x y",
  "1",
  "-",
  "paris",
  "ubuntu_noble",
  "DEV1-S",
  "名前",
  "😀",
];

const patterns = new Map<string, { readonly test: RegExp; readonly texts: readonly string[] }>();

/** Texts of a pattern, made once: the generator is too slow to be asked each time. */
const ofPattern = (pattern: string) => {
  const known = patterns.get(pattern);
  if (known !== undefined) return known;
  const test = new RegExp(pattern, "u");
  const texts = ((): readonly string[] => {
    try {
      // Of classes such as \\P{Cc} it makes a table of all characters, which takes seconds.
      if (/\\p\{/i.test(pattern)) return plainTexts;
      return fc.sample(fc.stringMatching(new RegExp(pattern)), { numRuns: 40, seed: 1 });
    } catch {
      // It knows not all that a pattern may hold.
      return ["a", "web-1", "x".repeat(20), "Größe", "a b", "1"];
    }
  })();
  const made = { test, texts: texts.filter((text) => test.test(text)) };
  patterns.set(pattern, made);
  return made;
};

const numberOf = (value: Json | undefined, usual: number): number =>
  typeof value === "number" ? value : usual;

const byFormat: Readonly<Record<string, readonly string[]>> = {
  "date-time": [
    "2026-11-02T09:00:00Z",
    "2026-12-24T00:00:00.000Z",
    "2027-01-01T00:00:00+01:00",
    "2026-11-03T08:00:00.5Z",
  ],
  date: ["2026-11-02", "2028-02-29"],
  uri: ["https://receiver.example/hooks", "https://hooks.example.org:8443/in?x=1"],
  ipv4: ["203.0.113.7", "192.0.2.1"],
  ipv6: ["2001:db8::1", "::"],
  uuid: ["105bdce1-64c0-48ab-899d-868455867ecf"],
  hostname: ["web-1.example.org"],
  email: ["a@example.org"],
};

const stringOf = (schema: JsonObject, name: string, chance: Chance, hints: Hints): string => {
  const least = numberOf(schema["minLength"], 0);
  const most = numberOf(schema["maxLength"], 200);
  const pattern = schema["pattern"];
  const known = typeof pattern === "string" ? ofPattern(pattern) : null;
  const fits = (text: string): boolean =>
    text.length >= least && text.length <= most && (known === null || known.test.test(text));
  for (let attempt = chance.happens(0.85) ? 0 : 3; attempt < 3; attempt += 1) {
    const hint = hints(name, chance);
    if (hint !== null && fits(hint)) return hint;
  }
  const format = schema["format"];
  const formatted = typeof format === "string" ? byFormat[format] : undefined;
  if (formatted !== undefined) return chance.pick(formatted);
  const texts = known === null || known.texts.length === 0 ? plainTexts : known.texts;
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const text = chance.pick(texts);
    if (fits(text)) return text;
  }
  const filled = chance.pick(["a", "0", "é"]).repeat(Math.max(1, least));
  return chance.happens(0.2) && most < 5000 ? "a".repeat(most) : filled;
};

const amountOf = (schema: JsonObject, chance: Chance): number => {
  const step = numberOf(schema["multipleOf"], 1);
  const low = Math.max(
    numberOf(schema["minimum"], -1000),
    numberOf(schema["exclusiveMinimum"], -1001) + (schema["type"] === "integer" ? 1 : 0.5),
  );
  const high = Math.min(
    numberOf(schema["maximum"], low + 100_000),
    numberOf(schema["exclusiveMaximum"], Infinity) - 1,
  );
  if (chance.happens(0.1)) return Math.ceil(low / step) * step;
  if (chance.happens(0.1)) return Math.floor(high / step) * step;
  const raw = low + chance.fraction() * (Math.min(high, low + 200) - low);
  const whole = Math.ceil(raw / step) * step;
  return schema["type"] === "integer" ? Math.trunc(whole) : whole;
};

const anything = (chance: Chance): Json =>
  chance.pick<Json>([1, "a", true, null, [], {}, { a: 1 }, ["a", { b: null }], "web-1", 0.5]);

/** Makes values by schemas that refer to these. */
export const valueMaker = (schemas: Readonly<Record<string, JsonObject>>, hints: Hints): ValueMaker => {
  const objectOf = (schema: JsonObject, chance: Chance, depth: number): JsonObject => {
    const { properties, required, additionalProperties: more, propertyNames: names } = schema;
    const wanted = Array.isArray(required) ? required : [];
    const made: [string, Json][] = [];
    if (isObject(properties))
      for (const [name, part] of Object.entries(properties))
        if (wanted.includes(name) || chance.happens(depth > 3 ? 0.15 : 0.4))
          made.push([name, make(part, name, chance, depth + 1)]);
    if (isObject(more) && chance.happens(0.7))
      for (let left = chance.between(0, 3); left > 0; left -= 1) {
        const drawn = names === undefined ? "" : make(names, "", chance, 0);
        const name = typeof drawn === "string" && drawn !== "" ? drawn : chance.pick(["a", "name", "b-2"]);
        made.push([name, make(more, name, chance, depth + 1)]);
      }
    return Object.fromEntries(made);
  };
  const listOf = (schema: JsonObject, name: string, chance: Chance, depth: number): Json => {
    const least = numberOf(schema["minItems"], 0);
    const most = Math.min(numberOf(schema["maxItems"], 3), least + 3);
    const item = schema["items"] ?? {};
    return Array.from({ length: chance.between(least, most + 1) }, () =>
      make(item, name.replace(/s$/, ""), chance, depth + 1),
    );
  };
  const make: ValueMaker = (schema, name, chance, depth = 0) => {
    if (!isObject(schema)) return anything(chance);
    const { $ref, const: only, enum: options, anyOf, oneOf, allOf, type, default: usual, examples } = schema;
    if (typeof $ref === "string")
      return make(schemas[$ref.split("/").at(-1) ?? ""] ?? {}, name, chance, depth);
    if (only !== undefined) return only;
    if (Array.isArray(options)) return chance.pick(options);
    if (Array.isArray(examples) && examples.length > 0 && chance.happens(0.5)) return chance.pick(examples);
    if (usual !== undefined && chance.happens(0.2)) return usual;
    const forms = anyOf ?? oneOf;
    if (Array.isArray(forms)) return make(chance.pick(forms), name, chance, depth);
    if (Array.isArray(allOf)) {
      const parts = allOf.map((part) => make(part, name, chance, depth));
      return parts.every((part) => isObject(part)) ? Object.assign({}, ...parts) : (parts[0] ?? null);
    }
    const drawn = Array.isArray(type) ? chance.pick(type) : type;
    const kind = typeof drawn === "string" ? drawn : "anything";
    switch (kind) {
      case "object":
        return objectOf(schema, chance, depth);
      case "array":
        return listOf(schema, name, chance, depth);
      case "string":
        return stringOf(schema, name, chance, hints);
      case "integer":
      case "number":
        return amountOf({ ...schema, type: kind }, chance);
      case "boolean":
        return chance.happens(0.5);
      case "null":
        return null;
      default:
        return anything(chance);
    }
  };
  return make;
};
