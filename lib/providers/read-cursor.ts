import { createHash } from "node:crypto";
import * as z from "zod";
import { BadCursor } from "../ports/provider.ts";

/** A place in a provider's list. Page numbers are ours: links in answers are never followed. */
export interface ListPosition {
  /** From 1. */
  readonly page: number;
  /** Length asked for with the first page, kept to the end: another one would move the borders of the pages. */
  readonly perPage: number;
  /** Items of the page that were shown already. */
  readonly skip: number;
  /** Items of the pages before; a provider may give shorter pages than it was asked for. */
  readonly before: number;
}

const countSchema = z.int().nonnegative().max(100_000_000);
const cursorSchema = z.strictObject({
  l: z.string(),
  p: z.int().positive().max(1_000_000),
  n: z.int().positive().max(100),
  s: countSchema,
  b: countSchema,
});

const markOf = (list: string): string => createHash("sha256").update(list).digest("base64url").slice(0, 8);

/** A cursor that only this list (path and filters) takes back. */
export const cursorOf = (position: ListPosition, list: string): string => {
  const { page: p, perPage: n, skip: s, before: b } = position;
  return Buffer.from(JSON.stringify({ l: markOf(list), p, n, s, b })).toString("base64url");
};

const parsed = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return null;
  }
};

/** The position of a cursor, or the list's beginning without one. @throws BadCursor */
export const positionOf = (cursor: string | null, list: string, limit: number): ListPosition => {
  if (cursor === null) return { page: 1, perPage: limit, skip: 0, before: 0 };
  const result = cursorSchema.safeParse(parsed(cursor));
  if (!result.success || result.data.l !== markOf(list)) throw new BadCursor();
  const { p: page, n: perPage, s: skip, b: before } = result.data;
  return { page, perPage, skip, before };
};

const anchorSchema = z.strictObject({ l: z.string(), a: z.string() });

/** A cursor behind the thing with this id, for lists that are read whole and shown in the order of their ids. */
export const cursorBehind = (id: string, list: string): string =>
  Buffer.from(JSON.stringify({ l: markOf(list), a: id })).toString("base64url");

/** The id behind which the list goes on; null at its beginning. @throws BadCursor */
export const idBefore = (cursor: string | null, list: string): string | null => {
  if (cursor === null) return null;
  const result = anchorSchema.safeParse(parsed(cursor));
  if (!result.success || result.data.l !== markOf(list)) throw new BadCursor();
  return result.data.a;
};
