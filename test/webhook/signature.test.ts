import { execFileSync, spawnSync } from "node:child_process";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  endpointSecret,
  secretsInUse,
  signedHeaders,
  SigningKeyTooShort,
} from "../../lib/webhook/signature.ts";
import { anEndpoint, hour, isoAt, master, start } from "./endpoints.ts";
import { mutate, mutations } from "./mutations.ts";

afterEach(() => vi.useRealTimers());

const secretOf = (generation: number): string => endpointSecret(master, "ep_1", generation);
const body = JSON.stringify({ name: "größer", note: "a.b.c" });

describe("an endpoint's secret", () => {
  it("is 32 bytes, and the same each time it is derived", () => {
    expect(secretOf(1)).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(Buffer.from(secretOf(1).slice(6), "base64")).toHaveLength(32);
    expect(secretOf(1)).toBe(secretOf(1));
  });

  it("stays what receivers were told, whatever version of us derives it", () => {
    // Made with openssl kdf: HKDF, SHA256, no salt, info endpoint/ep_1/1.
    expect(secretOf(1)).toBe("whsec_shfKiEhd646EI559nXpaiB5JfT/FPijet59CcD6CiHI=");
  });

  it.each([
    ["another endpoint", endpointSecret(master, "ep_2", 1)],
    ["another generation", secretOf(2)],
    ["another installation", endpointSecret(`${master}!`, "ep_1", 1)],
    ["an endpoint whose id ends as a generation begins", endpointSecret(master, "ep_1/1", 1)],
  ])("is another one for %s", (_what, other) => {
    expect(other).not.toBe(secretOf(1));
  });

  it("is not derived from a key that can be guessed", () => {
    expect(() => endpointSecret("short", "ep_1", 1)).toThrow(SigningKeyTooShort);
    expect(() => endpointSecret("x".repeat(31), "ep_1", 1)).toThrow(SigningKeyTooShort);
    expect(() => endpointSecret("x".repeat(32), "ep_1", 1)).not.toThrow();
  });

  it("signs beside older ones until their instants are there", () => {
    const endpoint = anEndpoint({
      id: "ep_1",
      generation: 3,
      previous: [
        { generation: 2, until: isoAt(start + hour) },
        { generation: 1, until: isoAt(start) },
      ],
    });
    expect(secretsInUse(master, endpoint, start - 1)).toEqual([secretOf(3), secretOf(2), secretOf(1)]);
    expect(secretsInUse(master, endpoint, start)).toEqual([secretOf(3), secretOf(2)]);
    expect(secretsInUse(master, endpoint, start + hour)).toEqual([secretOf(3)]);
  });
});

describe("the headers of an attempt", () => {
  it("verify with the public library, under each of the secrets", () => {
    const secrets = [secretOf(2), secretOf(1)];
    const headers = signedHeaders({ id: "evt_1", at: Date.now(), body, secrets });
    for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(secretOf(3)).verify(body, headers)).toThrow(/signature/);
    const [first] = headers["webhook-signature"].split(" ");
    expect(first, "the secret in use stands first").toBe(
      signedHeaders({ id: "evt_1", at: Date.now(), body, secrets: [secretOf(2)] })["webhook-signature"],
    );
  });

  it.skipIf(spawnSync("openssl", ["version"]).status !== 0)("verify with openssl", () => {
    const headers = signedHeaders({ id: "evt_1", at: start, body, secrets: [secretOf(1)] });
    const key = Buffer.from(secretOf(1).slice(6), "base64").toString("hex");
    const mac = execFileSync(
      "openssl",
      ["dgst", "-sha256", "-mac", "HMAC", "-macopt", `hexkey:${key}`, "-binary"],
      {
        input: `evt_1.${headers["webhook-timestamp"]}.${body}`,
      },
    );
    expect(headers["webhook-signature"]).toBe(`v1,${mac.toString("base64")}`);
  });

  it("are those of the example that the standard's own libraries are tested with", () => {
    const headers = signedHeaders({
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      at: 1_614_265_330_000,
      body: '{"test": 2432232314}',
      secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    });
    expect(headers["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  it("bear the second of the attempt, not of the event", () => {
    const at = start + 999;
    const headers = signedHeaders({ id: "evt_1", at, body, secrets: [secretOf(1)] });
    expect(headers["webhook-timestamp"]).toBe(String(start / 1000));
    expect(headers["webhook-id"]).toBe("evt_1");
  });

  it.each([-301, -300, 0, 300, 301])(
    "of %d seconds from a receiver's clock hold within five minutes",
    (seconds) => {
      vi.useFakeTimers({ now: start, toFake: ["Date"] });
      const headers = signedHeaders({
        id: "evt_1",
        at: start + seconds * 1000,
        body,
        secrets: [secretOf(1)],
      });
      const verify = (): unknown => new Webhook(secretOf(1)).verify(body, headers);
      if (Math.abs(seconds) <= 300) expect(verify()).toEqual(JSON.parse(body));
      else expect(verify).toThrow(/timestamp/);
    },
  );

  it.each([
    ["no secret", { secrets: [] }],
    ["a dot in the id, which parts what is signed", { id: "evt.1" }],
    ["an empty id", { id: "" }],
    ["a line break in the id", { id: "evt\n1" }],
  ])("are not made with %s", (_why, more) => {
    expect(() => signedHeaders({ id: "evt_1", at: start, body, secrets: [secretOf(1)], ...more })).toThrow(
      RangeError,
    );
  });
});

it(
  "no mutation of one bit or one field is accepted, and no real request refused",
  { timeout: 300_000 },
  () => {
    const { passed, wrong, made } = mutate(100_000, 7);
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(passed).toBeGreaterThanOrEqual(110_000);
    expect(Object.keys(made).toSorted()).toEqual(Object.keys(mutations).toSorted());
  },
);
