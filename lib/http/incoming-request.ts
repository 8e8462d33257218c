import * as z from "zod";
import type { Randomness } from "../ports/randomness.ts";

/** A request as the routes see it, whatever brought it. */
export interface IncomingRequest {
  readonly method: string;
  /** Decoded path segments behind the first slash; null when one can't be decoded, or holds NUL. */
  readonly segments: readonly string[] | null;
  /** The segments that can't be decoded, as they came. */
  readonly brokenSegments: readonly string[];
  /** Whether an API key is needed: everything under `/v1`, known or not. */
  readonly isGuarded: boolean;
  /** Query parameters in their order, decoded. */
  readonly query: readonly (readonly [string, string])[];
  /** Names of the parameters that can't be decoded, as far as they can be told. */
  readonly brokenParameters: readonly string[];
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** The bytes as sent; empty when there is no body. */
  readonly body: Uint8Array;
  readonly requestId: string;
  /** The address that it came from, as the gateway saw it; null where it does not say. */
  readonly sourceIp: string | null;
}

/** What we read of API Gateway's HTTP API event, payload format 2.0. */
const eventSchema = z.object({
  rawPath: z.string(),
  rawQueryString: z.string().default(""),
  headers: z.record(z.string(), z.string()).default({}),
  requestContext: z.object({
    requestId: z.string().optional(),
    http: z.object({ method: z.string(), sourceIp: z.string().optional() }),
  }),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().default(false),
});

/** The text of a percent-encoding; null when that is broken, or its bytes are not UTF-8. */
const decoded = (encoded: string): string | null => {
  try {
    const text = decodeURIComponent(encoded);
    // An event is JSON, and JSON can hold half a surrogate pair.
    return text.isWellFormed() ? text : null;
  } catch {
    return null;
  }
};

const segmentOf = (encoded: string): string | null => {
  const segment = decoded(encoded);
  return segment?.includes("\0") === true ? null : segment;
};

/**
 * The path's segments, decoded one by one, so that `logs%2Fa.txt` stays one. (API Gateway decodes `rawPath` before we
 * see it: there, an id with a slash in it can't be told from two segments.)
 */
const pathOf = (rawPath: string): Pick<IncomingRequest, "segments" | "brokenSegments" | "isGuarded"> => {
  const raw = rawPath.replace(/^\//, "").split("/");
  const segments = raw.map(segmentOf);
  const known = segments.filter((segment) => segment !== null);
  return {
    segments: known.length === raw.length ? known : null,
    brokenSegments: raw.filter((_, index) => segments[index] === null).map((text) => text.toWellFormed()),
    isGuarded: segments[0] === "v1",
  };
};

/**
 * The parameters of a query. The platform's own parser puts a replacement character where bytes are not UTF-8, and
 * then nobody knows what was asked.
 */
const queryOf = (raw: string): Pick<IncomingRequest, "query" | "brokenParameters"> => {
  const query: [string, string][] = [];
  const brokenParameters: string[] = [];
  for (const pair of raw.split("&")) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    const [rawName, rawValue] = at === -1 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    const name = decoded(rawName.replaceAll("+", " "));
    const value = decoded(rawValue.replaceAll("+", " "));
    if (name === null || value === null) brokenParameters.push(name ?? rawName.toWellFormed());
    else query.push([name, value]);
  }
  return { query, brokenParameters };
};

/** Ids that go into headers and logs; anything else is replaced by one of ours. */
const plainIdPattern = /^[\w=.:+-]{1,128}$/;

/** The request in an event. @throws ZodError when it is no such event, which only a wrong deployment can send */
export const requestOf = (event: unknown, randomness: Randomness): IncomingRequest => {
  const { rawPath, rawQueryString, headers, requestContext, body, isBase64Encoded } =
    eventSchema.parse(event);
  const id = requestContext.requestId ?? "";
  return {
    method: requestContext.http.method,
    ...pathOf(rawPath),
    ...queryOf(rawQueryString),
    headers: new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8"),
    requestId: plainIdPattern.test(id) ? id : `req_${randomness.token()}`,
    sourceIp: requestContext.http.sourceIp ?? null,
  };
};
