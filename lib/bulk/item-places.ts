import { pointerTo } from "../operation/pointer.ts";
import type { Draft } from "./drafts.ts";
import { columnAt, type Compiled } from "./template.ts";

/** Where a fault lies: in what all items share, or in what this one brought. */
export interface FaultPlace {
  readonly pointer: string;
  readonly isShared: boolean;
}

/** The names in a pointer, on the way to a place. */
export const pathOfPointer = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));

/** An item's field by its name: its own goes before that which all share. */
export const fieldOf = ({ own, base }: Draft, name: string): Compiled | undefined =>
  own?.fields.get(name) ?? base.fields.fields.get(name);

/** All of an item's fields. */
export const fieldsOf = ({ own, base }: Draft): ReadonlyMap<string, Compiled> => {
  if (own === null) return base.fields.fields;
  return base.fields.fields.size === 0 ? own.fields : new Map([...base.fields.fields, ...own.fields]);
};

/** Key and resource stand beside the fields that a template takes. */
const besides = (draft: Draft, name: string | undefined): string | null => {
  if (name === "key" && draft.key !== undefined) return name;
  return name === "resource_id" && draft.resourceId !== undefined ? name : null;
};

/**
 * The place in the request from which a field of an item's input came, or would have come.
 * @param column the column that is at fault, where that is known already
 */
export const placeOfFault = (draft: Draft, path: readonly string[], column: string | null): FaultPlace => {
  const { own, base, ownPlace, columnPlace } = draft;
  const [name] = path;
  const field = name === undefined ? undefined : base.fields.fields.get(name);
  if (own !== null && (name === undefined || own.fields.has(name) || field === undefined))
    return { pointer: ownPlace(path), isShared: false };
  const from = column ?? columnAt(field, path.slice(1)) ?? besides(draft, name);
  if (columnPlace !== null && from !== null) return { pointer: columnPlace(from), isShared: false };
  return { pointer: base.pointer + pointerTo(...path), isShared: true };
};
