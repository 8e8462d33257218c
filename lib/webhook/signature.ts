import { hkdfSync } from "node:crypto";
import { Webhook } from "standardwebhooks";
import type { Endpoint } from "./endpoint.ts";

const secretBytes = 32;
const shortestMaster = 32;

/** A secret that is derived from the signing key (HKDF-SHA256, RFC 5869), and stored nowhere. @throws SigningKeyTooShort */
const derived = (master: string, info: string): string => {
  if (Buffer.byteLength(master, "utf8") < shortestMaster) throw new SigningKeyTooShort();
  return `whsec_${Buffer.from(hkdfSync("sha256", master, "", info, secretBytes)).toString("base64")}`;
};

/** The installation's signing key is too short: whoever gets one endpoint's secret could find it by trying. */
export class SigningKeyTooShort extends Error {
  constructor() {
    super(`the signing key must have at least ${shortestMaster} bytes`);
    this.name = "SigningKeyTooShort";
  }
}

/**
 * The secret of an endpoint in one of its generations, as its receiver is told it: `whsec_` and 32 bytes in base64.
 * Derived (HKDF-SHA256, RFC 5869) from the installation's signing key, so that it is stored nowhere.
 *
 * @throws SigningKeyTooShort
 */
export const endpointSecret = (master: string, endpointId: string, generation: number): string =>
  derived(master, `endpoint/${endpointId}/${generation}`);

/**
 * The secret that signs what a schedule itself sends (callbacks, busy checks), in the same form.
 *
 * @param schedule its name and when it was made, so that one that is made anew has another
 * @throws SigningKeyTooShort
 */
export const scheduleSecret = (master: string, schedule: string): string =>
  derived(master, `schedule/${schedule}`);

/** The secrets that sign at an instant (ms since the epoch): the one in use first, then older ones that still hold. */
export const secretsInUse = (
  master: string,
  { id, generation, previous }: Pick<Endpoint, "id" | "generation" | "previous">,
  now: number,
): readonly string[] => {
  const older = previous.filter(({ until }) => Date.parse(until) > now).map((one) => one.generation);
  return [generation, ...older].map((number) => endpointSecret(master, id, number));
};

/** What is signed, and with what. */
export interface Signing {
  /** The event's id: without a dot, as dots part what is signed. */
  readonly id: string;
  /** The instant of this attempt, in milliseconds since the epoch. */
  readonly at: number;
  readonly body: string;
  /** At least one. */
  readonly secrets: readonly string[];
}

/** The headers of Standard Webhooks 1.0 (standardwebhooks.com, "Webhook metadata"). */
export interface SignedHeaders extends Readonly<Record<string, string>> {
  readonly "webhook-id": string;
  readonly "webhook-timestamp": string;
  readonly "webhook-signature": string;
}

/** The headers of one attempt, signed with each of the secrets. @throws RangeError without a secret, or on a dotted id */
export const signedHeaders = ({ id, at, body, secrets }: Signing): SignedHeaders => {
  if (secrets.length === 0) throw new RangeError("nothing to sign with");
  if (!/^[!-~]+$/.test(id) || id.includes("."))
    throw new RangeError("an event's id has visible letters and no dot");
  const seconds = Math.floor(at / 1000);
  const attempt = new Date(seconds * 1000);
  return {
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, attempt, body)).join(" "),
  };
};
