import type { JsonObject, Json } from "../../lib/operation/json.ts";
import type { Chance } from "../simulation/chance.ts";
import type { ApiOperation } from "./api-document.ts";
import type { Canary } from "./canaries.ts";

/** A request on its way to being an event: each part may still be spoilt. */
export interface Draft {
  /** What it was made for. */
  readonly operation: ApiOperation;
  method: string;
  path: string;
  query: string;
  readonly headers: Map<string, string>;
  /** The body as a value; what becomes of it is in `text`. */
  value: Json | undefined;
  /** The body as text, where it is no longer that of the value. */
  text: string | undefined;
  isBase64Encoded: boolean;
  /** What was done to it, for people. */
  readonly spoilt: string[];
}

/** What spoils a request in one way, and says what it did. */
export type Spoiler = (draft: Draft, chance: Chance, canaries: readonly Canary[]) => string;

/** The event of API Gateway (payload format 2.0) for a request. */
export const eventOf = (draft: Draft, requestId: string): Record<string, unknown> => {
  const text = draft.text ?? (draft.value === undefined ? undefined : JSON.stringify(draft.value));
  const headers: JsonObject = Object.fromEntries(draft.headers);
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: draft.path,
    rawQueryString: draft.query,
    headers,
    requestContext: {
      accountId: "anonymous",
      apiId: "api",
      http: {
        method: draft.method,
        path: draft.path,
        protocol: "HTTP/1.1",
        sourceIp: "203.0.113.9",
        userAgent: "fuzz",
      },
      requestId,
      routeKey: "$default",
      stage: "$default",
    },
    ...(text === undefined
      ? {}
      : {
          body:
            draft.isBase64Encoded && draft.text === undefined ? Buffer.from(text).toString("base64") : text,
        }),
    isBase64Encoded: draft.isBase64Encoded,
  };
};
