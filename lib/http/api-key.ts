import { identify, type Identity, type IdentityPorts } from "../flows/authenticate.ts";
import { HttpRefused } from "./http-refused.ts";
import type { IncomingRequest } from "./incoming-request.ts";

const unauthenticated = (detail: string, challenge: string): HttpRefused =>
  new HttpRefused(
    {
      status: 401,
      code: "UNAUTHENTICATED",
      title: "An API key is needed",
      detail,
      hint: "Send the header Authorization: Bearer KEY.",
    },
    { "WWW-Authenticate": challenge },
  );

/**
 * Who bears `Authorization: Bearer KEY`. Whatever is wrong with a key, the answer is the same.
 * @throws HttpRefused 401
 */
export const authenticate = async (
  { headers, sourceIp }: IncomingRequest,
  ports: IdentityPorts,
): Promise<Identity> => {
  const given = /^bearer +(?<key>\S+) *$/i.exec(headers.get("authorization") ?? "")?.groups?.["key"];
  if (given === undefined)
    throw unauthenticated("The request bears no API key.", 'Bearer realm="switchyard"');
  const identity = await identify(given, sourceIp, ports);
  if (identity !== null) return identity;
  throw unauthenticated("The API key is not valid.", 'Bearer realm="switchyard", error="invalid_token"');
};
