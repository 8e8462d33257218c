import { createHash, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";

/** Begins every key, so that scanners of public repositories can tell one when they meet it. */
const prefix = "swy_live_";
const idLetters = "0123456789abcdefghjkmnpqrstvwxyz";
const checkLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const pattern =
  /^(?<body>swy_live_(?<id>[0-9a-hjkmnp-tv-z]{12})_[A-Za-z0-9_-]{43})_(?<check>[0-9A-Za-z]{6})$/;

const sha256 = (text: string): Buffer => createHash("sha256").update(text, "utf8").digest();

/** CRC-32 as six letters of base 62: tells a slip of the hand from a key before anything is looked up. */
const checksumOf = (text: string): string => {
  let left = crc32(text);
  let letters = "";
  for (let place = 0; place < 6; place += 1) {
    letters = `${checkLetters.charAt(left % 62)}${letters}`;
    left = Math.floor(left / 62);
  }
  return letters;
};

/** 32 bytes of chance: five tokens hold 320 random bits or more, wherever chance comes from. */
const chanceBytes = (token: () => string): Buffer => sha256(Array.from({ length: 5 }, token).join("\n"));

/** A key that was made just now. The text is shown once and kept nowhere. */
export interface NewKey {
  readonly id: string;
  readonly text: string;
  readonly hash: string;
}

/** What is kept of a key: SHA-256 in hex. 256 random bits can't be guessed, so nothing slower is needed. */
export const keyHashOf = (text: string): string => sha256(text).toString("hex");

/** A new key, of chance that `token` gives (64 random bits a call): `swy_live_{12 letters of its id}_{32 bytes, base64url}_{checksum}`. */
export const newKey = (token: () => string): NewKey => {
  // 32 letters divide 256 evenly, so all ids are equally likely.
  const id = [...chanceBytes(token).subarray(0, 12)]
    .map((byte) => idLetters.charAt(byte % idLetters.length))
    .join("");
  const body = `${prefix}${id}_${chanceBytes(token).toString("base64url")}`;
  const text = `${body}_${checksumOf(body)}`;
  return { id: `key_${id}`, text, hash: keyHashOf(text) };
};

/** The id in a key's text; null where the form or the checksum is wrong, so that no slip reaches the table. */
export const keyIdIn = (text: string): string | null => {
  const parts = pattern.exec(text)?.groups;
  if (parts === undefined || checksumOf(parts["body"] ?? "") !== parts["check"]) return null;
  return `key_${parts["id"] ?? ""}`;
};

/** What the id of a key looks like. */
export const keyIdPattern = /^key_[0-9a-hjkmnp-tv-z]{12}$/;

/** Whether the text is the key whose hash is kept, in a time that does not tell how much of it is right. */
export const isKeyOf = (text: string, hash: string): boolean =>
  timingSafeEqual(sha256(text), Buffer.from(hash.padEnd(64, "0").slice(0, 64), "hex"));
