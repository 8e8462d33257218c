import { hash } from "node:crypto";
import type { Json } from "../operation/json.ts";

const hexCharacters = 24;
const longestKey = 200;

/** An id or a key as it may come: a number is taken for its digits. */
export const idTextOf = (value: Json): string | null => {
  if (typeof value === "string") return value;
  return typeof value === "number" && Number.isFinite(value) ? String(value) : null;
};

/** What is wrong with a key or an id; null: nothing. */
export const idFault = (text: string | null): string | null => {
  if (text === null) return "must be a text";
  if (text === "" || text.length > longestKey) return `must have 1 to ${longestKey} characters`;
  return /\p{Cc}/u.test(text) || !text.isWellFormed() ? "must not hold control characters" : null;
};

/** A key for an item, and what is wrong with the one that it brought. */
interface GivenKey {
  readonly key: string;
  readonly fault: string | null;
}

/**
 * The keys of one job's items. One that is not given is made from what was asked for: equal rows have equal keys in every
 * post, and the nth of several equal rows has `#n` behind its key.
 */
export class ItemKeys {
  readonly #rows = new Map<string, number>();
  readonly #owners = new Map<string, string>();

  /**
   * @param raw the row as one text
   * @param given what it says of its key; undefined: nothing
   * @param label `line 3`, for the words about a later one with the same key
   */
  take(raw: string, given: Json | undefined, label: string): GivenKey {
    // Every row takes its number among its equals, so that a key here changes no key there.
    const made = this.#made(raw);
    const key = given === undefined ? made : idTextOf(given);
    const fault = idFault(key);
    if (key === null || fault !== null) return { key: made, fault };
    const owner = this.#owners.get(key);
    if (owner === undefined) this.#owners.set(key, label);
    return { key, fault: owner === undefined ? null : `the key "${key}" is that of ${owner} too` };
  }

  #made(raw: string): string {
    const key = hash("sha256", raw).slice(0, hexCharacters);
    const times = (this.#rows.get(key) ?? 0) + 1;
    this.#rows.set(key, times);
    return times === 1 ? key : `${key}#${times}`;
  }
}

const alphabet = "abcdefghijklmnopqrstuvwxyz";
const shortIdLetters = 6;

/** Six letters for one item of one job, the same each time. */
export const shortIdOf = (jobId: string, itemKey: string): string => {
  let number = Number.parseInt(hash("sha256", `${jobId}\n${itemKey}`).slice(0, 12), 16);
  let text = "";
  for (let at = 0; at < shortIdLetters; at += 1) {
    text += alphabet.charAt(number % alphabet.length);
    number = Math.floor(number / alphabet.length);
  }
  return text;
};
