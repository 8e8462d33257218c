import type { WireAnswer } from "../dialect.ts";
import { Refusal } from "../wire.ts";

const answer = (status: number, type: string, message: string, rest: object = {}): WireAnswer => ({
  status,
  body: { ...rest, message, type },
});

/** 400 with a message that clients match on. */
export const invalidRequest = (message: string): Refusal =>
  new Refusal(answer(400, "invalid_request_error", message));

/** 400 with what is wrong with each field. */
export const validationError = (fields: Record<string, string[]>): Refusal =>
  new Refusal(answer(400, "invalid_request_error", "Validation Error", { fields }));

/** 404 in the spelling of that kind of thing: there are three. */
export const unknownResource = (kind: "Volume" | "Security group" | "other", id: string): Refusal => {
  const spelled = { Volume: `Volume '${id}'`, "Security group": `Security group "${id}"`, other: `"${id}"` };
  return new Refusal(answer(404, "unknown_resource", `${spelled[kind]} not found`));
};

export const invalidAuth = (message: string): Refusal => new Refusal(answer(401, "invalid_auth", message));

const someId = "11111111-1111-4111-8111-111111111111";
const quotaExceeded = () => answer(403, "invalid_request_error", "Quota exceeded for this resource.");
const noFreeAddress = () => answer(503, "invalid_request_error", "No free IP address");

/** Every error of seed 004 and of its users' reports (providers.md 1.4), for faults. */
const errorAnswers: Record<string, () => WireAnswer> = {
  invalid_request_error: () => validationError({ name: ["value is not allowed"] }).answer,
  invalid_auth: () => invalidAuth("The token is not valid").answer,
  /** The document's own misspelling. */
  invitalid_auth: () => answer(401, "invitalid_auth", "The header 'X-Auth-Token' is missing"),
  request_failed: () => answer(402, "api_error", "Request failed"),
  authorization_required: () =>
    answer(403, "authorization_required", "The token provided doesn't have the requested permission."),
  permissions_denied: () =>
    answer(403, "authorization_required", "The token provided doesn't have the requested permission."),
  quotas_exceeded: quotaExceeded,
  quotas_exceeded_legacy: quotaExceeded,
  unknown_resource: () => unknownResource("other", someId).answer,
  conflict: () => answer(409, "conflict", "conflict"),
  /** This API has no typed 429: no body, no Retry-After. */
  too_many_requests: () => ({ status: 429 }),
  api_error: () => answer(500, "api_error", "Internal error"),
  no_free_ip: noFreeAddress,
  out_of_stock: noFreeAddress,
};

/** The types that there is an answer for. */
export const computeErrorTypes: readonly string[] = Object.keys(errorAnswers);

/** The answer of an error type, for faults. */
export const computeErrorAnswer = (type: string): WireAnswer | undefined =>
  Object.hasOwn(errorAnswers, type) ? errorAnswers[type]?.() : undefined;
