import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { excerptOf, withoutSecrets } from "../../lib/webhook/excerpt.ts";
import { endpointSecret } from "../../lib/webhook/signature.ts";
import { master } from "./endpoints.ts";

const secret = endpointSecret(master, "ep_1", 1);
const key = secret.slice("whsec_".length);
const bytes = Buffer.from(key, "base64");

describe("an answer as it is kept", () => {
  it.each<readonly [string, string | null, string]>([
    ["", null, "nothing"],
    [" \n\t ", null, "blank"],
    ["ok", "ok", "as it is"],
    ["two\r\nlines\u0000and\u001b[31m red", "two lines and [31m red", "one line without control characters"],
    ["left\u202eright\u200b", "left right", "nothing that turns or hides text"],
    ["half \ud800 pair", "half \ufffd pair", "valid Unicode"],
  ])("%j becomes %j: %s", (body, kept) => {
    expect(excerptOf(body, [])).toBe(kept);
  });

  it("is at most 1,024 bytes, and cut between characters", () => {
    expect(excerptOf("x".repeat(5000), [])).toHaveLength(1024);
    for (const letter of ["ü", "€", "😀"]) {
      for (let shift = 0; shift < 4; shift += 1) {
        const kept = excerptOf("x".repeat(shift) + letter.repeat(600), []) ?? "";
        expect(Buffer.byteLength(kept)).toBeGreaterThan(1020);
        expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(1024);
        expect(kept).not.toContain("\ufffd");
      }
    }
  });
});

describe("secrets in an answer", () => {
  it.each([
    ["as it is", secret],
    ["without its prefix", key],
    ["its bytes in hex", bytes.toString("hex")],
    ["in base64", Buffer.from(secret).toString("base64")],
    ["in base64 of URLs", Buffer.from(secret).toString("base64url")],
    ["in base64 before something", Buffer.from(`${secret}, and more`).toString("base64")],
    ["in hex", Buffer.from(secret).toString("hex")],
    ["in capital hex", Buffer.from(secret).toString("hex").toUpperCase()],
    ["in a URL", encodeURIComponent(secret)],
    ["in JSON of PHP", key.replaceAll("/", String.raw`\/`)],
    ["in JSON of .NET", key.replaceAll("+", String.raw`\u002B`)],
    ["in HTML", key.replaceAll("+", "&#43;").replaceAll("/", "&#x2F;")],
    ["broken by a control character", `${secret.slice(0, 20)}\u0000${secret.slice(20)}`],
  ])("are taken out: %s", (_form, text) => {
    const kept = withoutSecrets(`before ${text} behind`, [secret]);
    expect(kept).toMatch(/^before .*behind$/);
    for (const piece of [key.slice(4, 20), Buffer.from(secret).toString("hex").slice(20, 40)])
      expect(kept.toLowerCase()).not.toContain(piece.toLowerCase());
  });

  it.each([
    ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "anybody's signing secret"],
    ["swy_live_0123456789ab_x", "an API key"],
    ["Bearer abc.def-ghi", "a bearer token"],
    ["authorization: bearer abc", "a bearer token in small letters"],
  ])("that are nobody's we know are too: %s, %s", (text) => {
    expect(withoutSecrets(`<${text}>`, [])).toMatch(/^<.*\[secret\]>$/);
  });

  it("take no other text with them", () => {
    const text = "Bearers of news; swynx; the master said: 42 servers";
    expect(withoutSecrets(text, ["42", "", "short"])).toBe(text);
  });

  it("are found at the edge of what is kept", () => {
    for (let before = 1024 - 60; before <= 1024; before += 1) {
      const kept = excerptOf("x".repeat(before) + secret, [secret]) ?? "";
      expect(kept).not.toContain(key.slice(0, 4));
    }
  });

  it("never stay whole, whatever is around them", () => {
    const known = fc.stringMatching(/^[A-Za-z0-9+/=_ .:-]{8,60}$/);
    fc.assert(
      fc.property(known, fc.string(), fc.string(), (hidden, before, behind) => {
        const kept = withoutSecrets(before + hidden + behind, [hidden]);
        expect(kept).not.toContain(hidden);
      }),
      { numRuns: 2000 },
    );
  });
});
