import { deflateRawSync, inflateRawSync } from "node:zlib";
import { rowDictionary } from "./row-dictionary.ts";

/** Dictionaries by their version, which is the first byte of what is packed. A version never changes. */
const dictionaries: ReadonlyMap<number, Buffer> = new Map([[1, Buffer.from(rowDictionary)]]);
const currentVersion = 1;
const current = dictionaries.get(currentVersion);

/** A row of the table holds 400 KB; what its text may have been before it was packed. */
const mostBytes = 32 * 1024 * 1024;

/**
 * Text as the table keeps it: one byte that names the dictionary, then raw deflate. Rows of a few KB become less than
 * one, and so one unit a write.
 */
export const packText = (text: string): Uint8Array => {
  const packed = deflateRawSync(text, current === undefined ? {} : { dictionary: current });
  return Buffer.concat([Uint8Array.of(currentVersion), packed]);
};

/**
 * The text of an attribute: packed, or as rows have it that were written before there was packing.
 * @throws Error when it is neither, or was packed with a dictionary that this version does not have
 */
export const unpackText = (stored: unknown): string => {
  if (typeof stored === "string") return stored;
  if (!(stored instanceof Uint8Array)) throw new TypeError("It is neither text nor packed text.");
  const [version = 0] = stored;
  const dictionary = dictionaries.get(version);
  if (dictionary === undefined) throw new RangeError(`There is no dictionary ${version}.`);
  return inflateRawSync(stored.subarray(1), { dictionary, maxOutputLength: mostBytes }).toString("utf8");
};
