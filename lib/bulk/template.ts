import { isObject, type Json, type JsonObject } from "../operation/json.ts";
import { pointerTo, type Fault } from "../operation/pointer.ts";
import { cellValue } from "./cells.ts";
import type { InputShape } from "./input-shape.ts";
import { thousands } from "./lines.ts";
import { hasBraces, readText, type Known, type Part, type Placeholder } from "./placeholder.ts";

/** A template that was taken apart once and is filled many times. What has no placeholders is shared by all that it makes. */
export type Compiled =
  | { readonly is: "literal"; readonly value: Json }
  | { readonly is: "text"; readonly parts: readonly Part[]; readonly path: readonly string[] }
  | { readonly is: "list"; readonly entries: readonly Compiled[] }
  | CompiledObject;
export interface CompiledObject {
  readonly is: "object";
  readonly fields: ReadonlyMap<string, Compiled>;
}

/** What one item puts into a template. */
export interface Values {
  readonly index: number;
  readonly zone: string | null;
  readonly date: string;
  /** Null where it can't be known yet, since it is made from the key. */
  readonly shortId: (() => string) | null;
  readonly vars: Readonly<Record<string, string | number | boolean>>;
  /** Undefined where the row has no such field. */
  readonly row: (column: string) => Json | undefined;
}

/** What is wrong with a text, and the column that it came from. */
export interface FillFault {
  readonly path: readonly string[];
  readonly column: string | null;
  readonly detail: string;
}

/** The longest text that a placeholder may make, in characters. */
const longestText = 1_000_000;

/** Takes templates apart. */
export class Compiler {
  readonly #known: Known;
  readonly #shape: InputShape;
  readonly #isCells: boolean;
  /** Pointers from the template's root. */
  faults: Fault[] = [];

  /** @param isCells whether every text is a cell of a file, and so has the type that the schema wants */
  constructor(known: Known, shape: InputShape, isCells = false) {
    this.#known = known;
    this.#shape = shape;
    this.#isCells = isCells;
  }

  object(template: JsonObject, path: readonly string[] = []): CompiledObject {
    const fields = Object.entries(template).flatMap(([name, value]): [string, Compiled][] => {
      const inner = [...path, name];
      if (name !== "__proto__") return [[name, this.#compile(value, inner)]];
      this.faults.push({ pointer: pointerTo(...inner), detail: "is not a field" });
      return [];
    });
    return { is: "object", fields: new Map(fields) };
  }

  #compile(value: Json, path: readonly string[]): Compiled {
    if (typeof value === "string") return this.#text(value, path);
    if (Array.isArray(value)) {
      const entries = value.map((one, at) => this.#compile(one, [...path, String(at)]));
      const isLiteral = entries.every(({ is }) => is === "literal");
      return isLiteral ? { is: "literal", value: entries.map(literalOf) } : { is: "list", entries };
    }
    if (!isObject(value)) return { is: "literal", value };
    const made = this.object(value, path);
    const all = [...made.fields];
    if (!all.every(([, { is }]) => is === "literal")) return made;
    return { is: "literal", value: Object.fromEntries(all.map(([name, one]) => [name, literalOf(one)])) };
  }

  #text(text: string, path: readonly string[]): Compiled {
    const literal = (plain: string): Compiled => ({
      is: "literal",
      value: this.#isCells ? cellValue(plain, path, this.#shape) : plain,
    });
    if (!hasBraces(text)) return literal(text);
    const { parts, fault } = readText(text, this.#known);
    if (fault !== null) {
      this.faults.push({ pointer: pointerTo(...path), detail: fault });
      return literal(text);
    }
    const isPlain = parts.every((part) => typeof part === "string");
    return isPlain ? literal(parts.join("")) : { is: "text", parts, path };
  }
}

const literalOf = (compiled: Compiled): Json => (compiled.is === "literal" ? compiled.value : null);

/** The columns of which a text of the template is made, on the way to a place; null where it is made of none. */
export const columnAt = (compiled: Compiled | undefined, path: readonly string[]): string | null => {
  if (compiled === undefined) return null;
  switch (compiled.is) {
    case "literal":
      return null;
    case "text":
      for (const part of compiled.parts)
        if (typeof part !== "string" && part.is === "row") return part.column;
      return null;
    case "list":
      return columnAt(compiled.entries[Number(path[0])], path.slice(1));
    case "object":
      return path[0] === undefined ? null : columnAt(compiled.fields.get(path[0]), path.slice(1));
  }
};

/** Fills templates for one item after the other, and counts what it makes. */
export class Filler {
  /** All characters that were made so far. */
  characters = 0;
  faults: FillFault[] = [];
  readonly #shape: InputShape;

  constructor(shape: InputShape) {
    this.#shape = shape;
  }

  /** Null where something is wrong with it, which `faults` tells. */
  fill(compiled: Compiled, values: Values): Json {
    switch (compiled.is) {
      case "literal":
        return compiled.value;
      case "text":
        return this.#text(compiled.parts, compiled.path, values);
      case "list":
        return compiled.entries.map((one) => this.fill(one, values));
      case "object":
        return this.fillObject(compiled, values);
    }
  }

  fillObject({ fields }: CompiledObject, values: Values): JsonObject {
    return Object.fromEntries([...fields].map(([name, one]) => [name, this.fill(one, values)]));
  }

  #text(parts: readonly Part[], path: readonly string[], values: Values): Json {
    const [only] = parts;
    const whole = parts.length === 1 && typeof only === "object" && only.is === "row" ? only.column : null;
    const value = whole === null ? undefined : values.row(whole);
    // Alone in a text, a list or an object comes in as it is.
    if (typeof value === "object" && value !== null) return value;
    let text = "";
    for (const part of parts) {
      const more = typeof part === "string" ? part : this.#put(part, path, values);
      if (more === null) return null;
      text += more;
      if (text.length > longestText)
        return this.#fault(path, whole, `comes to more than ${thousands(longestText)} characters`);
    }
    this.characters += text.length;
    if (text === "")
      return this.#fault(path, whole ?? columnOf(parts), "comes to nothing: what is put in is empty");
    return cellValue(text, path, this.#shape);
  }

  /** What stands in the place of a placeholder. It is put in as it is, and never looked through again. */
  #put(placeholder: Placeholder, path: readonly string[], values: Values): string | null {
    switch (placeholder.is) {
      case "index":
        return String(values.index).padStart(placeholder.digits, "0");
      case "zone":
        return values.zone ?? "";
      case "date":
        return values.date;
      case "short_id":
        return (
          values.shortId?.() ?? this.#fault(path, null, "can't hold {{short_id}}, which is made from it")
        );
      case "var":
        return String(values.vars[placeholder.name] ?? "");
      case "row":
        return this.#fromRow(placeholder.column, path, values);
    }
  }

  #fromRow(column: string, path: readonly string[], values: Values): string | null {
    const value = values.row(column);
    if (value === undefined) return this.#fault(path, column, `{{row.${column}}}: the row has no such field`);
    if (value === null) return "";
    if (typeof value !== "object") return String(value);
    return this.#fault(
      path,
      column,
      `{{row.${column}}} is a list or an object, which can't stand within a text`,
    );
  }

  #fault(path: readonly string[], column: string | null, detail: string): null {
    this.faults.push({ path, column, detail });
    return null;
  }
}

const columnOf = (parts: readonly Part[]): string | null => {
  for (const part of parts) if (typeof part !== "string" && part.is === "row") return part.column;
  return null;
};
