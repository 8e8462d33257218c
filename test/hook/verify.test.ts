import { createHmac } from "node:crypto";
import { verify as verifyForGithub } from "@octokit/webhooks-methods";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { schemes, type Scheme } from "../../lib/hook/scheme.ts";
import { verify, type Unverified } from "../../lib/hook/verify.ts";
import { runGenuine, runMutations } from "./mutations.ts";
import { secretOf, signed } from "./signing.ts";

const now = Date.parse("2026-11-02T08:00:00.000Z");
const seconds = now / 1000;
const body = Buffer.from(JSON.stringify({ action: "opened", text: "é ✓" }), "utf8");

const requestOf = async (scheme: Scheme, at = seconds, of: Uint8Array = body): Promise<Unverified> => ({
  headers: new Map(Object.entries(await signed(scheme, of, { seconds: at, id: "msg_1" }))),
  body: of,
});
const withHeader = (request: Unverified, name: string, value: string | null): Unverified => {
  const headers = new Map(request.headers);
  if (value === null) headers.delete(name);
  else headers.set(name, value);
  return { ...request, headers };
};
const check = (scheme: Scheme, request: Unverified, secrets = [secretOf[scheme]], at = now) =>
  verify(scheme, secrets, request, at);

describe("a webhook that its sender's own library has signed", () => {
  it.each(schemes)("is verified: %s", async (scheme) => {
    expect(check(scheme, await requestOf(scheme))).toEqual({ ok: true });
  });

  it.each(schemes)("is verified by any of several active secrets: %s", async (scheme) => {
    const secrets = ["one", "", "whsec_b3RoZXI=", secretOf[scheme]];
    expect(check(scheme, await requestOf(scheme), secrets)).toEqual({ ok: true });
  });

  it.each(schemes)(
    "is refused under another secret, under none, and under an empty one: %s",
    async (scheme) => {
      const request = await requestOf(scheme);
      for (const secrets of [["whsec_b3RoZXI="], [], [""]])
        expect(check(scheme, request, secrets).ok).toBe(false);
    },
  );

  it.each(schemes)("is refused without its headers: %s", (scheme) => {
    expect(check(scheme, { headers: new Map(), body }).ok).toBe(false);
  });
});

describe("the time in a webhook", () => {
  it.each(["standard", "gitlab", "stripe", "grafana"] as const)(
    "may be 300 s from ours, each way, and not 301: %s",
    async (scheme) => {
      for (const away of [-300, -299, 0, 299, 300])
        expect(check(scheme, await requestOf(scheme, seconds + away)), `${away} s`).toEqual({ ok: true });
      for (const away of [-301, 301, -86_400, 86_400])
        expect(check(scheme, await requestOf(scheme, seconds + away)), `${away} s`).toEqual({
          ok: false,
          why: "time",
        });
    },
  );

  it.each(["standard", "stripe", "grafana"] as const)(
    "counts in whole seconds of our clock: %s",
    async (scheme) => {
      const request = await requestOf(scheme, seconds);
      expect(check(scheme, request, undefined, now + 300_999).ok).toBe(true);
      expect(check(scheme, request, undefined, now + 301_000).ok).toBe(false);
    },
  );

  it.each(["github", "alertmanager", "bearer", "basic"] as const)("is in none of %s", async (scheme) => {
    expect(check(scheme, await requestOf(scheme, 1)).ok).toBe(true);
  });

  it.each(["", "soon", "1e9", "-1", " 1793606400", "1793606400 ", "1793606400.0", "0x6aead100"])(
    "is refused where it is no number of seconds, even signed: %j",
    (sentAt) => {
      const sign = (text: string) =>
        createHmac("sha256", secretOf.grafana).update(text).update(body).digest("hex");
      const grafana = new Map([
        ["x-grafana-alerting-signature-timestamp", sentAt],
        ["x-grafana-alerting-signature", sign(`${sentAt}:`)],
      ]);
      expect(check("grafana", { headers: grafana, body }).ok).toBe(false);
    },
  );

  it("is required of Grafana, which can also sign without one", () => {
    const bare = createHmac("sha256", secretOf.grafana).update(body).digest("hex");
    expect(check("grafana", { headers: new Map([["x-grafana-alerting-signature", bare]]), body }).ok).toBe(
      false,
    );
  });
});

describe("a signature", () => {
  it("may stand among up to ten others, and is not looked for behind them", async () => {
    const request = await requestOf("standard");
    const signature = request.headers.get("webhook-signature") ?? "";
    const others = (count: number): string => Array.from({ length: count }, () => "v1,b3RoZXI=").join(" ");
    const among = (text: string) => check("standard", withHeader(request, "webhook-signature", text)).ok;
    expect(among(`${others(9)} ${signature}`)).toBe(true);
    expect(among(`${signature} ${others(20)}`)).toBe(true);
    expect(among(`${others(10)} ${signature}`)).toBe(false);
  });

  it("of another version counts as none", async () => {
    const request = await requestOf("standard");
    const signature = (request.headers.get("webhook-signature") ?? "").replace("v1,", "v2,");
    expect(check("standard", withHeader(request, "webhook-signature", signature)).ok).toBe(false);
  });

  it("of Stripe may be one of several, while its secret is rolled; two times are one too many", async () => {
    const request = await requestOf("stripe");
    const [time, signature] = (request.headers.get("stripe-signature") ?? "").split(",");
    const other = `v1=${"0".repeat(64)}`;
    const shows = (text: string) => check("stripe", withHeader(request, "stripe-signature", text)).ok;
    expect(shows(`${time},${other},${signature},v0=abc`)).toBe(true);
    expect(shows(`${time}, ${signature}`)).toBe(false);
    expect(shows(`${time},${signature},`)).toBe(false);
    expect(shows(`${time},${time},${signature}`)).toBe(false);
    expect(shows(`${signature}`)).toBe(false);
    expect(shows(`${time},v0=${signature?.slice(3)}`)).toBe(false);
  });

  it.each<[Scheme, string, (text: string) => string, string]>([
    ["github", "x-hub-signature-256", (text: string) => text.toUpperCase(), "in capitals"],
    ["github", "x-hub-signature-256", (text: string) => text.replace("sha256=", ""), "without its prefix"],
    ["github", "x-hub-signature-256", (text: string) => text.replace("sha256=", "sha1="), "of an older sort"],
    ["github", "x-hub-signature-256", (text: string) => text.slice(0, -1), "cut"],
    ["grafana", "x-grafana-alerting-signature", (text: string) => `sha256=${text}`, "with a prefix"],
    ["standard", "webhook-signature", (text: string) => text.replace(/=$/, ""), "without its padding"],
    ["standard", "webhook-signature", (text: string) => `${text},more`, "with something behind it"],
    ["bearer", "authorization", (text: string) => text.replace("Bearer ", "Bearer  "), "with two blanks"],
    ["basic", "authorization", (text: string) => text.replace("Basic ", "Bearer "), "of another form"],
  ])("is taken in one spelling only: %s, %s, row %#", async (scheme, name, change) => {
    const request = await requestOf(scheme);
    expect(check(scheme, withHeader(request, name, change(request.headers.get(name) ?? ""))).ok).toBe(false);
  });

  it("is over the bytes: a body that decodes to the same text is another body", async () => {
    const replacement = Buffer.from('{"a":"\ufffd"}', "utf8");
    const broken = Buffer.from([...Buffer.from('{"a":"'), 0xff, ...Buffer.from('"}')]);
    expect(broken.toString("utf8")).toBe(replacement.toString("utf8"));
    const request = await requestOf("standard", seconds, replacement);
    expect(check("standard", request).ok).toBe(true);
    expect(check("standard", { ...request, body: broken }).ok).toBe(false);
  });
});

describe("GitLab", () => {
  const token = "a token of the older sort";
  const withToken = (value: string): Unverified => ({ headers: new Map([["x-gitlab-token", value]]), body });

  it("may send its token as it is", () => {
    expect(check("gitlab", withToken(token), [token]).ok).toBe(true);
    expect(check("gitlab", withToken(`${token}.`), [token]).ok).toBe(false);
    expect(check("gitlab", withToken(""), [token]).ok).toBe(false);
  });

  it("is not believed when it shows a signing token instead of signing with it", () => {
    expect(check("gitlab", withToken(secretOf.gitlab)).ok).toBe(false);
  });

  it("may have both while one is replaced by the other", async () => {
    const both = [token, secretOf.gitlab];
    expect(check("gitlab", withToken(token), both).ok).toBe(true);
    expect(check("gitlab", await requestOf("gitlab"), both).ok).toBe(true);
  });
});

describe("a secret that can't be one of its scheme", () => {
  it.each(["whsec_", "whsec_not base64", "whsec_abc", "!"])(
    "verifies nothing, and is told of in the log: %s",
    async (secret) => {
      const request = await requestOf("standard");
      expect(check("standard", request, [secret])).toEqual({ ok: false, why: "unusable_secret" });
      expect(check("standard", withHeader(request, "webhook-signature", ""), [secret]).ok).toBe(false);
    },
  );
});

describe("the senders' own libraries", () => {
  it("agree with us on what is signed", async () => {
    const standard = await requestOf("standard", Math.floor(Date.now() / 1000));
    expect(() =>
      new Webhook(secretOf.standard).verify(body, Object.fromEntries(standard.headers)),
    ).not.toThrow();
    expect(check("standard", standard, undefined, Date.now()).ok).toBe(true);
    const github = await requestOf("github");
    const signature = github.headers.get("x-hub-signature-256") ?? "";
    expect(await verifyForGithub(secretOf.github, body.toString("utf8"), signature)).toBe(true);
    expect(await verifyForGithub("another", body.toString("utf8"), signature)).toBe(false);
    expect(check("github", github, ["another"]).ok).toBe(false);
  });

  it("take bytes for text, and so a body that nobody has signed: we do not", async () => {
    const replacement = Buffer.from('{"a":"\ufffd"}', "utf8");
    const broken = Buffer.from([...Buffer.from('{"a":"'), 0xff, ...Buffer.from('"}')]);
    const request = await requestOf("standard", Math.floor(Date.now() / 1000), replacement);
    const theirs = new Webhook(secretOf.standard);
    expect(() => theirs.verify(broken, Object.fromEntries(request.headers))).not.toThrow();
    expect(check("standard", { ...request, body: broken }, undefined, Date.now()).ok).toBe(false);
  });
});

describe("many webhooks", () => {
  it("20,000 with one bit or one field changed: none is taken", async () => {
    expect(await runMutations(20_000, 7)).toEqual({ passed: 20_000, failed: 0, examples: [] });
  });

  it("10,000 genuine ones: none is refused", async () => {
    expect(await runGenuine(10_000, 7)).toEqual({ passed: 10_000, failed: 0, examples: [] });
  });
});
