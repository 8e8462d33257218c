import { randomUUID } from "node:crypto";
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import * as z from "zod";

/** API Gateway's HTTP API event, payload format 2.0. */
export interface HttpEvent {
  readonly version: "2.0";
  readonly routeKey: "$default";
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly cookies?: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly requestContext: {
    readonly accountId: string;
    readonly apiId: string;
    readonly domainName: string;
    readonly domainPrefix: string;
    readonly http: {
      readonly method: string;
      readonly path: string;
      readonly protocol: string;
      readonly sourceIp: string;
      readonly userAgent: string;
    };
    readonly requestId: string;
    readonly routeKey: "$default";
    readonly stage: "$default";
    readonly time: string;
    readonly timeEpoch: number;
  };
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

const textTypes = /^(?:text\/|application\/(?:json|javascript|xml|[\w.-]+\+(?:json|xml)))/i;

/** Text where the type says so and the bytes are UTF-8; base64 otherwise, so that a handler sees every byte. */
const bodyOf = (
  bytes: Buffer,
  contentType: string | undefined,
): Pick<HttpEvent, "body" | "isBase64Encoded"> => {
  if (bytes.length === 0) return { isBase64Encoded: false };
  const isText = contentType !== undefined && textTypes.test(contentType) && isUtf8(bytes);
  return { body: bytes.toString(isText ? "utf8" : "base64"), isBase64Encoded: !isText };
};

/** Names in lower case, several values joined by commas, cookies apart: as API Gateway does. */
const headersOf = (request: IncomingMessage): Record<string, string> => {
  const entries = Object.entries(request.headersDistinct).filter(([name]) => name !== "cookie");
  return Object.fromEntries(entries.map(([name, values]) => [name, (values ?? []).join(",")]));
};

const queryOf = (rawQuery: string): Record<string, string> => {
  const joined = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQuery)) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(joined);
};

/**
 * The event for a request. `rawPath` keeps its percent-encoding; API Gateway hands it over decoded.
 * @param now milliseconds since the epoch
 */
export const toHttpEvent = (request: IncomingMessage, bytes: Buffer, now: number): HttpEvent => {
  const target = request.url ?? "/";
  const queryAt = target.indexOf("?");
  const path = queryAt === -1 ? target : target.slice(0, queryAt);
  const rawQuery = queryAt === -1 ? "" : target.slice(queryAt + 1);
  const headers = headersOf(request);
  const cookies = request.headers.cookie?.split("; ");
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: rawQuery,
    ...(cookies === undefined ? {} : { cookies }),
    headers,
    ...(rawQuery === "" ? {} : { queryStringParameters: queryOf(rawQuery) }),
    requestContext: {
      accountId: "000000000000",
      apiId: "local",
      domainName: headers["host"] ?? "127.0.0.1",
      domainPrefix: "local",
      http: {
        method: request.method ?? "GET",
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: new Date(now).toISOString(),
      timeEpoch: now,
    },
    ...bodyOf(bytes, headers["content-type"]),
  };
};

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const structuredSchema = z.object({
  statusCode: z.number().int().min(100).max(599),
  headers: z.record(z.string(), scalar).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/** What goes back over the wire. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

/** A handler's answer; one without `statusCode` is the body itself. @throws ZodError when it can't be an answer */
export const toHttpAnswer = (result: unknown): HttpAnswer => {
  if (typeof result !== "object" || result === null || !("statusCode" in result)) {
    const body = Buffer.from(JSON.stringify(result ?? null));
    return { status: 200, headers: { "content-type": "application/json" }, body };
  }
  const answer = structuredSchema.parse(result);
  const cookies = answer.cookies ?? [];
  const headers = Object.entries(answer.headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  return {
    status: answer.statusCode,
    headers: { ...Object.fromEntries(headers), ...(cookies.length === 0 ? {} : { "set-cookie": cookies }) },
    body: Buffer.from(answer.body ?? "", answer.isBase64Encoded === true ? "base64" : "utf8"),
  };
};
