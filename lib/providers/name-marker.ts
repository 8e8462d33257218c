import type { Marker } from "../operation/marker.ts";

/** The fewest letters of an id that tell one operation from all others: 40 bits, beside a name that the caller chose. */
const fewestLetters = 8;
const idOf = (marker: Marker): string => marker.operation.slice(marker.operation.indexOf("op_"));

/**
 * The name to send where there is no place for tags: the caller's own, then the operation's id, whole where the
 * provider's length allows it, else its end. Null: there is no room for a marker, and a create whose answer is lost can
 * never be told from another one of the same name.
 */
export const markedName = (name: string, marker: Marker, limit: number): string | null => {
  const room = limit - name.length - 1;
  const id = idOf(marker);
  if (room >= id.length) return `${name}-${id}`;
  return room < fewestLetters ? null : `${name}-${id.slice(-Math.min(room, 26))}`;
};

const ending = /-((?:op_)?[0-9a-z]{8,26})$/;

/** Whether the name ends with the id of this operation, or with the part of it that had room. */
export const nameBears = (name: string, marker: Marker): boolean => {
  const end = ending.exec(name)?.[1];
  return end !== undefined && idOf(marker).endsWith(end);
};

const wholeId = /-(op_[0-9a-z]{26})$/;

/** The operation that the name tells of as its maker; null where it holds no whole id. */
export const makerInName = (name: string): string | null => wholeId.exec(name)?.[1] ?? null;

/** The letters of an id (Crockford's base 32), the whole of one or the end that had room. */
const lettersInName = /-(op_[0-9a-hjkmnp-tv-z]{26}|[0-9a-hjkmnp-tv-z]{8,26})$/;
const idLetters = 26;

/**
 * The marker, or the end of one, that a name bears. An end can only be told from a word that somebody has chosen by how
 * it is made: it is as long as the provider's length allowed, and no word of letters alone. Null: none.
 */
const markInName = (name: string, limit: number): string | null => {
  const mark = lettersInName.exec(name)?.[1];
  if (mark === undefined || makerInName(name) !== null) return mark ?? null;
  const isFull = name.length === limit || (mark.length === idLetters && name.length + "op_".length > limit);
  return isFull && /\d/.test(mark) ? mark : null;
};

/**
 * The name that a server is given, with the marker that its present name bears: as much of it as the new one has room
 * for. A name that bears none gives none, and one that has no room for it is taken as it is.
 */
export const renamed = (name: string, present: string, limit: number): string => {
  const mark = markInName(present, limit);
  if (mark === null || name.endsWith(`-${mark}`)) return name;
  const room = limit - name.length - 1;
  if (room >= mark.length) return `${name}-${mark}`;
  return room < fewestLetters ? name : `${name}-${mark.slice(-Math.min(room, idLetters))}`;
};

/** What a change of name says where the new one has no room for a marker; nothing where it has. */
export const noteOfName = (name: unknown, limit: number): { readonly note?: string } =>
  typeof name === "string" && limit - name.length - 1 < fewestLetters
    ? { note: "the new name has no room for our marker: where the server's name bears one, it goes" }
    : {};
