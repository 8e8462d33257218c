import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import { SigningKeyTooShort } from "../webhook/signature.ts";

const shortestMaster = 32;
const longestToken = 600;

/** What a link that snoozes a stop is good for. Instants in milliseconds since the epoch. */
const snoozeSchema = z.strictObject({
  /** The schedule. */
  s: z.string().min(1).max(64),
  /** The stop. The link is good until then. */
  a: z.int().positive(),
  /** Until when its servers stay on. */
  u: z.int().positive(),
});
export type Snooze = z.infer<typeof snoozeSchema>;

/** A key of its own, derived from the installation's signing key (HKDF-SHA256). @throws SigningKeyTooShort */
const keyOf = (master: string): Buffer => {
  if (Buffer.byteLength(master, "utf8") < shortestMaster) throw new SigningKeyTooShort();
  return Buffer.from(hkdfSync("sha256", master, "", "snooze/1", 32));
};

const signatureOf = (body: string, master: string): Buffer =>
  createHmac("sha256", keyOf(master)).update(body, "utf8").digest();

/** The token of a link. @throws SigningKeyTooShort */
export const snoozeToken = (snooze: Snooze, master: string): string => {
  const body = Buffer.from(JSON.stringify(snooze), "utf8").toString("base64url");
  return `${body}.${signatureOf(body, master).toString("base64url")}`;
};

const jsonOf = (body: string): unknown => {
  try {
    return JSON.parse(Buffer.from(body, "base64url").toString("utf8"));
  } catch {
    return null;
  }
};

/** What a token says, if it is one of ours; null for any other text. @throws SigningKeyTooShort */
export const readSnoozeToken = (token: string, master: string): Snooze | null => {
  const [body = "", signature = "", ...more] = token.slice(0, longestToken + 1).split(".");
  if (token.length > longestToken || body === "" || more.length > 0) return null;
  const given = Buffer.from(signature, "base64url");
  const right = signatureOf(body, master);
  // The one spelling that we write, and no other that decodes to the same bytes.
  if (given.toString("base64url") !== signature || given.length !== right.length) return null;
  if (!timingSafeEqual(given, right)) return null;
  const read = snoozeSchema.safeParse(jsonOf(body));
  return read.success ? read.data : null;
};
