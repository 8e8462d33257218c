import { createHash, type Hash } from "node:crypto";
import { canonicalJson, type JsonObject } from "../operation/json.ts";
import type { Fault } from "../operation/pointer.ts";
import { usualLimits, type BulkLimits } from "./bulk-limits.ts";
import { Drafting, type Draft, type Drafted } from "./drafts.ts";
import { FaultList } from "./fault-list.ts";
import { InputShape } from "./input-shape.ts";
import { idFault, idTextOf, ItemKeys, shortIdOf } from "./item-key.ts";
import { ItemNames } from "./item-names.ts";
import { fieldOf, fieldsOf, pathOfPointer, placeOfFault } from "./item-places.ts";
import type { PlannedItem } from "./item.ts";
import { thousands } from "./lines.ts";
import { sizeBytesOf } from "./packed.ts";
import { hasBraces } from "./placeholder.ts";
import type { BulkSource, ItemContext } from "./source.ts";
import { Filler, type Values } from "./template.ts";

/** An item that can't be one. */
export interface InvalidItem extends PlannedItem {
  /** The first thing that is wrong with it. */
  readonly why: string;
}

/** What a request asks for, item by item, and everything that is wrong with it. */
export interface PlannedItems {
  /** The valid ones, in their order. */
  readonly items: readonly PlannedItem[];
  /** The others; their index counts with that of the valid ones. */
  readonly invalid: readonly InvalidItem[];
  /** The limit's number at most, and then one at `""` that says how many more there are. */
  readonly faults: readonly Fault[];
  /** Whether something is wrong with the whole: nothing may start, whatever `skip_invalid` says. */
  readonly isFatal: boolean;
  /** Whether the body was larger than it may be; it was not read to its end. */
  readonly isTooLarge: boolean;
  /** SHA-256 in hex over what was asked for, before anything was put in. */
  readonly digest: string;
}

/** The largest item, in bytes of its texts: it must fit into one document, packed. */
const largestItemBytes = 145_000;

/** Makes items of drafts, one by one. */
class Planner {
  readonly items: PlannedItem[] = [];
  readonly invalid: InvalidItem[] = [];
  readonly faults: FaultList;
  isFatal = false;
  isTooLarge = false;
  readonly #source: BulkSource;
  readonly #context: ItemContext;
  readonly #limits: BulkLimits;
  readonly #filler: Filler;
  readonly #digest: Hash;
  readonly #keys = new ItemKeys();
  readonly #names: ItemNames;
  #index = 0;
  #brokenLine: number | null = null;
  /** What is wrong with the item in hand. */
  #said: Fault[] = [];

  constructor(source: BulkSource, context: ItemContext, shape: InputShape, limits: BulkLimits) {
    this.#source = source;
    this.#context = context;
    this.#limits = limits;
    this.faults = new FaultList(limits.faults);
    this.#filler = new Filler(shape);
    this.#names = new ItemNames(context.kind);
    this.#digest = createHash("sha256").update(`${frameOf(source, context)}\n`);
  }

  /** What is known of the whole before any item is made; false when none need be. */
  begin(): boolean {
    const count = countOf(this.#source);
    return count === null || count <= this.#limits.items || this.#tooMany(null);
  }

  /** Takes the next draft; false when it is no use to go on. */
  take(drafted: Drafted): boolean {
    if (drafted.is === "fatal") {
      this.#fatal(drafted.fault);
      this.isTooLarge ||= drafted.isTooLarge;
      return !drafted.isTooLarge;
    }
    if (drafted.is === "broken" && drafted.line !== null && drafted.line === this.#brokenLine) {
      this.faults.add(drafted.fault);
      return true;
    }
    if (this.#index >= this.#limits.items) return this.#tooMany(drafted.line);
    if (drafted.is === "broken") this.#broken(drafted.line, drafted.fault);
    else this.#draft(drafted);
    this.#index += 1;
    return this.#withinText();
  }

  end(): PlannedItems {
    if (this.#index === 0 && !this.isFatal)
      this.#fatal({ pointer: placeOf(this.#source), detail: "there is nothing to do: no rows, or no items" });
    const { items, invalid, isFatal, isTooLarge } = this;
    const digest = this.#digest.digest("hex");
    return { items, invalid, faults: this.faults.list(), isFatal, isTooLarge, digest };
  }

  #fatal(fault: Fault): void {
    this.isFatal = true;
    this.faults.add(fault);
  }

  #tooMany(line: number | null): boolean {
    const words = `more than ${thousands(this.#limits.items)} items; send them as several jobs`;
    if (line === null) this.#fatal({ pointer: placeOf(this.#source), detail: words });
    else this.#fatal({ pointer: `/rows/${line}`, detail: `line ${line}: ${words}` });
    return false;
  }

  #withinText(): boolean {
    if (this.#filler.characters <= this.#limits.expandedCharacters) return true;
    const most = thousands(this.#limits.expandedCharacters);
    const detail = `placeholders make more than ${most} characters of text; put them into shorter texts`;
    this.#fatal({ pointer: "", detail });
    return false;
  }

  #broken(line: number | null, fault: Fault): void {
    this.#brokenLine = line;
    this.faults.add(fault);
    const key = line === null ? `item-${this.#index + 1}` : `line-${line}`;
    const item = { index: this.#index, line, key, name: null, input: {}, resourceId: null };
    this.invalid.push({ ...item, why: fault.detail });
  }

  #draft(draft: Draft): void {
    this.#digest.update(`${draft.raw}\n`);
    this.#said = [];
    for (const { pointer, detail } of draft.faults)
      this.#note({ pointer, detail: `${this.#label(draft)}: ${detail}` });
    const item = this.#itemOf(draft);
    this.#check(draft, item);
    const [first] = this.#said;
    if (first === undefined) this.items.push(item);
    else this.invalid.push({ ...item, why: first.detail });
  }

  #label({ line }: Draft): string {
    return line === null ? `item ${this.#index + 1}` : `line ${line}`;
  }

  #note(fault: Fault): void {
    this.#said.push(fault);
    this.faults.add(fault);
  }

  /** Notes a fault of the item in hand, at the place in the request that it came from. */
  #say(draft: Draft, path: readonly string[], detail: string, column: string | null = null): void {
    const { pointer, isShared } = placeOfFault(draft, path, column);
    const labelled = { pointer, detail: `${this.#label(draft)}: ${detail}` };
    if (isShared) {
      // What is wrong from the first item on is wrong with what all share.
      const fault = this.#index === 0 ? { pointer, detail } : labelled;
      this.#said.push(fault);
      this.faults.addOnce(`${pointer}\n${detail}`, fault);
    } else this.#note(labelled);
  }

  #itemOf(draft: Draft): PlannedItem {
    const values = this.#valuesOf(draft);
    const key = this.#keyOf(draft, values);
    const shortId = (): string => shortIdOf(this.#context.jobId, key);
    const filled: JsonObject = {};
    for (const [name, field] of fieldsOf(draft))
      if (name !== "key") filled[name] = this.#filler.fill(field, { ...values, shortId });
    const { resource_id: resource = draft.resourceId, ...input } = filled;
    const name = typeof input["name"] === "string" ? input["name"] : null;
    const resourceId = resource === undefined ? null : idTextOf(resource);
    const wasFilled = this.#tellFilling(draft);
    if (wasFilled && resource !== undefined) {
      const fault = idFault(resourceId);
      if (fault !== null) this.#say(draft, ["resource_id"], fault);
    }
    if (wasFilled && name !== null) this.#checkName(draft, name);
    return { index: this.#index, line: draft.line, key, name, input, resourceId };
  }

  #valuesOf({ row }: Draft): Values {
    const { zone, date, vars, start } = this.#context;
    return { index: start + this.#index, zone, date, vars, row, shortId: null };
  }

  #keyOf(draft: Draft, values: Values): string {
    const field = fieldOf(draft, "key");
    const given = field === undefined ? draft.key : this.#filler.fill(field, values);
    // What the filling has to say is told with the rest; until then it goes by the key of its row.
    const known = this.#filler.faults.length === 0 ? given : undefined;
    const { key, fault } = this.#keys.take(draft.raw, known, this.#label(draft));
    if (fault !== null) this.#say(draft, ["key"], fault);
    return key;
  }

  /** Tells what could not be put in; true when that is nothing. */
  #tellFilling(draft: Draft): boolean {
    const { faults } = this.#filler;
    this.#filler.faults = [];
    for (const { path, detail, column } of faults) this.#say(draft, path, detail, column);
    return faults.length === 0;
  }

  #checkName(draft: Draft, name: string): void {
    // Of braces that are left it was told already that they are no placeholder.
    if (hasBraces(name) && (this.isFatal || draft.faults.length > 0)) return;
    const isMade = fieldOf(draft, "name")?.is === "text";
    const fault = this.#names.take(name, isMade, this.#label(draft));
    if (fault !== null) this.#say(draft, ["name"], fault);
  }

  /** Whether it would be taken as an operation. Of places of which something was told already nothing more is told. */
  #check(draft: Draft, item: PlannedItem): void {
    const told = this.#said.map(({ pointer }) => pointer);
    const isTold = (path: readonly string[]): boolean => {
      const place = `${placeOfFault(draft, path, null).pointer}/`;
      return told.some((one) => `${one}/`.startsWith(place) || place.startsWith(`${one}/`));
    };
    if (sizeBytesOf(item.input) > largestItemBytes)
      this.#say(draft, [], `is larger than ${thousands(largestItemBytes)} bytes`);
    for (const fault of this.#context.check(item.input, item.resourceId)) {
      const [root, ...inner] = pathOfPointer(fault.pointer);
      const path = root === "resource" ? ["resource_id"] : inner;
      if (root !== "input" && root !== "resource") {
        this.#said.push(fault);
        this.faults.addOnce(`${fault.pointer}\n${fault.detail}`, fault);
      } else if (!isTold(path)) this.#say(draft, path, fault.detail);
    }
  }
}

/** How many items there will be; null where only reading tells. */
const countOf = (source: BulkSource): number | null => {
  switch (source.form) {
    case "count":
      return source.count;
    case "rows":
      return source.rows.length;
    case "items":
      return source.items.length;
    case "resources":
      return source.resources.length;
    case "csv":
    case "jsonl":
      return null;
  }
};

/** Where in the request the items stand. */
const placeOf = ({ form }: BulkSource): string => {
  switch (form) {
    case "count":
    case "rows":
    case "items":
      return `/${form}`;
    case "resources":
      return "/select";
    case "csv":
    case "jsonl":
      return "";
  }
};

/** What a request says beside its rows, as one text. */
const frameOf = (source: BulkSource, { kind, vars, start }: ItemContext): string => {
  const { form } = source;
  const shared = form === "items" ? source.defaults : form === "resources" ? source.input : source.template;
  return canonicalJson({ form, kind, vars, start, shared });
};

/**
 * Turns a request into items: reads it row by row, puts in what the placeholders ask for, and checks each as an operation
 * would be. All that is wrong is gathered; nothing is thrown. The same request gives the same items, but for the date.
 */
export const itemsOf = (source: BulkSource, context: ItemContext): PlannedItems => {
  const limits = { ...usualLimits, ...context.limits };
  const shape = new InputShape(context.schema);
  const planner = new Planner(source, context, shape, limits);
  if (planner.begin())
    for (const drafted of new Drafting(context, shape, limits).of(source)) if (!planner.take(drafted)) break;
  return planner.end();
};
