import { createHmac, timingSafeEqual } from "node:crypto";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Webhook } from "standardwebhooks";
import { endpointSecret, signedHeaders } from "../../lib/webhook/signature.ts";
import { Chance } from "../simulation/chance.ts";

/** A request as a receiver has it: raw bytes and three headers, and the key that it trusts. */
export interface Received {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly body: Buffer;
  readonly key: Buffer;
}

const toleranceSeconds = 300;

/** The verification of Standard Webhooks by hand, with nothing of the library: HMAC over `id.timestamp.bytes`. */
export const verifiedByHand = (
  { id, timestamp, signature, body, key }: Received,
  nowSeconds: number,
): boolean => {
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(nowSeconds - Number(timestamp)) > toleranceSeconds)
    return false;
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
  // As text: base64 has several spellings of the same bytes, and decoders pass over what is none.
  const wanted = Buffer.from(`v1,${expected}`);
  return signature.split(" ").some((one) => {
    const given = Buffer.from(one);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
};

/** What the public library says. It looks at the real clock. */
export const verifiedByLibrary = ({ id, timestamp, signature, body, key }: Received): boolean => {
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
  try {
    new Webhook(key, { format: "raw" }).verify(body, headers, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
};

const master = "a signing key for tests, long enough to be one";
const letters = Array.from("abcdefghijklmnopqrstuvwxyz0123456789_ üß€");
const word = (chance: Chance, length: number): string =>
  Array.from({ length }, () => chance.pick(letters)).join("");

const requestOf = (chance: Chance, now: number): Received => {
  const id = `evt_op_${chance.between(1e6, 1e9)}_${chance.between(1, 20)}`;
  const at = now - chance.between(0, 120) * 1000;
  const body = JSON.stringify({ id, sequence: chance.between(1, 99), data: word(chance, 40) });
  const secret = endpointSecret(master, `ep_${chance.between(0, 1000)}`, chance.between(1, 5));
  const signed = signedHeaders({ id, at, body, secrets: [secret] });
  return {
    id,
    timestamp: signed["webhook-timestamp"],
    signature: signed["webhook-signature"],
    body: Buffer.from(body),
    key: Buffer.from(secret.slice("whsec_".length), "base64"),
  };
};

const flippedText = (chance: Chance, text: string): string => {
  const at = chance.between(0, text.length);
  const flipped = text.charCodeAt(at) ^ (1 << chance.between(0, 8));
  return `${text.slice(0, at)}${String.fromCharCode(flipped)}${text.slice(at + 1)}`;
};

const flippedBytes = (chance: Chance, bytes: Buffer): Buffer => {
  const copy = Buffer.from(bytes);
  const at = chance.between(0, copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << chance.between(0, 8));
  return copy;
};

type Mutation = (real: Received, other: Received, chance: Chance) => Received;

const signatureAs = (change: (text: string) => string): Mutation => {
  return (real) => ({ ...real, signature: `v1,${change(real.signature.slice(3))}` });
};

/** Each makes one bit or one field of a request another. */
export const mutations: Readonly<Record<string, Mutation>> = {
  "a bit of the body": (real, _other, chance) => ({ ...real, body: flippedBytes(chance, real.body) }),
  "a bit of the id": (real, _other, chance) => ({ ...real, id: flippedText(chance, real.id) }),
  "a bit of the timestamp": (real, _other, chance) => ({
    ...real,
    timestamp: flippedText(chance, real.timestamp),
  }),
  "a bit of the signature": (real, _other, chance) => ({
    ...real,
    signature: flippedText(chance, real.signature),
  }),
  "a bit of the key": (real, _other, chance) => ({ ...real, key: flippedBytes(chance, real.key) }),
  "the body of another": (real, { body }) => ({ ...real, body }),
  "the id of another": (real, { id }) => ({ ...real, id }),
  "the signature of another": (real, { signature }) => ({ ...real, signature }),
  "the key of another": (real, { key }) => ({ ...real, key }),
  "a body cut short": (real, _other, chance) => ({
    ...real,
    body: real.body.subarray(0, chance.between(0, real.body.length)),
  }),
  "a body with a space behind": (real) => ({ ...real, body: Buffer.concat([real.body, Buffer.from(" ")]) }),
  "a body with a mark before": (real) => ({
    ...real,
    body: Buffer.concat([Buffer.from("\uFEFF"), real.body]),
  }),
  "a field of the body": (real) => ({
    ...real,
    body: Buffer.from(real.body.toString().replace('"sequence":', '"sequence":1')),
  }),
  "the body as other JSON of the same meaning": (real) => ({
    ...real,
    body: Buffer.from(JSON.stringify(JSON.parse(real.body.toString()), null, 1)),
  }),
  "a second later": (real) => ({ ...real, timestamp: String(Number(real.timestamp) + 1) }),
  "a second earlier": (real) => ({ ...real, timestamp: String(Number(real.timestamp) - 1) }),
  "the border between id and time moved": ({ id, timestamp, ...real }) => ({
    ...real,
    id: `${id}.${timestamp}`,
    timestamp,
  }),
  "no signature": (real) => ({ ...real, signature: "" }),
  "an empty signature": signatureAs(() => ""),
  "a signature cut short": (real, _other, chance) => ({
    ...real,
    signature: real.signature.slice(0, chance.between(0, real.signature.length)),
  }),
  "a signature in hex": signatureAs((text) => Buffer.from(text, "base64").toString("hex")),
  "a signature in small letters": signatureAs((text) => text.toLowerCase().replace(/[0-9+/]/, "a")),
  "another version": (real) => ({ ...real, signature: real.signature.replace("v1,", "v2,") }),
  "the asymmetric version": (real) => ({ ...real, signature: real.signature.replace("v1,", "v1a,") }),
  "no version": (real) => ({ ...real, signature: real.signature.slice(3) }),
  "no id": (real) => ({ ...real, id: "" }),
  "no timestamp": (real) => ({ ...real, timestamp: "" }),
  "a timestamp in milliseconds": (real) => ({ ...real, timestamp: `${real.timestamp}000` }),
  "a timestamp that is no number": (real) => ({ ...real, timestamp: "now" }),
};

const names = Object.keys(mutations);

export interface Verdicts {
  /** Mutations and real requests that were judged rightly by both. */
  passed: number;
  /** What was judged wrongly, in words. */
  readonly wrong: string[];
  /** How often each mutation was made. */
  readonly made: Record<string, number>;
}

const isSame = (a: Received, b: Received): boolean =>
  a.id === b.id &&
  a.timestamp === b.timestamp &&
  a.signature === b.signature &&
  a.body.equals(b.body) &&
  a.key.equals(b.key);

const mutationsPerRequest = 10;

/** Makes so many mutations of real requests and has each judged by the library and by hand. */
export const mutate = (count: number, seed: number): Verdicts => {
  const chance = new Chance(seed).split("mutations");
  const verdicts: Verdicts = { passed: 0, wrong: [], made: {} };
  let mutated = 0;
  const expect = (received: Received, now: number, wanted: boolean, name: string): void => {
    const said = [verifiedByLibrary(received), verifiedByHand(received, Math.floor(now / 1000))];
    if (said.every((one) => one === wanted)) verdicts.passed += 1;
    else verdicts.wrong.push(`${name}: ${said.join(" ")} ${JSON.stringify(received)}`);
  };
  while (mutated < count) {
    const now = Date.now();
    const real = requestOf(chance, now);
    const other = requestOf(chance, now);
    expect(real, now, true, "unchanged");
    for (let index = 0; index < mutationsPerRequest && mutated < count; index += 1) {
      // Half of them flip one bit, the others change a field.
      const name = chance.happens(0.5) ? chance.pick(names.slice(0, 5)) : chance.pick(names.slice(5));
      const changed = mutations[name]?.(real, other, chance) ?? real;
      if (isSame(changed, real)) continue;
      mutated += 1;
      verdicts.made[name] = (verdicts.made[name] ?? 0) + 1;
      expect(changed, now, false, name);
    }
  }
  return verdicts;
};

const main = (): void => {
  const { values } = parseArgs({
    options: { count: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } },
  });
  const count = Number(values.count);
  const began = performance.now();
  const { passed, wrong, made } = mutate(count, Number(values.seed));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  for (const text of wrong.slice(0, 5)) process.stdout.write(`wrong: ${text}\n`);
  process.stdout.write(
    `${count} mutations of ${Object.keys(made).length} sorts, ${passed + wrong.length - count} requests as they were signed, ${seconds} s\n` +
      `${passed} passed, ${wrong.length} failed\n`,
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
