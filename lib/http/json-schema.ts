import * as z from "zod";
import { canonicalJson, isObject, jsonObjectSchema, type Json, type JsonObject } from "../operation/json.ts";

/** zod's patterns for instants and addresses run to hundreds of characters; their format says the same. */
export const dropFormatPattern = ({
  jsonSchema,
}: {
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
}): void => {
  if (/^(date|ipv\d)/.test(jsonSchema.format ?? "")) delete jsonSchema.pattern;
};

/** What the generator calls schemas without an id that hold themselves. The only one here is "any JSON". */
const nameless = "__schema";

const isAnyJson = (value: JsonObject): boolean =>
  typeof value["$ref"] === "string" && /\/(schemas|\$defs)\/__schema\d*$/.test(value["$ref"]);

/** "Any JSON" in few words, and without what JSON says by itself: that the names of fields are texts. */
export const simplified = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(simplified);
  if (!isObject(value)) return value;
  if (isAnyJson(value)) return {};
  const kept = Object.entries(value).filter(
    ([key, part]) =>
      !key.startsWith(nameless) && !(key === "propertyNames" && canonicalJson(part) === '{"type":"string"}'),
  );
  return Object.fromEntries(kept.map(([key, part]) => [key, simplified(part)]));
};

const jsonSchemaWith = (schema: z.ZodType, io: "input" | "output"): JsonObject => {
  const made = z.toJSONSchema(schema, { io, unrepresentable: "any", override: dropFormatPattern });
  const plain = simplified(jsonObjectSchema.parse(JSON.parse(JSON.stringify(made))));
  if (!isObject(plain)) return {};
  const { $schema: _frame, $defs, ...rest } = plain;
  return $defs === undefined || (isObject($defs) && Object.keys($defs).length === 0)
    ? rest
    : { ...rest, $defs };
};

/** A schema of what comes in, as JSON Schema without a frame around it; its checks in code are told by our words only. */
export const jsonSchemaOfInput = (schema: z.ZodType): JsonObject => jsonSchemaWith(schema, "input");

/** The same of what goes out. */
export const jsonSchemaOf = (schema: z.ZodType): JsonObject => jsonSchemaWith(schema, "output");
