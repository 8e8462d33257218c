import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { schemes, type Scheme } from "../../lib/hook/scheme.ts";
import { verify, type Unverified } from "../../lib/hook/verify.ts";
import { secretOf, signed } from "./signing.ts";

const now = Date.parse("2026-11-02T08:00:00.000Z");
const seconds = Math.floor(now / 1000);

/** The headers that a scheme's proof covers; what is sent beside them is anybody's word. */
const covered: Readonly<Record<Scheme, { readonly headers: readonly string[]; readonly body: boolean }>> = {
  standard: { headers: ["webhook-id", "webhook-timestamp", "webhook-signature"], body: true },
  github: { headers: ["x-hub-signature-256"], body: true },
  gitlab: { headers: ["webhook-id", "webhook-timestamp", "webhook-signature"], body: true },
  stripe: { headers: ["stripe-signature"], body: true },
  grafana: {
    headers: ["x-grafana-alerting-signature", "x-grafana-alerting-signature-timestamp"],
    body: true,
  },
  alertmanager: { headers: ["authorization"], body: false },
  bearer: { headers: ["authorization"], body: false },
  basic: { headers: ["authorization"], body: false },
};

/** A number in [0, 1) from a seed: a small generator that gives the same row everywhere. */
const chances = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};
type Chance = () => number;
const below = (chance: Chance, limit: number): number => Math.floor(chance() * limit);

const flipped = (bytes: Uint8Array, chance: Chance): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  const at = below(chance, copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << below(chance, 8));
  return copy;
};

const cut = (bytes: Uint8Array, chance: Chance): Uint8Array => bytes.slice(0, below(chance, bytes.length));
const longer = (bytes: Uint8Array, chance: Chance): Uint8Array =>
  Uint8Array.from([...bytes, below(chance, 256)]);

const bytesChanged = (bytes: Uint8Array, chance: Chance): Uint8Array => {
  const kind = bytes.length === 0 ? 9 : below(chance, 10);
  if (kind < 8) return flipped(bytes, chance);
  return kind === 8 ? cut(bytes, chance) : longer(bytes, chance);
};

/** Header values are compared as the text that they are; a flipped bit is one of the bytes that were sent. */
const textChanged = (text: string, chance: Chance): string =>
  Buffer.from(bytesChanged(Buffer.from(text, "latin1"), chance)).toString("latin1");

/** The request with one bit, or one field, of what is proved changed. */
const mutated = (scheme: Scheme, request: Unverified, chance: Chance): Unverified => {
  const { headers: names, body: hasBody } = covered[scheme];
  const which = below(chance, names.length + (hasBody ? 1 : 0));
  const name = names[which];
  if (name === undefined) return { ...request, body: bytesChanged(request.body, chance) };
  const headers = new Map(request.headers);
  if (chance() < 0.02) headers.delete(name);
  else headers.set(name, textChanged(headers.get(name) ?? "", chance));
  return { ...request, headers };
};

const isUnchanged = (one: Unverified, other: Unverified): boolean =>
  Buffer.compare(one.body, other.body) === 0 &&
  [...one.headers].every(([name, value]) => other.headers.get(name) === value);

/** Genuine requests of a scheme, of all sorts of bodies, signed at all allowed times. */
const genuine = async (scheme: Scheme, count: number, seed: number): Promise<Unverified[]> => {
  const bodies = fc.sample(
    fc.oneof(fc.json({ maxDepth: 3 }), fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 })),
    {
      numRuns: count,
      seed,
    },
  );
  const requests = bodies.map(async (text, index) => {
    const body = Buffer.from(text.toWellFormed(), "utf8");
    const at = seconds + (((index * 37) % 601) - 300);
    const proof = await signed(scheme, body, { seconds: at, id: `msg_${seed}_${index}` });
    return { headers: new Map(Object.entries(proof)), body };
  });
  return Promise.all(requests);
};

/** What came of many requests. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** The first few that went wrong. */
  readonly examples: readonly string[];
}

const tally = (examples: readonly string[], count: number, failed: number): Outcome => ({
  passed: count - failed,
  failed,
  examples: examples.slice(0, 5),
});

const shown = (scheme: Scheme, { headers, body }: Unverified): string =>
  JSON.stringify({
    scheme,
    headers: Object.fromEntries(headers),
    body: Buffer.from(body).toString("base64"),
  });

/** Requests of which one bit or one field was changed after they were signed: each one must be refused. */
export const runMutations = async (count: number, seed = 1): Promise<Outcome> => {
  const chance = chances(seed);
  const each = Math.ceil(count / schemes.length);
  const examples: string[] = [];
  let done = 0;
  let failed = 0;
  for (const scheme of schemes) {
    const requests = await genuine(scheme, 200, seed);
    for (let index = 0; index < each && done < count; index += 1) {
      const request = requests[index % requests.length];
      if (request === undefined) continue;
      let changed = mutated(scheme, request, chance);
      while (isUnchanged(request, changed)) changed = mutated(scheme, request, chance);
      done += 1;
      if (!verify(scheme, ["whsec_b3RoZXI=", secretOf[scheme]], changed, now).ok) continue;
      failed += 1;
      examples.push(shown(scheme, changed));
    }
  }
  return tally(examples, done, failed);
};

/** Genuine requests, signed up to 300 s before or after now: each one must be taken. */
export const runGenuine = async (count: number, seed = 1): Promise<Outcome> => {
  const each = Math.ceil(count / schemes.length);
  const examples: string[] = [];
  let done = 0;
  let failed = 0;
  for (const scheme of schemes) {
    const requests = await genuine(scheme, Math.min(each, 2000), seed);
    for (let index = 0; index < each && done < count; index += 1) {
      const request = requests[index % requests.length];
      if (request === undefined) continue;
      done += 1;
      if (verify(scheme, ["whsec_b3RoZXI=", secretOf[scheme]], request, now).ok) continue;
      failed += 1;
      examples.push(shown(scheme, request));
    }
  }
  return tally(examples, done, failed);
};

const numberAfter = (flag: string, otherwise: number): number => {
  const at = process.argv.indexOf(flag);
  const value = at === -1 ? otherwise : Number(process.argv[at + 1]);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${flag} takes a whole number.`);
  return value;
};

/** `node test/hook/mutations.ts [--count 1000000] [--genuine 100000] [--seed 1]` */
const main = async (): Promise<void> => {
  const seed = numberAfter("--seed", 1);
  const mutations = await runMutations(numberAfter("--count", 1_000_000), seed);
  const taken = await runGenuine(numberAfter("--genuine", 100_000), seed);
  for (const example of [...mutations.examples, ...taken.examples]) console.log(example);
  console.log(`changed requests refused: ${mutations.passed}; accepted: ${mutations.failed}`);
  console.log(`genuine requests accepted: ${taken.passed}; refused: ${taken.failed}`);
  console.log(`${mutations.passed + taken.passed} passed, ${mutations.failed + taken.failed} failed`);
  if (mutations.failed + taken.failed > 0) process.exitCode = 1;
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
