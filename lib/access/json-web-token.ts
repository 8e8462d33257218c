import { createPublicKey, verify, type KeyObject } from "node:crypto";
import * as z from "zod";
import { scopes, type Caller, type Scope } from "./caller.ts";
import type { TokenSettings } from "./token-settings.ts";

/**
 * Tokens of an issuer (RFC 7519), checked with the machine's own cryptography: it takes public keys as they stand in a
 * key set, so that a library would add only its size to a bundle that has little room. What may go wrong is in what is
 * accepted, and that is little: three algorithms, each bound to one sort of key, so that a token never chooses.
 */

/** A public key of a set; what is none of ours is passed over when it is used. */
const publicKeySchema = z.looseObject({
  kty: z.string(),
  kid: z.string().exactOptional(),
  crv: z.string().exactOptional(),
  alg: z.string().exactOptional(),
  use: z.string().exactOptional(),
});
export const keySetSchema = z.looseObject({ keys: z.array(publicKeySchema).max(100) });
export type PublicKey = z.infer<typeof publicKeySchema>;

const headerSchema = z.looseObject({
  alg: z.string(),
  kid: z.string().exactOptional(),
  crit: z.undefined().optional(),
});
const claimsSchema = z.looseObject({
  iss: z.string(),
  /** Becomes part of names and of the audit trail. */
  sub: z.string().regex(/^\P{Cc}{1,300}$/u),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
  nbf: z.number().exactOptional(),
});
type Claims = z.infer<typeof claimsSchema>;

const longestToken = 8_192;
const toleranceSeconds = 30;
const fewestBits = 2048;

/** Base64url in the one way in which it is written; other spellings of the same bytes are refused. */
const bytesOf = (part: string): Buffer | null => {
  const bytes = Buffer.from(part, "base64url");
  return part !== "" && bytes.toString("base64url") === part ? bytes : null;
};

const jsonOf = (part: string): unknown => {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(part) ?? Buffer.alloc(0)));
  } catch {
    // Not JSON, so no token of anybody's; the schema says so.
    return undefined;
  }
};

/** The algorithm that goes with a key: the key decides, never the token. */
const algorithmOf = ({ kty, crv }: PublicKey): "EdDSA" | "ES256" | "RS256" | null => {
  if (kty === "OKP" && crv === "Ed25519") return "EdDSA";
  if (kty === "EC" && crv === "P-256") return "ES256";
  return kty === "RSA" ? "RS256" : null;
};

const keyObjectOf = (key: PublicKey): KeyObject | null => {
  try {
    const object = createPublicKey({ key: { ...key }, format: "jwk" });
    const bits = object.asymmetricKeyDetails?.modulusLength ?? fewestBits;
    return bits >= fewestBits ? object : null;
  } catch {
    // The set holds a key that is none; another of its keys may be meant.
    return null;
  }
};

const isSignedBy = (key: PublicKey, alg: string, signed: string, signature: Buffer): boolean => {
  const algorithm = algorithmOf(key);
  if (algorithm !== alg || (key.alg !== undefined && key.alg !== alg)) return false;
  if (key.use !== undefined && key.use !== "sig") return false;
  const object = keyObjectOf(key);
  if (object === null) return false;
  const data = Buffer.from(signed, "utf8");
  if (algorithm === "EdDSA") return verify(null, data, object, signature);
  return verify("sha256", data, { key: object, dsaEncoding: "ieee-p1363" }, signature);
};

const areValid = ({ iss, aud, exp, nbf }: Claims, settings: TokenSettings, now: number): boolean => {
  const seconds = now / 1000;
  return (
    iss === settings.issuer &&
    (typeof aud === "string" ? aud === settings.audience : aud.includes(settings.audience)) &&
    seconds < exp + toleranceSeconds &&
    (nbf === undefined || seconds >= nbf - toleranceSeconds)
  );
};

const wordsIn = (claim: unknown): readonly string[] => {
  if (typeof claim === "string") return claim.split(" ").filter((word) => word !== "");
  return z.array(z.string()).safeParse(claim).data ?? [];
};

const callerOf = (claims: Claims, settings: TokenSettings): Caller => {
  const said = new Set(wordsIn(claims[settings.scope_claim]));
  const has: readonly Scope[] = scopes.filter((scope) => said.has(scope));
  const { connections_claim: claim } = settings;
  const id = `jwt:${claims.sub}`;
  return {
    id,
    client: id,
    scopes: new Set(has),
    connections: claim === undefined ? null : new Set(wordsIn(claims[claim])),
  };
};

/** What a token turns out to be. `unknown_key`: the set has no key that it names; a newer set may have it. */
export type TokenVerdict = Caller | "unknown_key" | null;

/** The claims that a text names before anything of it is believed: whether it is worth asking for a key set. */
export const isTokenOf = (text: string, settings: TokenSettings): boolean => {
  const [, payload = "", , more] = text.length > longestToken ? [] : text.split(".");
  const claims = claimsSchema.safeParse(jsonOf(payload));
  return more === undefined && claims.success && claims.data.iss === settings.issuer;
};

/** Checks a token: its key, its signature, then its claims. Null where it is not to be believed. `now`: ms since the epoch. */
export const checkToken = (
  text: string,
  keys: readonly PublicKey[],
  settings: TokenSettings,
  now: number,
): TokenVerdict => {
  const [head = "", payload = "", tail = "", more] = text.length > longestToken ? [] : text.split(".");
  const header = headerSchema.safeParse(jsonOf(head));
  const signature = bytesOf(tail);
  if (more !== undefined || !header.success || signature === null) return null;
  const { kid, alg } = header.data;
  const meant = kid === undefined ? keys : keys.filter((key) => key.kid === kid);
  if (meant.length === 0) return "unknown_key";
  if (!meant.some((key) => isSignedBy(key, alg, `${head}.${payload}`, signature))) return null;
  const claims = claimsSchema.safeParse(jsonOf(payload));
  return claims.success && areValid(claims.data, settings, now) ? callerOf(claims.data, settings) : null;
};
