import { isObject, type Json, type JsonObject } from "../operation/json.ts";
import { nearest } from "../operation/nearest.ts";
import { pointerTo, type Fault } from "../operation/pointer.ts";
import type { InputShape } from "./input-shape.ts";

/** Columns that are no fields of the input: an item's own idempotency key, and what it acts on. */
export const ownColumns = ["key", "resource_id"] as const;
const isOwn = (name: string): boolean => ownColumns.some((own) => own === name);

/** The names on the way to a column's field: `volumes.0.size`. */
const pathOf = (column: string): string[] => column.split(".");

const mostColumns = 500;
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

const unknownColumn = (column: string, shape: InputShape): string => {
  const path = pathOf(column);
  const depth = path.findIndex((_, at) => shape.at(path.slice(0, at + 1)) === null);
  const before = path.slice(0, depth);
  const known = [...shape.fieldsAt(before), ...(depth === 0 ? ownColumns : [])];
  const wrong = path[depth] ?? "";
  const meant = wrong.length > longestCompared ? null : nearest(wrong, known);
  if (meant === null) {
    const named = known.slice(0, mostNamed).join(", ") + (known.length > mostNamed ? ", …" : "");
    return known.length === 0 ? "unknown column" : `unknown column; there is ${named}`;
  }
  return `unknown column; did you mean "${[...before, meant, ...path.slice(depth + 1)].join(".")}"?`;
};

const faultOfName = (column: string, at: number, all: readonly string[]): string | null => {
  if (column === "") return `column ${at + 1} has no name`;
  if (isForbidden(column)) return "is not a column";
  if (all.indexOf(column) !== at) return "stands in the header line twice";
  const outer = all.find((other) => column.startsWith(`${other}.`));
  return outer === undefined
    ? null
    : `says a part of what column ${outer} says as a whole; give one of the two`;
};

/**
 * What is wrong with a header line. Pointers from the line: `/typ`.
 * @param shape what the columns must be fields of; null where a template takes them, whatever they are called
 */
export const headerFaults = (columns: readonly string[], shape: InputShape | null): Fault[] => {
  if (columns.length > mostColumns)
    return [{ pointer: "", detail: `has ${columns.length} columns; at most ${mostColumns} are taken` }];
  return columns.flatMap((column, at) => {
    const unknown =
      shape === null || isOwn(column) || shape.at(pathOf(column)) !== null
        ? null
        : unknownColumn(column, shape);
    const detail = faultOfName(column, at, columns) ?? unknown;
    return detail === null ? [] : [{ pointer: column === "" ? "" : pointerTo(column), detail }];
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
  readonly names: readonly string[];
  readonly #lists: readonly (readonly string[])[];
  readonly #paths: readonly (readonly string[])[];

  constructor(names: readonly string[], shape: InputShape) {
    this.names = names;
    this.#paths = names.map((name) => (isOwn(name) ? [name] : pathOf(name)));
    this.#lists = listPathsOf(
      names.filter((name) => !isOwn(name)),
      shape,
    );
  }

  /** A row as an object of its texts; an empty cell says nothing. */
  object(cells: readonly string[]): JsonObject {
    const row: JsonObject = {};
    this.#paths.forEach((path, at) => {
      const cell = cells[at] ?? "";
      if (cell !== "") put(row, path, cell);
    });
    for (const list of this.#lists) intoList(row, list);
    return row;
  }

  /** The column that a place of the input came from, or would have come from: as the rest of a pointer. */
  placeOf(path: readonly string[]): string {
    const dotted = path.join(".");
    const among = (test: (name: string) => boolean): string | undefined =>
      this.names.filter(test).toSorted((one, other) => other.length - one.length)[0];
    const column =
      among((name) => dotted === name || dotted.startsWith(`${name}.`)) ??
      among((name) => name.startsWith(`${dotted}.`)) ??
      dotted;
    return column === "" ? "" : pointerTo(column);
  }
}
