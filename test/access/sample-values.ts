import * as z from "zod";
import { isObject, jsonObjectSchema, type Json, type JsonObject } from "../../lib/operation/json.ts";

/** Values by the names of fields, where a schema alone does not say what is good. Optional ones are sent too. */
const byName: Readonly<Record<string, Json>> = {
  connection: "paris",
  connections: ["paris"],
  kind: "server.create",
  input: { name: "web-1", type: "DEV1-S" },
  url: "https://receiver.example/hook",
  secret: "env:HOOK_SECRET",
  until: "2026-11-02T09:00:00Z",
  from: "2026-11-02T07:00:00Z",
  to: "2026-11-02T08:00:00Z",
  since: "2026-11-02T07:00:00Z",
  name: "ci",
};

/** Optional fields that a sample does without, whatever their value could be. */
const leftOut: ReadonlySet<string> = new Set(["resource", "until", "to"]);

type Schemas = Readonly<Record<string, JsonObject>>;

const definitions = z.object({ $defs: z.record(z.string(), jsonObjectSchema).default({}) });

const resolved = (schema: JsonObject, schemas: Schemas): JsonObject => {
  const reference = schema["$ref"];
  if (typeof reference !== "string") return schema;
  return schemas[reference.replace("#/$defs/", "")] ?? {};
};

const objectOf = (schema: JsonObject, schemas: Schemas): JsonObject => {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = z.array(z.string()).catch([]).parse(schema["required"]);
  const fields = Object.entries(properties).flatMap(([name, inner]): [string, Json][] => {
    const isWanted = required.includes(name) || (Object.hasOwn(byName, name) && !leftOut.has(name));
    if (!isWanted || !isObject(inner)) return [];
    return [[name, byName[name] ?? valueOf(inner, schemas)]];
  });
  return Object.fromEntries(fields);
};

const valueOf = (given: JsonObject, schemas: Schemas): Json => {
  const schema = resolved(given, schemas);
  const choices = z.array(jsonObjectSchema).safeParse(schema["anyOf"] ?? schema["oneOf"]).data;
  const [choice] = choices ?? [];
  if (choice !== undefined) return valueOf(choice, schemas);
  const [word] = z.array(z.json()).catch([]).parse(schema["enum"]);
  if (word !== undefined) return word;
  if (schema["const"] !== undefined) return schema["const"];
  const { type } = schema;
  if (type === "object") return objectOf(schema, schemas);
  if (type === "array") return isObject(schema["items"]) ? [valueOf(schema["items"], schemas)] : [];
  if (type === "integer" || type === "number") return Number(schema["minimum"] ?? 1);
  if (type === "boolean") return false;
  return type === "string" ? "a" : {};
};

const schemaOf = (schema: z.ZodType): JsonObject => {
  const made = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return jsonObjectSchema.parse(JSON.parse(JSON.stringify(made)));
};

/** A body that the schema describes, as small as it may be. */
export const sampleOf = (schema: z.ZodType): Json => {
  const made = schemaOf(schema);
  return valueOf(made, definitions.parse(made).$defs);
};

const namesIn = (value: Json): string[] => {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (!isObject(value)) return [];
  const own = isObject(value["properties"]) ? Object.keys(value["properties"]) : [];
  return [...own, ...Object.values(value).flatMap(namesIn)];
};

/** The names of all fields that a body may have, at any depth. */
export const fieldNamesOf = (schema: z.ZodType): ReadonlySet<string> => new Set(namesIn(schemaOf(schema)));
