import { randomBytes } from "node:crypto";
import type { Randomness } from "../ports/randomness.ts";

/** Bytes of a token: 96 bits, 16 characters of base64url. */
const tokenBytes = 12;

/** The machine's own chance. */
export const systemRandomness: Randomness = {
  fraction: () => Math.random(),
  token: () => randomBytes(tokenBytes).toString("base64url"),
};
