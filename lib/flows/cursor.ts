import { createHash } from "node:crypto";
import type * as z from "zod";
import { canonicalJson, type Json } from "../operation/json.ts";
import { invalid } from "./request-refused.ts";

/** One page of a list; `nextCursor` is null at its end. */
export interface Listing<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A position as an opaque text: base64url of its JSON. */
export const cursorOf = (position: Json): string =>
  Buffer.from(JSON.stringify(position), "utf8").toString("base64url");

/** A short mark of what a list was asked for. In a cursor it tells that this goes on with the same question. */
export const markOf = (question: Json): string =>
  createHash("sha256").update(canonicalJson(question)).digest("base64url").slice(0, 8);

const decoded = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    // Not JSON, so not ours; the schema says so.
    return undefined;
  }
};

/** Refuses a cursor that this list has not given. */
export const badCursor = () =>
  invalid([
    {
      pointer: "/cursor",
      detail:
        "is not a cursor of this list with these filters; begin without one, then pass on next_cursor and keep the filters",
    },
  ]);

/** The position in a cursor, checked by its schema. @throws RequestRefused at `/cursor` */
export const positionOf = <T>(cursor: string, schema: z.ZodType<T>): T => {
  const parsed = schema.safeParse(decoded(cursor));
  if (!parsed.success) throw badCursor();
  return parsed.data;
};
