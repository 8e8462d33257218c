import { createHash } from "node:crypto";

/**
 * Stands in each half of every secret made here, and nowhere else. One search for the few forms that this word takes
 * finds all of them, so that looking through all that a run has said costs next to nothing.
 */
const mark = "qZ7jX0vK";

/** Places in which a secret can stand. */
const slots = [
  "api key",
  "provider secret",
  "account password",
  "hook secret",
  "signing key",
  "token",
] as const;
export type Slot = (typeof slots)[number];

/** A secret that must never be seen again. */
export interface Canary {
  readonly slot: string;
  readonly secret: string;
  /** The part of it that tells it from all others: what stands before it is the same in many. */
  readonly core: string;
}

/** A secret that was seen, and how it was written. */
export interface Leak {
  readonly slot: string;
  readonly form: string;
  /** What stands around it. */
  readonly around: string;
}

/** A JSON Web Token in form; its signature is none. */
const tokenOf = (core: string): string => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256", typ: "JWT" })}.${part({ sub: "somebody" })}.${core}`;
};

const coreOf = (slot: Slot, seed: number): string => {
  const hash = createHash("sha256").update(`${slot} ${seed}`).digest("hex");
  const core = `${hash.slice(0, 8)}${mark}${hash.slice(8, 16)}${mark}`;
  switch (slot) {
    // With what has to be escaped in JSON and in a URL.
    case "account password":
      return `${core.slice(0, 16)}"/&ä ${core.slice(16)}`;
    // At least 32 bytes.
    case "signing key":
      return `${core}${core}`;
    case "api key":
    case "provider secret":
    case "hook secret":
    case "token":
      return core;
  }
};

const secretOf = (slot: Slot, core: string): string => {
  switch (slot) {
    case "api key":
      return `swy_${core}`;
    case "hook secret":
      return `whsec_${core}`;
    case "token":
      return tokenOf(core);
    case "provider secret":
    case "account password":
    case "signing key":
      return core;
  }
};

/** One secret for each slot; other ones for each seed. */
export const canariesOf = (seed: number): readonly Canary[] =>
  slots.map((slot) => {
    const core = coreOf(slot, seed);
    return { slot, secret: secretOf(slot, core), core };
  });

/** The secret of a slot. @throws when there is none */
export const canaryOf = (canaries: readonly Canary[], slot: Slot): string => {
  const found = canaries.find((canary) => canary.slot === slot);
  if (found === undefined) throw new Error(`There is no canary for the slot ${slot}.`);
  return found.secret;
};

/** A secret that the program has made and shown once. */
export const shownSecret = (slot: string, secret: string): Canary => ({
  slot,
  secret,
  core: secret.replace(/^[a-z]+_/, ""),
});

const reversed = (text: string): string => Array.from(text).toReversed().join("");

/** The part of a text's base64 that is the same whatever stands before and behind it, for each of three places. */
const inBase64 = (text: string): readonly string[] =>
  [0, 1, 2].map((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text, "utf8")]);
    // The first and the last character may hold bits of the neighbours.
    return bytes.toString("base64").slice(Math.ceil((shift * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });

const urlSafe = (text: string): string => text.replaceAll("+", "-").replaceAll("/", "_");
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
/** As encoders write it that escape all they may. */
const inAsciiJson = (text: string): string =>
  inJson(text)
    .replaceAll(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replaceAll("/", String.raw`\/`);

/** The forms in which a text can show, each with its name. */
const formsOf = (text: string): readonly (readonly [form: string, shown: string])[] => {
  const hex = Buffer.from(text, "utf8").toString("hex");
  const base64 = inBase64(text);
  const forms: readonly (readonly [string, string])[] = [
    ["raw", text],
    ["JSON", inJson(text)],
    ["JSON twice", inJson(inJson(text))],
    ["JSON in ASCII", inAsciiJson(text)],
    ["URL", encodeURIComponent(text)],
    ["form", new URLSearchParams([["", text]]).toString().slice(1)],
    ["hex", hex],
    ["HEX", hex.toUpperCase()],
    ["backwards", reversed(text)],
    ...base64.map((part) => ["base64", part] as const),
    ...base64.map((part) => ["base64url", urlSafe(part)] as const),
  ];
  const named = new Map(forms.toReversed().map(([form, shown]) => [shown, form]));
  return [...named].map(([shown, form]) => [form, shown] as const).toReversed();
};

/** Shorter than this, a part could come about by chance. */
const leastLength = 12;

const marks = formsOf(mark).map(([, shown]) => shown);
const halvesOf = (core: string): readonly string[] => {
  const middle = Math.ceil(core.length / 2);
  return [core.slice(0, middle), core.slice(middle)].filter(({ length }) => length >= leastLength);
};

interface Needle {
  readonly slot: string;
  readonly form: string;
  readonly text: string;
}

const needlesOf = ({ slot, core }: Canary): readonly Needle[] => [
  ...formsOf(core).map(([form, text]) => ({ slot, form, text })),
  ...halvesOf(core).flatMap((half) =>
    formsOf(half).map(([form, text]) => ({ slot, form: `half, ${form}`, text })),
  ),
];

/** Looks for secrets in whatever was said: raw, and in the forms that encoders give them; whole, and by halves. */
export class CanaryWatch {
  /** Of the secrets that bear the mark: looked for only where a form of the mark stands. */
  readonly #marked: Needle[] = [];
  readonly #others: Needle[] = [];
  readonly #known = new Set<string>();
  /** How many have no mark: each of them costs as much as all the others together. */
  unmarked = 0;

  constructor(canaries: readonly Canary[] = []) {
    for (const canary of canaries) this.add(canary);
  }

  /** From now on this must not be seen either. */
  add(canary: Canary): void {
    const { core } = canary;
    if (this.#known.has(core) || core.length < leastLength) return;
    this.#known.add(core);
    const isMarked = halvesOf(core).length === 2 && halvesOf(core).every((half) => half.includes(mark));
    if (!isMarked) this.unmarked += 1;
    (isMarked ? this.#marked : this.#others).push(...needlesOf(canary));
  }

  /** The first secret in a text; null when there is none. */
  find(text: string): Leak | null {
    const seen = marks.find((form) => text.includes(form));
    for (const { slot, form, text: needle } of seen === undefined
      ? this.#others
      : [...this.#marked, ...this.#others]) {
      const at = text.indexOf(needle);
      if (at !== -1)
        return { slot, form, around: text.slice(Math.max(0, at - 120), at + needle.length + 40) };
    }
    if (seen === undefined) return null;
    // Less than half of a secret, or one of another seed.
    const at = text.indexOf(seen);
    return { slot: "some secret", form: "a part", around: text.slice(Math.max(0, at - 120), at + 60) };
  }
}
