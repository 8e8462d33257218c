import { createHash, timingSafeEqual } from "node:crypto";
import type { Secrets } from "../ports/secrets.ts";
import { HttpRefused } from "./http-refused.ts";

const digest = (text: string): Uint8Array => createHash("sha256").update(text, "utf8").digest();

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

/** A key put into a file or a console field easily gets a line break at its end. */
const isSame = (given: string, kept: string): boolean => {
  const key = kept.trim();
  return key !== "" && timingSafeEqual(digest(given), digest(key));
};

/**
 * Checks `Authorization: Bearer KEY` against the key behind the reference. Digests are compared, so that neither the
 * key's length nor how much of it was right shows in the time.
 * @throws HttpRefused 401
 */
export const checkApiKey = async (
  authorization: string | undefined,
  reference: string,
  secrets: Secrets,
): Promise<void> => {
  const given = /^bearer +(?<key>\S+) *$/i.exec(authorization ?? "")?.groups?.["key"];
  if (given === undefined)
    throw unauthenticated("The request bears no API key.", 'Bearer realm="switchyard"');
  if (isSame(given, await secrets.read(reference))) return;
  // The cached key may be the one before a rotation.
  if (isSame(given, await secrets.readAnew(reference))) return;
  throw unauthenticated("The API key is not valid.", 'Bearer realm="switchyard", error="invalid_token"');
};
