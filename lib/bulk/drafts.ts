import { canonicalJson, isObject, type Json, type JsonObject } from "../operation/json.ts";
import { fingerprintOf } from "../operation/operation-id.ts";
import { pointerTo, type Fault } from "../operation/pointer.ts";
import type { BulkLimits } from "./bulk-limits.ts";
import { Columns, headerFaults, mostColumns, readAs } from "./columns.ts";
import { csvRows, type RowFault } from "./csv-rows.ts";
import type { InputShape } from "./input-shape.ts";
import { pathOfPointer } from "./item-places.ts";
import { jsonlRows } from "./jsonl-rows.ts";
import type { Known } from "./placeholder.ts";
import type { BulkSource, ItemContext } from "./source.ts";
import { Compiler, type CompiledObject } from "./template.ts";

/** What is laid under every item, and where it stands in the request. */
export interface Base {
  readonly fields: CompiledObject;
  readonly pointer: string;
}

/** An item before anything is put in. */
export interface Draft {
  readonly is: "draft";
  readonly line: number | null;
  readonly base: Base;
  /** Its own fields, which go before those of the base; null where it has only what it puts into the base. */
  readonly own: CompiledObject | null;
  /** What is wrong with its own placeholders; pointers from the request's root, and no words about which item it is. */
  readonly faults: readonly Fault[];
  /** Its row as one text, equal for rows that say the same. */
  readonly raw: string;
  readonly row: (column: string) => Json | undefined;
  /** Key and resource that stand beside the fields of its row. */
  readonly key: Json | undefined;
  readonly resourceId: Json | undefined;
  /** Pointer to one of its own fields. */
  readonly ownPlace: (path: readonly string[]) => string;
  /** Pointer to a column of its row; null where it has no row. */
  readonly columnPlace: ((column: string) => string) | null;
}

/** What comes of a source, in its order. */
export type Drafted =
  | Draft
  | { readonly is: "broken"; readonly line: number | null; readonly fault: Fault }
  | { readonly is: "fatal"; readonly fault: Fault; readonly isTooLarge: boolean };

const fatal = (fault: Fault, isTooLarge = false): Drafted => ({ is: "fatal", fault, isTooLarge });

const noObject = (place: "rows" | "items", at: number): Drafted => {
  const detail = `item ${at + 1}: must be an object`;
  return { is: "broken", line: null, fault: { pointer: pointerTo(place, at), detail } };
};

/** A field of a row by its name, or by the names on the way to it. */
const lookUp = (row: JsonObject, column: string): Json | undefined => {
  if (Object.hasOwn(row, column)) return row[column];
  let found: Json | undefined = row;
  for (const name of column.split(".")) {
    if (Array.isArray(found)) found = found[Number(name)];
    else found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return found;
};

const pathIn = (row: JsonObject, column: string): readonly string[] =>
  Object.hasOwn(row, column) ? [column] : column.split(".");

const linePlace = (line: number): string => pointerTo("rows", line);
const lineFault = (line: number, place: string, detail: string): Fault => ({
  pointer: linePlace(line) + place,
  detail: `line ${line}: ${detail}`,
});

/** Turns each form of a request into drafts. */
export class Drafting {
  readonly #context: ItemContext;
  readonly #shape: InputShape;
  readonly #limits: BulkLimits;

  constructor(context: ItemContext, shape: InputShape, limits: BulkLimits) {
    this.#context = context;
    this.#shape = shape;
    this.#limits = limits;
  }

  *of(source: BulkSource): Generator<Drafted> {
    switch (source.form) {
      case "count":
        yield* this.#count(source.count, source.template);
        return;
      case "rows":
        yield* this.#rows(source.rows, source.template);
        return;
      case "items":
        yield* this.#items(source.items, source.defaults);
        return;
      case "resources":
        yield* this.#resources(source);
        return;
      case "csv":
        yield* source.template === null ? this.#csv(source) : this.#csvRows(source, source.template);
        return;
      case "jsonl":
        yield* this.#jsonl(source);
        return;
    }
  }

  #compiler(columns: Known["columns"], isCells = false): Compiler {
    const { vars, zone } = this.#context;
    return new Compiler({ vars, zone, columns }, this.#shape, isCells);
  }

  /** What all items share; what is wrong with its placeholders is wrong with the whole. */
  *#base(template: JsonObject, pointer: string, columns: Known["columns"]): Generator<Drafted, Base> {
    const compiler = this.#compiler(columns);
    const fields = compiler.object(template);
    for (const fault of compiler.faults) yield fatal({ ...fault, pointer: pointer + fault.pointer });
    return { fields, pointer };
  }

  *#count(count: number, template: JsonObject): Generator<Drafted> {
    const base = yield* this.#base(template, "/template", null);
    // Of a long template only the fingerprint is hashed again and again.
    const raw = fingerprintOf(template);
    for (let at = 0; at < count; at += 1) {
      yield this.#withoutRow(base, `${raw}\n${this.#context.start + at}`);
    }
  }

  #withoutRow(base: Base, raw: string): Draft {
    return {
      is: "draft",
      line: null,
      base,
      own: null,
      faults: [],
      raw,
      row: () => undefined,
      key: undefined,
      resourceId: undefined,
      ownPlace: (path) => base.pointer + pointerTo(...path),
      columnPlace: null,
    };
  }

  *#rows(rows: readonly Json[], template: JsonObject): Generator<Drafted> {
    const base = yield* this.#base(template, "/template", "any");
    for (const [at, row] of rows.entries())
      yield isObject(row) ? this.#ofRow(base, row, null, pointerTo("rows", at)) : noObject("rows", at);
  }

  #ofRow(base: Base, row: JsonObject, line: number | null, pointer: string): Draft {
    return {
      ...this.#withoutRow(base, canonicalJson(row)),
      line,
      row: (column) => lookUp(row, column),
      key: row["key"],
      resourceId: row["resource_id"],
      columnPlace: (column) => pointer + pointerTo(...pathIn(row, column)),
    };
  }

  *#items(items: readonly Json[], defaults: JsonObject): Generator<Drafted> {
    const base = yield* this.#base(defaults, "/defaults", "any");
    for (const [at, item] of items.entries())
      yield isObject(item)
        ? this.#ofItem(base, item, { defaults, line: null, pointer: pointerTo("items", at) })
        : noObject("items", at);
  }

  #ofItem(
    base: Base,
    item: JsonObject,
    where: { defaults: JsonObject; line: number | null; pointer: string },
  ): Draft {
    const compiler = this.#compiler("any");
    const own = compiler.object(item);
    const { pointer, line, defaults } = where;
    return {
      ...this.#withoutRow(base, canonicalJson(item)),
      line,
      own,
      faults: compiler.faults.map(({ pointer: inner, detail }) => ({ pointer: pointer + inner, detail })),
      row: (column) => lookUp(item, column) ?? lookUp(defaults, column),
      ownPlace: (path) => pointer + pointerTo(...path),
    };
  }

  *#resources(source: Extract<BulkSource, { form: "resources" }>): Generator<Drafted> {
    const base = yield* this.#base(source.input, "/input", ["id", "name"]);
    for (const { id, name } of source.resources)
      yield {
        ...this.#withoutRow(base, id),
        row: (column) => (column === "id" ? id : name),
        key: id,
        resourceId: id,
      };
  }

  *#jsonl({ pieces, template }: Extract<BulkSource, { form: "jsonl" }>): Generator<Drafted> {
    const base = yield* this.#base(template ?? {}, template === null ? "" : "/template", "any");
    for (const part of jsonlRows(pieces, this.#limits)) {
      if (part.is === "fault") yield this.#broken(part);
      else if (template !== null) yield this.#ofRow(base, part.value, part.line, linePlace(part.line));
      else {
        const where = { defaults: {}, line: part.line, pointer: linePlace(part.line) };
        yield this.#ofItem(base, part.value, where);
      }
    }
  }

  #broken({ line, place, detail, isFatal, isTooLarge }: RowFault): Drafted {
    const fault = lineFault(line, place, detail);
    return isFatal ? fatal(fault, isTooLarge) : { is: "broken", line, fault };
  }

  /** CSV of which the columns are the fields of the input. */
  *#csv({ pieces, delimiter }: Extract<BulkSource, { form: "csv" }>): Generator<Drafted> {
    const base = yield* this.#base({}, "", null);
    let columns: Columns | null = null;
    for (const part of csvRows(pieces, delimiter, this.#limits)) {
      if (part.is === "fault") yield this.#broken(part);
      else if (part.is === "header") {
        const faults = headerFaults(part.columns, this.#shape);
        for (const { pointer, detail } of faults) yield fatal(lineFault(part.line, pointer, detail));
        const meant = faults.length === 0 ? part.columns : readAs(part.columns, this.#shape);
        // Rows mean nothing under a header of which nothing is understood.
        if (part.columns.length > mostColumns || meant.every((name) => name === null)) return;
        columns = new Columns(part.columns, this.#shape, meant);
      } else if (columns !== null) yield this.#ofCells(base, columns, part.cells, part.line);
    }
  }

  #ofCells(base: Base, columns: Columns, cells: readonly string[], line: number): Draft {
    const compiler = this.#compiler(columns.names, true);
    const own = compiler.object(columns.object(cells));
    return {
      ...this.#withoutRow(base, rawOfCells(columns.names, cells)),
      line,
      own,
      faults: compiler.faults.map(({ pointer, detail }) => ({
        pointer: linePlace(line) + columns.placeOf(pathOfPointer(pointer)),
        detail,
      })),
      row: (column) => cells[columns.names.indexOf(column)],
      ownPlace: (path) => linePlace(line) + columns.placeOf(path),
    };
  }

  /** CSV of which the columns are put into a template. */
  *#csvRows(
    { pieces, delimiter }: Extract<BulkSource, { form: "csv" }>,
    template: JsonObject,
  ): Generator<Drafted> {
    let base: Base | null = null;
    let names: readonly string[] = [];
    for (const part of csvRows(pieces, delimiter, this.#limits)) {
      if (part.is === "fault") yield this.#broken(part);
      else if (part.is === "header") {
        names = part.columns;
        const faults = headerFaults(names, null);
        for (const { pointer, detail } of faults) yield fatal(lineFault(part.line, pointer, detail));
        if (faults.length > 0) return;
        base = yield* this.#base(template, "/template", names);
      } else if (base !== null) yield this.#ofNamedCells(base, names, part.cells, part.line);
    }
  }

  #ofNamedCells(base: Base, names: readonly string[], cells: readonly string[], line: number): Draft {
    const row = (column: string): string | undefined => cells[names.indexOf(column)];
    return {
      ...this.#withoutRow(base, rawOfCells(names, cells)),
      line,
      row,
      key: row("key") === "" ? undefined : row("key"),
      resourceId: row("resource_id") === "" ? undefined : row("resource_id"),
      columnPlace: (column) => linePlace(line) + pointerTo(column),
    };
  }
}

/** A row of cells as one text, whatever the order of its columns; empty cells say nothing. */
const rawOfCells = (names: readonly string[], cells: readonly string[]): string =>
  JSON.stringify(
    names
      .map((name, at) => [name, cells[at] ?? ""] as const)
      .filter(([, cell]) => cell !== "")
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
