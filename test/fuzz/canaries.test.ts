import { describe, expect, it } from "vitest";
import { canariesOf, CanaryWatch, shownSecret } from "./canaries.ts";

const canaries = canariesOf(7);
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** How a secret gets out, each way with an example of who does that. */
const ways: readonly (readonly [string, (secret: string) => string])[] = [
  ["as it is", (secret) => `Authorization: Bearer ${secret}`],
  ["in a JSON text", (secret) => JSON.stringify({ error: `no such key: ${secret}` })],
  ["in JSON within JSON", (secret) => JSON.stringify({ body: JSON.stringify({ secret }) })],
  [
    "in JSON of an encoder that escapes slashes and letters",
    (secret) =>
      JSON.stringify(secret)
        .replaceAll("/", String.raw`\/`)
        .replaceAll("ä", String.raw`\u00e4`),
  ],
  ["in a query", (secret) => `GET /servers?token=${encodeURIComponent(secret)}`],
  ["in a form", (secret) => new URLSearchParams([["password", secret]]).toString()],
  ["in the header of basic authorization", (secret) => `Basic ${base64(`user:${secret}`)}`],
  ["in base64 at another place", (secret) => base64(`a:${secret} and more`)],
  ["in base64 at the third place", (secret) => base64(`me:${secret}`)],
  ["in base64url", (secret) => Buffer.from(`{"key":"${secret}"}`).toString("base64url")],
  ["in hex", (secret) => Buffer.from(secret).toString("hex")],
  ["in capital hex", (secret) => Buffer.from(`x${secret}`).toString("hex").toUpperCase()],
  ["backwards", (secret) => Array.from(secret).toReversed().join("")],
  [
    "cut off at its half",
    (secret) => `key ${secret.slice(0, Math.ceil(secret.length * 0.85))}… is not valid`,
  ],
  ["without its beginning", (secret) => `…${secret.slice(-Math.ceil(secret.length * 0.7))}`],
];

describe.each(ways)("a secret that gets out %s", (_, tell) => {
  it.each(canaries)("is found: $slot", ({ secret, slot }) => {
    const filler = JSON.stringify({ id: "op_1", state: "following", at: "2026-11-02T08:00:00Z" }).repeat(50);
    const leak = new CanaryWatch(canaries).find(`${filler}${tell(secret)}${filler}`);
    // Where JSON escapes it twice or it is cut, the mark alone may be left of it.
    expect([slot, "some secret"]).toContain(leak?.slot);
  });
});

describe("the watch", () => {
  it("finds nothing in what holds no secret", () => {
    const others = canariesOf(8).map(({ core }) => core.slice(0, 8));
    expect(new CanaryWatch(canaries).find(others.join(" "))).toBeNull();
  });

  it("finds a secret that the program made itself, from when it was shown on", () => {
    const secret = `whsec_${base64("0123456789abcdefghijklmnopqrstuv")}`;
    const watch = new CanaryWatch(canaries);
    expect(watch.find(secret)).toBeNull();
    watch.add(shownSecret("shown", secret));
    for (const [, tell] of ways.slice(0, 12)) expect(watch.find(tell(secret))?.slot).toBe("shown");
    expect(watch.find("whsec_")).toBeNull();
  });

  it("has other secrets for each seed and each slot", () => {
    const all = [...canariesOf(1), ...canariesOf(2)].map(({ secret }) => secret);
    expect(new Set(all).size).toBe(all.length);
  });
});
