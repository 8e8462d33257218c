import * as z from "zod";

export const bulkPath = "/v1/bulk-jobs";

/** A request to our own API, as one process of the bench hands it to another. */
export const requestSchema = z.object({
  path: z.string(),
  key: z.string(),
  token: z.string(),
  body: z.string(),
});
export type HttpAsked = z.infer<typeof requestSchema>;

/** The answer of a handler. */
export const answeredSchema = z.object({ answer: z.object({ statusCode: z.number(), body: z.string() }) });

/** The request as API Gateway hands it to a function (payload format 2.0). */
export const eventOfRequest = ({ path, key, token, body }: HttpAsked): unknown => ({
  version: "2.0",
  rawPath: path,
  rawQueryString: "",
  headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": key },
  requestContext: { requestId: key, http: { method: "POST", sourceIp: "127.0.0.1" } },
  body,
  isBase64Encoded: false,
});
