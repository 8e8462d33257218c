import type { Json } from "../operation/json.ts";
import { strictFaultsOf } from "../operation/strict-json.ts";
import type { InputShape, Place } from "./input-shape.ts";

const numberPattern = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** A number as it is written; null where it is none, or one that would come out as another. */
const numberOf = (text: string): number | null => {
  const trimmed = text.trim();
  if (trimmed.length > 40 || !numberPattern.test(trimmed)) return null;
  const number = Number(trimmed);
  if (!Number.isFinite(number)) return null;
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? null : number;
};

const booleanOf = (text: string): boolean | null => {
  const word = text.trim().toLowerCase();
  return word === "true" ? true : word === "false" ? false : null;
};

/** A list or an object written as JSON; undefined where it is none, or holds what no body may hold. */
const jsonOf = (text: string): Json | undefined => {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value: Json = JSON.parse(text);
    return strictFaultsOf(text).faults.length === 0 ? value : undefined;
  } catch {
    return undefined;
  }
};

const fitting = (value: Json | undefined, { takes }: Place): value is Json =>
  value !== undefined && takes.has(Array.isArray(value) ? "array" : "object");

/** The parts of `a|b`; `\|` is a stroke that parts nothing. */
const partsOf = (text: string): string[] =>
  text.split(/(?<!\\)\|/).map((part) => part.replaceAll("\\|", "|"));

const scalarOf = (text: string, { takes }: Place): Json => {
  if (takes.has("null") && text === "null") return null;
  if (takes.has("string") || takes.has("any")) return text;
  const boolean = takes.has("boolean") ? booleanOf(text) : null;
  if (boolean !== null) return boolean;
  const number = takes.has("number") || takes.has("integer") ? numberOf(text) : null;
  return number ?? text;
};

/**
 * What a text says where the schema wants something else than a text: a number, a boolean, `a|b` for a list, JSON for a
 * list or an object. What can't be read so stays the text that it is, and the schema tells what it wanted.
 */
export const cellValue = (text: string, path: readonly string[], shape: InputShape): Json => {
  const place = shape.at(path);
  if (place === null) return text;
  const { takes } = place;
  if (takes.has("array") || takes.has("object")) {
    const value = jsonOf(text);
    if (fitting(value, place)) return value;
    if (takes.has("array") && (!takes.has("string") || text.includes("|")))
      return partsOf(text).map((part, index) => cellValue(part, [...path, String(index)], shape));
  }
  return scalarOf(text, place);
};
