import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "./json.ts";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** 26 letters of Crockford's base 32 (130 bits) from a SHA-256. */
const letters = (digest: Uint8Array): string => {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of digest) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5 && text.length < 26) {
      bits -= 5;
      text += alphabet.charAt((held >> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return text;
};

const sha256 = (text: string): Uint8Array => createHash("sha256").update(text, "utf8").digest();

/**
 * The id of the operation that this key asks for: the same in every repeat, and known before anything is stored.
 * The deployment is part of it, so that two installations at one provider project never share a marker.
 */
export const operationIdOf = (deployment: string, idempotencyKey: string): string =>
  `op_${letters(sha256(`${deployment}\n${idempotencyKey}`))}`;

/** Fingerprint of a request: equal for requests that mean the same, whatever the order of their fields. */
export const fingerprintOf = (request: Json): string =>
  Buffer.from(sha256(canonicalJson(request))).toString("hex");

/** What an operation id looks like. */
export const operationIdPattern = /^op_[0-9a-hjkmnp-tv-z]{26}$/;
