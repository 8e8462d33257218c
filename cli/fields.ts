import { misused } from "./failure.ts";

/** What a request's `input` is made of. */
export interface Fields {
  [name: string]: unknown;
}

const fieldPattern = /^(?<name>[A-Za-z_][\w.-]*)(?<sign>:?=)(?<value>[\s\S]*)$/;

const valueOf = (name: string, sign: string, text: string): unknown => {
  if (sign === ":=") {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw misused(`${name}:=${text} is not JSON`, `Quote it: '${name}:={"a": 1}'`, String(cause));
    }
  }
  if (name === "tags") return text.split(/[,|]/).filter((tag) => tag !== "");
  return text === "true" || text === "false" ? text === "true" : text;
};

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** Puts a value at a dotted path; a number is a place in a list. */
const put = (fields: Fields, path: readonly string[], value: unknown): void => {
  const [name = "", ...rest] = path;
  if (name === "__proto__") throw misused(`${name} can't be a field`);
  const [next] = rest;
  if (next === undefined) {
    fields[name] = value;
    return;
  }
  const inner: unknown = Object.hasOwn(fields, name) ? fields[name] : /^\d+$/.test(next) ? [] : {};
  if (!isFields(inner)) throw misused(`${path.join(".")}: ${name} has a value already`);
  fields[name] = inner;
  put(inner, rest, value);
};

/**
 * `type=DEV1-S tags=a,b volumes.0.size:=20` as an object: `=` takes text (true and false are what they say), `:=` JSON.
 * @throws CliFailure for anything else
 */
export const readFields = (operands: readonly string[]): Fields => {
  const fields: Fields = {};
  for (const operand of operands) {
    const parts = fieldPattern.exec(operand)?.groups;
    if (parts === undefined)
      throw misused(
        `"${operand}" is not a field`,
        "Write fields as type=DEV1-S, or volumes:='[…]' for JSON.",
      );
    const { name = "", sign = "", value = "" } = parts;
    put(fields, name.split("."), valueOf(name, sign, value));
  }
  return fields;
};
