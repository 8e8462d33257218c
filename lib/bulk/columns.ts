import { isObject, type Json, type JsonObject } from "../operation/json.ts";
import { nearest } from "../operation/nearest.ts";
import { pointerTo, type Fault } from "../operation/pointer.ts";
import type { InputShape } from "./input-shape.ts";

/** Columns that are no fields of the input: an item's own idempotency key, and what it acts on. */
export const ownColumns = ["key", "resource_id"] as const;
const isOwn = (name: string): boolean => ownColumns.some((own) => own === name);

/** The names on the way to a column's field: `volumes.0.size`. */
const pathOf = (column: string): string[] => column.split(".");

export const mostColumns = 500;
/** The longest name that is compared with others: the work grows with its square. */
const longestCompared = 100;

/** How many names are listed where none is near. */
const mostNamed = 30;

const isForbidden = (column: string): boolean => {
  const path = pathOf(column);
  return path.some(
    (name, at) => name === "__proto__" || (name === "prototype" && path[at - 1] === "constructor"),
  );
};

/** How far the names of an unknown column lead, what is known there, and which of that is near to it. */
const meaningOf = (column: string, shape: InputShape) => {
  const path = pathOf(column);
  const depth = path.findIndex((_, at) => shape.at(path.slice(0, at + 1)) === null);
  const before = path.slice(0, depth);
  const known = [...shape.fieldsAt(before), ...(depth === 0 ? ownColumns : [])];
  const wrong = path[depth] ?? "";
  const near = wrong.length > longestCompared ? null : nearest(wrong, known);
  const meant = near === null ? null : [...before, near, ...path.slice(depth + 1)].join(".");
  return { known, meant };
};

const quoted = (column: string): string =>
  column.length > longestCompared ? `"${column.slice(0, longestCompared).toWellFormed()}…"` : `"${column}"`;

const unknownColumn = (column: string, shape: InputShape): string => {
  const { known, meant } = meaningOf(column, shape);
  const wrong = `unknown column ${quoted(column)}`;
  if (meant !== null) return `${wrong}; did you mean "${meant}"?`;
  const named = known.slice(0, mostNamed).join(", ") + (known.length > mostNamed ? ", …" : "");
  return known.length === 0 ? wrong : `${wrong}; there is ${named}`;
};

const isKnown = (column: string, shape: InputShape): boolean =>
  isOwn(column) || shape.at(pathOf(column)) !== null;

const faultOfName = (column: string, at: number, all: readonly string[]): string | null => {
  if (column === "") return `column ${at + 1} has no name`;
  if (isForbidden(column)) return `${quoted(column)} is not a column`;
  if (all.indexOf(column) !== at) return `column ${quoted(column)} stands in the header line twice`;
  const outer = all.find((other) => column.startsWith(`${other}.`));
  return outer === undefined
    ? null
    : `column ${quoted(column)} says a part of what column ${quoted(outer)} says as a whole; give one of the two`;
};

/**
 * What is wrong with a header line. Pointers from the line: `/typ`.
 * @param shape what the columns must be fields of; null where a template takes them, whatever they are called
 */
export const headerFaults = (columns: readonly string[], shape: InputShape | null): Fault[] => {
  if (columns.length > mostColumns)
    return [{ pointer: "", detail: `has ${columns.length} columns; at most ${mostColumns} are taken` }];
  return columns.flatMap((column, at) => {
    const unknown = shape === null || isKnown(column, shape) ? null : unknownColumn(column, shape);
    const detail = faultOfName(column, at, columns) ?? unknown;
    return detail === null ? [] : [{ pointer: column === "" ? "" : pointerTo(column), detail }];
  });
};

/**
 * What each column of a header is read as, so that the rows below a header with faults can tell theirs as well: a name
 * that is nearly one as that one; null for those that are passed over.
 */
export const readAs = (columns: readonly string[], shape: InputShape): (string | null)[] => {
  const taken = new Set(columns);
  return columns.map((column, at) => {
    if (faultOfName(column, at, columns) !== null) return null;
    if (isKnown(column, shape)) return column;
    const { meant } = meaningOf(column, shape);
    if (meant === null || taken.has(meant) || !isKnown(meant, shape)) return null;
    taken.add(meant);
    return meant;
  });
};

/** The deepest first, so that what is in a list is a list before it. */
const listPathsOf = (columns: readonly string[], shape: InputShape): string[][] => {
  const paths = new Map<string, string[]>();
  for (const column of columns) {
    const path = pathOf(column);
    for (let depth = 1; depth < path.length; depth += 1) {
      const above = path.slice(0, depth);
      const takes = shape.at(above)?.takes;
      if (takes?.has("array") === true && !takes.has("object")) paths.set(above.join("."), above);
    }
  }
  return [...paths.values()].toSorted((one, other) => other.length - one.length);
};

const put = (into: JsonObject, path: readonly string[], value: Json): void => {
  const [name = "", ...rest] = path;
  if (rest.length === 0) into[name] = value;
  else {
    const inner = into[name] ?? {};
    into[name] = inner;
    if (isObject(inner)) put(inner, rest, value);
  }
};

/** Makes a list of what was gathered by positions; those that are empty leave no gap. */
const intoList = (value: JsonObject, [name = "", ...rest]: readonly string[]): void => {
  const inner = value[name];
  if (!isObject(inner)) return;
  // Names that are whole numbers stand in their order in every object.
  if (rest.length === 0) value[name] = Object.values(inner);
  else intoList(inner, rest);
};

/** The columns of a file without a template: which field of the input each one is. */
export class Columns {
  /** As they stand in the header line. */
  readonly names: readonly string[];
  readonly #meant: readonly (string | null)[];
  readonly #lists: readonly (readonly string[])[];
  readonly #paths: readonly (readonly string[] | null)[];

  /** @param meant what each of them is read as; null: passed over */
  constructor(names: readonly string[], shape: InputShape, meant: readonly (string | null)[] = names) {
    this.names = names;
    this.#meant = meant;
    this.#paths = meant.map((name) => (name === null ? null : isOwn(name) ? [name] : pathOf(name)));
    this.#lists = listPathsOf(
      meant.flatMap((name) => (name === null || isOwn(name) ? [] : [name])),
      shape,
    );
  }

  /** A row as an object of its texts; an empty cell says nothing. */
  object(cells: readonly string[]): JsonObject {
    const row: JsonObject = {};
    this.#paths.forEach((path, at) => {
      const cell = cells[at] ?? "";
      if (cell !== "" && path !== null) put(row, path, cell);
    });
    for (const list of this.#lists) intoList(row, list);
    return row;
  }

  /** The column that a place of the input came from, or would have come from: as the rest of a pointer. */
  placeOf(path: readonly string[]): string {
    const dotted = path.join(".");
    const among = (test: (name: string) => boolean): string | undefined =>
      this.#meant
        .filter((name) => name !== null && test(name))
        .toSorted((one, other) => (other ?? "").length - (one ?? "").length)[0] ?? undefined;
    const column =
      among((name) => dotted === name || dotted.startsWith(`${name}.`)) ??
      among((name) => name.startsWith(`${dotted}.`)) ??
      dotted;
    return column === "" ? "" : pointerTo(this.names[this.#meant.indexOf(column)] ?? column);
  }
}
