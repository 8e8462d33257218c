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
