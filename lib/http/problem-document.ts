import * as z from "zod";
import { providerDetailSchema, type ProviderDetail } from "../operation/problem.ts";
import { ProviderFailed } from "../flows/provider-failed.ts";
import { RequestRefused } from "../flows/request-refused.ts";
import { HttpRefused } from "./http-refused.ts";
import type { Reply } from "./reply.ts";

/** Problem details (RFC 9457): the body of every answer from 400 on. */
export const problemDocumentSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
    request_id: z.string(),
    hint: z.string().optional(),
    errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
    provider: providerDetailSchema.optional(),
  })
  .meta({
    id: "Problem",
    description:
      "`code` is stable; `errors` has one entry a fault, its `pointer` a JSON Pointer from the body's root, or `/name` for a query parameter.",
  });
type ProblemDocument = z.infer<typeof problemDocumentSchema>;

/** What comes from outside is repeated only so far. */
const longestText = 1000;
const longestPointer = 300;
const mostFaults = 50;
const clipped = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length).toWellFormed()}…`;

const documentOf = (error: RequestRefused, requestId: string): ProblemDocument => {
  const shown = error.showsAllFaults ? error.faults : error.faults.slice(0, mostFaults);
  const errors = shown.map(({ pointer, detail }) => ({
    pointer: clipped(pointer, longestPointer),
    detail: clipped(detail, longestText),
  }));
  const provider: ProviderDetail | null = error instanceof ProviderFailed ? error.provider : null;
  return {
    type: `urn:switchyard:problem:${error.code}`,
    title: error.title,
    status: error.status,
    detail: clipped(error.message, longestText),
    code: error.code,
    request_id: requestId,
    ...(error.hint === null ? {} : { hint: clipped(error.hint, longestText) }),
    ...(errors.length === 0 ? {} : { errors }),
    ...(provider === null ? {} : { provider }),
  };
};

/** The answer to a request that was refused. */
export const refusalReply = (error: RequestRefused, requestId: string): Reply => ({
  status: error.status,
  headers: {
    "Content-Type": "application/problem+json",
    ...(error.retryAfterSeconds === null ? {} : { "Retry-After": String(error.retryAfterSeconds) }),
    // A 401 has to say how else (RFC 9110, 15.5.2); where a key is needed, its own words follow.
    ...(error.status === 401 ? { "WWW-Authenticate": 'Webhook realm="switchyard"' } : {}),
    ...(error instanceof HttpRefused ? error.headers : {}),
  },
  body: documentOf(error, requestId),
});

/** The answer when we ourselves have failed: says nothing but the id by which the log has it. */
export const failureReply = (requestId: string): Reply =>
  refusalReply(
    new RequestRefused({
      status: 500,
      code: "INTERNAL",
      title: "Switchyard has failed",
      detail: "The request could not be answered; that is not your request's fault.",
      hint: `The log has it under the request id ${requestId}. Asking again with the same Idempotency-Key is safe.`,
    }),
    requestId,
  );
