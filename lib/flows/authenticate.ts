import { bootstrapCaller, type Caller } from "../access/caller.ts";
import { checkToken, isTokenOf, type TokenVerdict } from "../access/json-web-token.ts";
import { isKeyOf, keyHashOf, keyIdIn } from "../access/key-text.ts";
import { callerWith, isLive, usualRequestsPerMinute, type Key } from "../access/key.ts";
import { isWithin } from "../access/network.ts";
import type { Ports } from "../ports/ports.ts";
import { knownKey } from "./known-keys.ts";
import { tokenKeys, type TokenIssuer } from "./token-keys.ts";

/** Who asks, and what of the key matters beside that. */
export interface Identity {
  readonly caller: Caller;
  /** Null: as many as it likes. */
  readonly requestsPerMinute: number | null;
  /** Id of the key's document; null where there is none. */
  readonly keyId: string | null;
}

export type IdentityPorts = Pick<Ports, "documents" | "secrets" | "clock" | "log"> & {
  readonly apiKeyReference: string;
  readonly tokens?: TokenIssuer | null;
};

/** Stands in for the hash of a key that there is not, so that the same work is done. */
const nobodysHash = keyHashOf("");

/** A key put into a file or a console field easily gets a line break at its end. */
const isSame = (given: string, kept: string): boolean => {
  const key = kept.trim();
  return key !== "" && isKeyOf(given, keyHashOf(key));
};

const identityOf = (key: Key): Identity => ({
  caller: callerWith(key),
  requestsPerMinute: key.requests_per_minute,
  keyId: key.id,
});

/** Whose key of the form `swy_live_…` it is; null: nobody's, or one that is not good here and now. */
const byKey = async (
  text: string,
  sourceIp: string | null,
  ports: IdentityPorts,
): Promise<Identity | null> => {
  const id = keyIdIn(text);
  if (id === null) return null;
  const key = await knownKey(id, ports);
  // The hash first: whoever does not have the key learns nothing of it.
  if (!isKeyOf(text, key?.hash ?? nobodysHash) || key === null) return null;
  if (!isLive(key, ports.clock.now())) return null;
  return key.networks === null || isWithin(key.networks, sourceIp) ? identityOf(key) : null;
};

/** Whose token it is, where tokens of an issuer are taken. */
const byToken = async (text: string, ports: IdentityPorts): Promise<Identity | null> => {
  const issuer = ports.tokens ?? null;
  if (issuer === null || !isTokenOf(text, issuer.settings)) return null;
  const checked = async (anew: boolean): Promise<TokenVerdict> =>
    checkToken(text, await tokenKeys(issuer, anew, ports), issuer.settings, ports.clock.now());
  const first = await checked(false);
  const verdict = first === "unknown_key" ? await checked(true) : first;
  if (verdict === null || verdict === "unknown_key") return null;
  return { caller: verdict, requestsPerMinute: usualRequestsPerMinute, keyId: null };
};

const bootstrap: Identity = { caller: bootstrapCaller, requestsPerMinute: null, keyId: null };

/**
 * Who shows this text: the installation's own key, a key that was made, or a token of the configured issuer. Null:
 * nobody, and never why. Digests are compared, so that neither a key's length nor how much of it was right shows in the
 * time.
 */
export const identify = async (
  text: string,
  sourceIp: string | null,
  ports: IdentityPorts,
): Promise<Identity | null> => {
  const { secrets, apiKeyReference } = ports;
  if (isSame(text, await secrets.read(apiKeyReference))) return bootstrap;
  const identity = (await byKey(text, sourceIp, ports)) ?? (await byToken(text, ports));
  if (identity !== null) return identity;
  // The cached key of the installation may be the one before a rotation.
  return isSame(text, await secrets.readAnew(apiKeyReference)) ? bootstrap : null;
};
