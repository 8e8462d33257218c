import { KeyObject, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { HttpUnclear } from "../../lib/ports/http-client.ts";
import { problemOf } from "../http/http-world.ts";
import { virtualStart } from "../memory/virtual-clock.ts";
import { openAccess } from "./access-world.ts";
import {
  algorithms,
  goodClaims,
  IssuerAddress,
  signed,
  signingKey,
  tokenSettings,
  type SigningKey,
} from "./signed-tokens.ts";

const now = virtualStart / 1000;
const keys = await Promise.all(algorithms.map((alg) => signingKey(alg, `kid-${alg}`)));
const [edwards] = keys;
if (edwards === undefined) throw new Error("There is no key.");

const openIssued = (given: readonly SigningKey[] = keys) => {
  const http = new IssuerAddress();
  http.keys = given.map(({ publicKey }) => publicKey);
  const world = openAccess({ world: { tokens: { settings: tokenSettings, http } } });
  const status = async (key: string, path = "/v1/operations") => (await world.call({ path, key })).status;
  return { ...world, http, status };
};

describe("a token of the issuer", () => {
  it.each(algorithms)("is taken when it is signed by %s", async (alg) => {
    const key = keys.find((one) => one.alg === alg);
    if (key === undefined) throw new Error("There is no such key.");
    expect(await openIssued().status(await signed(goodClaims(now), key))).toBe(200);
  });

  it("may do what its claims say: scopes of ours, and its connections only", async () => {
    const world = openIssued();
    const token = await signed(goodClaims(now), edwards);
    expect(await world.status(token, "/v1/connections/paris")).toBe(200);
    expect(await world.status(token, "/v1/connections/berlin")).toBe(404);
    expect(await world.status(token, "/v1/keys")).toBe(403);
    const without = { ...goodClaims(now), scope: undefined };
    const refused = await world.call({ path: "/v1/operations", key: await signed(without, edwards) });
    expect(problemOf(refused).detail).toContain("the key has none");
  });

  it("may see no connection when it names none", async () => {
    const world = openIssued();
    const token = await signed({ ...goodClaims(now), connections: undefined, scope: ["read"] }, edwards);
    expect(await world.status(token)).toBe(200);
    expect(await world.status(token, "/v1/connections/paris")).toBe(404);
  });

  it.each<[string, unknown, string]>([
    ["iss", "https://other.example", "another issuer's"],
    ["aud", "other", "for somebody else"],
    ["aud", ["other", "another"], "for several others"],
    ["aud", undefined, "for nobody"],
    ["sub", undefined, "nobody's"],
    ["sub", "a\nb", "a name with a line break"],
    ["exp", now - 30, "over for as long as clocks may differ"],
    ["exp", undefined, "good for ever"],
    ["exp", String(now + 300), "good until a text"],
    ["nbf", now + 31, "not yet good"],
  ])("is refused with %s %j: %s", async (claim, value) => {
    expect(await openIssued().status(await signed({ ...goodClaims(now), [claim]: value }, edwards))).toBe(
      401,
    );
  });

  it.each<[string, unknown, string]>([
    ["exp", now - 29, "it was good half a minute ago"],
    ["nbf", now + 30, "it is good in half a minute"],
    ["aud", ["other", "switchyard"], "it is for us too"],
  ])("is taken with %s %j: %s", async (claim, value) => {
    expect(await openIssued().status(await signed({ ...goodClaims(now), [claim]: value }, edwards))).toBe(
      200,
    );
  });

  it("is refused with a header that must be understood", async () => {
    const token = await signed(goodClaims(now), edwards, { crit: ["x"], x: 1 });
    expect(await openIssued().status(token)).toBe(401);
  });

  it("is refused as a key is, and no address is asked, where no issuer is configured", async () => {
    const answered = await openAccess().call({
      path: "/v1/operations",
      key: await signed(goodClaims(now), edwards),
    });
    expect(answered.status).toBe(401);
    expect(problemOf(answered).detail).toBe("The API key is not valid.");
  });
});

describe("the issuer's keys", () => {
  it("are fetched once in 10 minutes", async () => {
    const world = openIssued();
    const claims = { ...goodClaims(now), exp: now + 3600 };
    const token = await signed(claims, edwards);
    await Promise.all([world.status(token), world.status(token), world.status(token)]);
    expect(world.http.asked).toHaveLength(1);
    await world.clock.advance(599_000);
    expect(await world.status(token)).toBe(200);
    expect(world.http.asked).toHaveLength(1);
    await world.clock.advance(1_000);
    expect(await world.status(token)).toBe(200);
    expect(world.http.asked).toHaveLength(2);
  });

  it("are fetched anew for a key that is not known, once a minute", async () => {
    const next = await signingKey("ES256", "next");
    const world = openIssued();
    const old = await signed({ ...goodClaims(now), exp: now + 3600 }, edwards);
    const token = await signed({ ...goodClaims(now), exp: now + 3600 }, next);
    expect(await world.status(old)).toBe(200);
    world.http.keys = [next.publicKey];
    expect(await world.status(token)).toBe(401);
    await world.clock.advance(59_000);
    for (let time = 0; time < 5; time += 1) expect(await world.status(token)).toBe(401);
    expect(world.http.asked).toHaveLength(1);
    await world.clock.advance(1_000);
    expect(await world.status(token)).toBe(200);
    expect(world.http.asked).toHaveLength(2);
    expect(await world.status(old)).toBe(401);
  });

  it("are not asked for because of somebody else's token", async () => {
    const world = openIssued();
    await world.status(await signed({ ...goodClaims(now), iss: "https://other.example" }, edwards));
    await world.status("a.b.c");
    expect(world.http.asked).toHaveLength(0);
  });

  it("are used on while the issuer can't be reached", async () => {
    const world = openIssued();
    const token = await signed({ ...goodClaims(now), exp: now + 3600 }, edwards);
    expect(await world.status(token)).toBe(200);
    world.http.error = new HttpUnclear("timeout");
    await world.clock.advance(700_000);
    expect(await world.status(token)).toBe(200);
    expect(world.http.asked).toHaveLength(2);
  });

  it.each<[object, string]>([
    [{ status: 500, body: "" }, "it has failed"],
    [{ body: "<html>" }, "it is no JSON"],
    [{ body: '{"keys": 1}' }, "it is no set"],
    [{ body: '{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "kid-EdDSA", "x": "??"}]}' }, "it is no key"],
    [{ body: '{"keys": [{"kty": "oct", "kid": "kid-EdDSA", "k": "c2VjcmV0"}]}' }, "it is a shared secret"],
  ])("let nobody in when the answer is %j: %s", async (answer) => {
    const world = openIssued();
    world.http.answer = answer;
    expect(await world.status(await signed(goodClaims(now), edwards))).toBe(401);
  });

  it("are each good for their own algorithm and use", async () => {
    const [, curve, prime] = keys;
    if (curve === undefined || prime === undefined) throw new Error("There is no key.");
    const token = await signed(goodClaims(now), prime);
    for (const changed of [{ use: "enc" }, { alg: "PS256" }, { kid: "other" }]) {
      const world = openIssued();
      world.http.keys = [{ ...prime.publicKey, ...changed }];
      expect(await world.status(token)).toBe(401);
    }
    const unnamed = openIssued();
    const { kid: _kid, alg: _alg, use: _use, ...bare } = prime.publicKey;
    unnamed.http.keys = [curve.publicKey, bare];
    expect(await unnamed.status(await signed(goodClaims(now), prime, { kid: undefined }))).toBe(200);
  });

  it.each(["RS256", "none", "ES256", "EdDSA"])(
    "decide the algorithm, whatever a well signed token says: %s",
    async (alg) => {
      const world = openIssued();
      const { alg: _alg, ...bare } = edwards.publicKey;
      world.http.keys = [bare];
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const text = `${part({ alg, kid: edwards.kid })}.${part(goodClaims(now))}`;
      const signature = sign(null, Buffer.from(text), KeyObject.from(edwards.privateKey));
      expect(await world.status(`${text}.${signature.toString("base64url")}`)).toBe(
        alg === "EdDSA" ? 200 : 401,
      );
    },
  );
});
