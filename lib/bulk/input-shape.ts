import * as z from "zod";
import { asJson, isObject, type Json, type JsonObject } from "../operation/json.ts";

/** What may stand at a place of the input, in JSON Schema's words; `any` where nothing is said. */
export type Taken = "string" | "number" | "integer" | "boolean" | "array" | "object" | "null" | "any";

/** A place of the input. */
export interface Place {
  readonly takes: ReadonlySet<Taken>;
  readonly schemas: readonly JsonObject[];
}

const typeNames: ReadonlySet<string> = new Set<Taken>([
  "string",
  "number",
  "integer",
  "boolean",
  "array",
  "object",
  "null",
]);
const isTaken = (name: string): name is Taken => typeNames.has(name);

const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

const typeOfValue = (value: Json): Taken => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  const type = typeof value;
  return isTaken(type) ? type : "any";
};

const takenBy = (schema: JsonObject): Taken[] => {
  const { type } = schema;
  const named = [type, ...listOf(type)].filter((name) => typeof name === "string").filter(isTaken);
  if (named.length > 0) return named;
  const values = [...listOf(schema["enum"]), ...("const" in schema ? [schema["const"] ?? null] : [])];
  return values.length > 0 ? values.map(typeOfValue) : ["any"];
};

/** The part of a schema for one field of an object; null where it takes none of that name. */
const fieldOf = (schema: JsonObject, name: string): Json | null => {
  const { properties, propertyNames, additionalProperties } = schema;
  if (isObject(properties) && Object.hasOwn(properties, name)) return properties[name] ?? null;
  const pattern = isObject(propertyNames) ? propertyNames["pattern"] : undefined;
  if (typeof pattern === "string" && !new RegExp(pattern).test(name)) return null;
  const values = isObject(propertyNames) ? propertyNames["enum"] : undefined;
  if (Array.isArray(values) && !values.includes(name)) return null;
  return additionalProperties === false ? null : (additionalProperties ?? true);
};

const entryOf = (schema: JsonObject, name: string): Json | null => {
  if (!/^\d{1,4}$/.test(name)) return null;
  const first = listOf(schema["prefixItems"])[Number(name)];
  return first ?? schema["items"] ?? (schema["prefixItems"] === undefined ? true : null);
};

const partOf = (schema: JsonObject, name: string): (Json | null)[] => {
  const taken = takenBy(schema);
  return [
    ...(taken.includes("object") ? [fieldOf(schema, name)] : []),
    ...(taken.includes("array") ? [entryOf(schema, name)] : []),
    ...(taken.includes("any") ? [true] : []),
  ];
};

const choices = ["anyOf", "oneOf", "allOf"] as const;

/** How deep schemas may refer to one another before nothing more is said. */
const deepestReference = 20;

/** What a kind takes as its input, as far as its schema says it: where there is a field, and of which type. */
export class InputShape {
  readonly #root: JsonObject;
  readonly #known = new Map<string, Place | null>();

  constructor(schema: z.ZodType) {
    this.#root = asJson(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
  }

  /** The place that these names lead to; null where the schema takes nothing. */
  at(path: readonly string[]): Place | null {
    const name = path.join("\n");
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const place = this.#find(path);
    // A map of any names has any number of places.
    if (this.#known.size < 10_000) this.#known.set(name, place);
    return place;
  }

  /** The names of the fields at a place, as far as the schema lists them. */
  fieldsAt(path: readonly string[]): string[] {
    const schemas = this.at(path)?.schemas ?? [];
    return [
      ...new Set(schemas.flatMap(({ properties }) => (isObject(properties) ? Object.keys(properties) : []))),
    ];
  }

  #find(path: readonly string[]): Place | null {
    const last = path.at(-1);
    const schemas =
      last === undefined
        ? this.#forms(this.#root, 0)
        : (this.at(path.slice(0, -1))?.schemas ?? [])
            .flatMap((schema) => partOf(schema, last))
            .flatMap((part) => this.#forms(part, 0));
    return schemas.length === 0 ? null : { schemas, takes: new Set(schemas.flatMap(takenBy)) };
  }

  /** The forms that a schema allows, each without references and choices. */
  #forms(schema: Json | null, depth: number): JsonObject[] {
    if (schema === true) return [{}];
    if (schema === null || !isObject(schema)) return [];
    if (depth > deepestReference) return [{}];
    const { $ref: reference } = schema;
    if (typeof reference === "string") return this.#forms(this.#definition(reference), depth + 1);
    const chosen = choices.flatMap((choice) => listOf(schema[choice]));
    return chosen.length === 0 ? [schema] : chosen.flatMap((one) => this.#forms(one, depth + 1));
  }

  #definition(reference: string): Json {
    let found: Json = this.#root;
    for (const name of reference.split("/").slice(1)) found = isObject(found) ? (found[name] ?? true) : true;
    return found;
  }
}
