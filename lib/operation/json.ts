import * as z from "zod";

/** Any JSON value, as it stands in inputs and in what a provider sends. */
export const jsonSchema = z.json();
export type Json = z.infer<typeof jsonSchema>;

export const jsonObjectSchema = z.record(z.string(), jsonSchema);
export type JsonObject = z.infer<typeof jsonObjectSchema>;

/** Whether a JSON value is an object (not an array, not null). */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Something of ours as it will stand in JSON: what is undefined is left out. Nothing is checked, since it has its type. */
export const asJson = (value: object): JsonObject => {
  const plain: JsonObject = JSON.parse(JSON.stringify(value));
  return plain;
};

const sorted = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).toSorted();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key] ?? null)]));
};

/** One text for one meaning: keys sorted at every depth, so that equal requests have equal bytes. */
export const canonicalJson = (value: Json): string => JSON.stringify(sorted(value));
