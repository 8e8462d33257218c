import { createHmac } from "node:crypto";
import { crc32 } from "node:zlib";
import type { SeededRandomness } from "../memory/seeded-randomness.ts";

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.~!+/= ";
const checkLetters = letters.slice(0, 62);

const below = (limit: number, randomness: SeededRandomness): number =>
  Math.floor(randomness.fraction() * limit);
const pick = <T>(things: readonly T[], randomness: SeededRandomness): T => {
  const thing = things[below(things.length, randomness)];
  if (thing === undefined) throw new Error("There is nothing to pick.");
  return thing;
};

/** Our own reckoning of the checksum, so that a mutant gets past it. */
const withChecksum = (body: string): string => {
  let left = crc32(body);
  let check = "";
  for (let place = 0; place < 6; place += 1) {
    check = `${checkLetters.charAt(left % 62)}${check}`;
    left = Math.floor(left / 62);
  }
  return `${body}_${check}`;
};

/** One small change anywhere. */
const touched = (text: string, randomness: SeededRandomness): string => {
  const at = below(text.length, randomness);
  const letter = letters.charAt(below(letters.length, randomness));
  const bit = String.fromCodePoint(text.charCodeAt(at) ^ (1 << below(7, randomness)));
  return pick(
    [
      text.slice(0, at) + letter + text.slice(at + 1),
      text.slice(0, at) + bit + text.slice(at + 1),
      text.slice(0, at) + text.slice(at + 1),
      text.slice(0, at) + letter + text.slice(at),
      text.slice(0, at) + text.slice(at + 1, at + 2) + text.charAt(at) + text.slice(at + 2),
      text.slice(0, at),
      text + letter,
    ],
    randomness,
  );
};

/** A text that is near to this one, and not the same. */
export const mutatedText = (text: string, randomness: SeededRandomness): string => {
  const mutant = touched(text, randomness);
  return mutant === text || mutant.trim() === text ? `${text}x` : mutant;
};

/** A key that is near to one of `keys` and none of them. */
export const mutatedKey = (keys: readonly string[], randomness: SeededRandomness): string => {
  const one = pick(keys, randomness);
  const other = pick(keys, randomness);
  const small = touched(one, randomness);
  const mutant = pick(
    [
      small,
      touched(small, randomness),
      // The checksum is right in these: only what is kept tells.
      withChecksum(touched(one.slice(0, 65), randomness)),
      withChecksum(one.slice(0, 22) + other.slice(22, 65)),
      withChecksum(`${one.slice(0, 60)}${other.slice(60, 65)}`),
      withChecksum(one.slice(0, 22) + touched(one.slice(22, 65), randomness)),
    ],
    randomness,
  );
  return keys.includes(mutant) ? `${mutant}x` : mutant;
};

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const decoded = (part: string): Record<string, unknown> => {
  const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  return typeof value === "object" ? { ...value } : {};
};

/** The last bits of a base64url text are unused: another letter can stand for the same bytes. */
const respelled = (part: string, randomness: SeededRandomness): string => {
  const bytes = Buffer.from(part, "base64url");
  const same = letters
    .slice(0, 64)
    .split("")
    .filter((letter) => Buffer.from(part.slice(0, -1) + letter, "base64url").equals(bytes));
  const spelled = part.slice(0, -1) + pick(same, randomness);
  return spelled === part ? `${part}=` : spelled;
};

/** A token that is near to one of `tokens`, signed by nobody who may; `publicKey` is what an attacker has of the key. */
export const mutatedToken = (
  tokens: readonly string[],
  publicKey: string,
  randomness: SeededRandomness,
): string => {
  const one = pick(tokens, randomness);
  const [head = "", payload = "", tail = ""] = one.split(".");
  const [otherHead = "", otherPayload = ""] = pick(tokens, randomness).split(".");
  const claims = decoded(payload);
  const changed = pick(
    [
      { ...claims, scope: "admin" },
      { ...claims, connections: undefined },
      { ...claims, exp: Number(claims["exp"]) + 1 + below(10_000, randomness) },
      { ...claims, sub: `repo:evil/${below(1_000, randomness)}` },
    ],
    randomness,
  );
  const alg = pick(["none", "None", "HS256", "RS256", "ES256", "EdDSA", "PS256", ""], randomness);
  const header = encoded({ ...decoded(head), alg });
  const hmac = createHmac("sha256", publicKey).update(`${header}.${payload}`).digest("base64url");
  const mutant = pick(
    [
      touched(one, randomness),
      `${touched(head, randomness)}.${payload}.${tail}`,
      `${head}.${touched(payload, randomness)}.${tail}`,
      `${head}.${payload}.${touched(tail, randomness)}`,
      `${head}.${payload}.${respelled(tail, randomness)}`,
      `${head}.${respelled(payload, randomness)}.${tail}`,
      `${head}.${encoded(changed)}.${tail}`,
      `${header}.${payload}.${tail}`,
      `${header}.${payload}.${hmac}`,
      `${header}.${encoded(changed)}.`,
      `${encoded({ ...decoded(head), jwk: { kty: "oct", k: "AA" } })}.${payload}.${tail}`,
      `${otherHead}.${payload}.${tail}`,
      `${head}.${otherPayload}.${tail}`,
      `${head}.${payload}.${tail}.${tail}`,
      `${head}.${payload}`,
    ],
    randomness,
  );
  return tokens.includes(mutant) ? `${mutant}x` : mutant;
};
