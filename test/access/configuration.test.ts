import { describe, expect, it } from "vitest";
import { configurationOf } from "../../lib/connections.ts";

const jwt = {
  issuer: "https://issuer.example",
  audience: "switchyard",
  jwks_url: "https://issuer.example/keys",
};
const document = (access: unknown): string => JSON.stringify({ connections: [], access });

describe("whose tokens are taken", () => {
  it("is said in the configuration, with few words", async () => {
    expect((await configurationOf(document({ jwt }), "switchyard.yaml")).access.jwt).toEqual({
      ...jwt,
      scope_claim: "scope",
    });
    expect((await configurationOf(JSON.stringify({ connections: [] }), "switchyard.yaml")).access).toEqual(
      {},
    );
  });

  it.each<[object, string, string]>([
    [{ jwks_url: "http://issuer.example/keys" }, "access.jwt.jwks_url", "keys come over TLS only"],
    [{ audience: "" }, "access.jwt.audience", "a token is for somebody"],
    [{ algorithms: ["none"] }, "access.jwt.algorithms", "the key decides of the algorithm"],
  ])("is refused with %j at %s: %s", async (changed, place) => {
    await expect(
      configurationOf(document({ jwt: { ...jwt, ...changed } }), "switchyard.yaml"),
    ).rejects.toThrow(place);
  });
});
