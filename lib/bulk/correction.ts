import { isObject, type Json, type JsonObject } from "../operation/json.ts";
import { pointerTo, shortName, type Fault } from "../operation/pointer.ts";
import type { PlannedItem } from "./item.ts";
import { hasBraces, readText } from "./placeholder.ts";

/**
 * What is laid over an item's input from now on: what was laid over it before, with the fields of each correction in the
 * place of its own; `null` takes a field of it back, so that the item's own counts again.
 */
export const correctionAfter = (
  earlier: JsonObject | null,
  ...corrections: readonly (JsonObject | null)[]
): JsonObject => {
  const all: JsonObject = Object.assign({}, earlier, ...corrections);
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
};

/** An item with what is laid over its input; the name that it is shown by is that of its input. */
export const correctedItem = (item: PlannedItem, correction: JsonObject | null): PlannedItem => {
  if (correction === null) return item;
  const input = { ...item.input, ...correction };
  const name = typeof input["name"] === "string" ? input["name"] : item.name;
  return { ...item, input, name };
};

const nothingKnown = { vars: {}, zone: null, columns: null };

/** A correction as it is meant, and what is wrong with its texts. */
export interface PlainTexts {
  readonly correction: JsonObject;
  readonly faults: readonly Fault[];
}

/**
 * A correction with `\{{` read as the two braces that it stands for, as in items; placeholders are put in when a job is
 * made, and not here.
 * @param place pointer to the correction
 */
export const plainTexts = (correction: JsonObject, place: string): PlainTexts => {
  const faults: Fault[] = [];
  const plain = (value: Json, pointer: string): Json => {
    if (Array.isArray(value)) return value.map((one, at) => plain(one, pointer + pointerTo(at)));
    if (isObject(value)) return plainObject(value, pointer);
    if (typeof value !== "string" || !hasBraces(value)) return value;
    const { parts } = readText(value, nothingKnown);
    if (parts?.every((part) => typeof part === "string") === true) return parts.join("");
    const detail =
      "placeholders are put in when a job is made, not here; give the text itself (write \\{{ where two braces are meant)";
    faults.push({ pointer, detail });
    return value;
  };
  const plainObject = (object: JsonObject, pointer: string): JsonObject =>
    Object.fromEntries(
      Object.entries(object).map(([name, value]) => [name, plain(value, pointer + pointerTo(name))]),
    );
  return { correction: plainObject(correction, place), faults };
};

/** The corrections that one item is given, and where they stand in the request. */
export interface Given {
  readonly all: JsonObject | null;
  readonly own: JsonObject | null;
  /** Of the item whose own correction it is. */
  readonly key: string;
}

/** Whether a correction says something of a field. Names in pointers are cut where they are long. */
const says = (correction: JsonObject | null, field: string): boolean =>
  correction !== null && Object.keys(correction).some((name) => shortName(name) === field);

/**
 * Where in the request a fault of a corrected input comes from, and its words there. `isSaidThere`: a correction says
 * something of the field; else the fault only comes to light with it.
 */
export const placeOfCorrection = (
  { all, own, key }: Given,
  path: readonly string[],
  detail: string,
): Fault & { readonly isSaidThere: boolean } => {
  const [field = ""] = path;
  const ownPlace = pointerTo("patch", key);
  if (says(own, field)) return { pointer: ownPlace + pointerTo(...path), detail, isSaidThere: true };
  if (says(all, field)) return { pointer: pointerTo("patch_all", ...path), detail, isSaidThere: true };
  const words = field === "" ? detail : `${path.join(".")}: ${detail}`;
  return { pointer: own === null ? "/patch_all" : ownPlace, detail: words, isSaidThere: false };
};
