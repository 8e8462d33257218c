import * as z from "zod";
import type { Json, JsonObject } from "../operation/json.ts";

/** The object without these fields. */
export const without = (input: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(input).filter(([name]) => !names.includes(name)));

/** The texts of a list; none when there is no list. */
export const listOf = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];

const noNul = (text: string): boolean => !text.includes("\0");

/** A text of a limited length, without NUL (which no provider takes and some cut at). */
export const textOf = (minimum: number, maximum: number) =>
  z
    .string()
    .min(minimum, { error: minimum === 1 ? "must not be empty" : `must have at least ${minimum} characters` })
    .max(maximum, { error: `must have at most ${maximum} characters` })
    .refine(noNul, { error: "must not contain NUL" });

/** An id as both compute APIs have them. */
export const uuidSchema = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, {
  error: "must be a UUID, such as 11111111-1111-4111-8111-111111111111",
});

/** The caller's tags; those that begin like our marker would make a search find the wrong server. */
export const tagsSchema = z
  .array(
    textOf(1, 255).refine((tag) => !tag.startsWith("swy:"), {
      error: 'must not begin with "swy:", which marks what belongs to an operation; choose another prefix',
    }),
  )
  .max(100, { error: "must be at most 100 tags" });

const cloudInitLimitBytes = 127 * 1024;

/** User data for the first boot, as it is. */
export const cloudInitSchema = z
  .string()
  .min(1, { error: "must not be empty; leave it out" })
  .refine(noNul, { error: "must not contain NUL" })
  .refine((text) => Buffer.byteLength(text, "utf8") <= cloudInitLimitBytes, {
    error: `must be at most ${cloudInitLimitBytes} bytes; load the rest from the network in the script`,
  });

/** A server's type, under the document's name and under the wire's. */
export const typeFields = {
  type: textOf(1, 60).exactOptional(),
  commercial_type: textOf(1, 60).exactOptional(),
};

/** What is asked of every new server; `start`: whether it is to run in the end. */
export const newServerFields = {
  name: textOf(1, 255),
  ...typeFields,
  start: z.boolean().default(true),
  cloud_init: cloudInitSchema.exactOptional(),
};

/** The check of an update, for `refine`. */
export const somethingToChange = [
  (input: object): boolean => Object.keys(input).length > 0,
  { error: "must name at least one field to change" },
] as const;

/** Bytes of a volume. */
export const sizeBytesSchema = z.int({ error: "must be a whole number of bytes" }).positive();

/** A map of volumes by position: `"0"` is the root. */
export const volumeMapOf = <T extends z.ZodType>(entry: T) =>
  z.record(z.string().regex(/^\d{1,2}$/), entry, {
    error: (issue) =>
      issue.code === "invalid_key"
        ? 'must be a position: "0" for the root volume, "1", "2", …'
        : 'must be a map of positions to volumes, such as {"0": {"size": 20000000000}}',
  });

/**
 * A server's type under the document's name and under the wire's: exactly one of the two, at the place where a person
 * would look for it.
 */
export const checkOneType = (
  input: { readonly type?: string; readonly commercial_type?: string },
  context: z.RefinementCtx,
): void => {
  if (input.type === undefined && input.commercial_type === undefined) {
    const message = "is required: the server's type, such as DEV1-S (see products/servers of the connection)";
    context.addIssue({ code: "custom", path: ["type"], message });
  }
  if (input.type !== undefined && input.commercial_type !== undefined) {
    const message = "means the same as type; give one of the two";
    context.addIssue({ code: "custom", path: ["commercial_type"], message });
  }
};

/** A text of the input. @throws Error when it is not there, which the kind's schema has ruled out */
export const textOfInput = (input: JsonObject, name: string): string => {
  const text = input[name];
  if (typeof text !== "string") throw new Error(`The input has no text ${name}.`);
  return text;
};
