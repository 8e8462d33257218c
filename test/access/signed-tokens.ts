import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from "jose";
import type { TokenSettings } from "../../lib/access/token-settings.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../lib/ports/http-client.ts";

export const algorithms = ["EdDSA", "ES256", "RS256"] as const;
export type Algorithm = (typeof algorithms)[number];

export const tokenSettings: TokenSettings = {
  issuer: "https://issuer.example",
  audience: "switchyard",
  jwks_url: "https://issuer.example/keys",
  scope_claim: "scope",
  connections_claim: "connections",
};

export interface SigningKey {
  readonly alg: Algorithm;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: JWK & { kty: string };
}

/** A pair of keys, made by a library that our own check has nothing to do with. */
export const signingKey = async (alg: Algorithm, kid: string): Promise<SigningKey> => {
  const { privateKey, publicKey } = await generateKeyPair(alg, {
    extractable: true,
    ...(alg === "EdDSA" ? { crv: "Ed25519" } : {}),
  });
  const jwk = await exportJWK(publicKey);
  return { alg, kid, privateKey, publicKey: { ...jwk, kty: jwk.kty ?? "", kid, alg, use: "sig" } };
};

/** Claims that are believed at `now` (s since the epoch). */
export const goodClaims = (now: number): Record<string, unknown> => ({
  iss: tokenSettings.issuer,
  aud: tokenSettings.audience,
  sub: "repo:shop/web",
  exp: now + 300,
  nbf: now - 5,
  scope: "openid operate",
  connections: ["paris"],
});

/** A signed token; `header` goes over what is usual. */
export const signed = (
  claims: Record<string, unknown>,
  { alg, kid, privateKey }: SigningKey,
  header: Record<string, unknown> = {},
): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg, kid, ...header }).sign(privateKey, { crit: { x: true } });

/** The issuer's address: gives the key set that it has at the time. */
export class IssuerAddress implements HttpClient {
  readonly asked: HttpRequest[] = [];
  keys: readonly JWK[] = [];
  answer: Partial<HttpAnswer> = {};
  error: Error | null = null;

  async send(request: HttpRequest): Promise<HttpAnswer> {
    this.asked.push(request);
    if (this.error !== null) throw this.error;
    return { status: 200, headers: {}, body: JSON.stringify({ keys: this.keys }), ...this.answer };
  }
}
