import * as z from "zod";
import type { Randomness } from "../ports/randomness.ts";

/** A request as the routes see it, whatever brought it. */
export interface IncomingRequest {
  readonly method: string;
  /** Decoded path segments behind the first slash; null when the percent-encoding is broken. */
  readonly segments: readonly string[] | null;
  /** Whether an API key is needed: everything under `/v1`, known or not. */
  readonly isGuarded: boolean;
  /** Query parameters in their order, decoded. */
  readonly query: readonly (readonly [string, string])[];
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** The bytes as sent; empty when there is no body. */
  readonly body: Uint8Array;
  readonly requestId: string;
}

/** What we read of API Gateway's HTTP API event, payload format 2.0. */
const eventSchema = z.object({
  rawPath: z.string(),
  rawQueryString: z.string().default(""),
  headers: z.record(z.string(), z.string()).default({}),
  requestContext: z.object({
    requestId: z.string().optional(),
    http: z.object({ method: z.string() }),
  }),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().default(false),
});

const decoded = (segment: string): string | null => {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Broken percent-encoding, or bytes that are not UTF-8: the router refuses it.
    return null;
  }
};

/**
 * The path's segments, decoded one by one, so that `logs%2Fa.txt` stays one. (API Gateway decodes `rawPath` before we
 * see it: there, an id with a slash in it can't be told from two segments.)
 */
const segmentsOf = (rawPath: string): (string | null)[] => rawPath.replace(/^\//, "").split("/").map(decoded);

/** Ids that go into headers and logs; anything else is replaced by one of ours. */
const plainIdPattern = /^[\w=.:+-]{1,128}$/;

/** The request in an event. @throws ZodError when it is no such event, which only a wrong deployment can send */
export const requestOf = (event: unknown, randomness: Randomness): IncomingRequest => {
  const { rawPath, rawQueryString, headers, requestContext, body, isBase64Encoded } =
    eventSchema.parse(event);
  const segments = segmentsOf(rawPath);
  const known = segments.filter((segment) => segment !== null);
  const id = requestContext.requestId ?? "";
  return {
    method: requestContext.http.method,
    segments: known.length === segments.length ? known : null,
    isGuarded: segments[0] === "v1",
    query: [...new URLSearchParams(rawQueryString)],
    headers: new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8"),
    requestId: plainIdPattern.test(id) ? id : `req_${randomness.token()}`,
  };
};
