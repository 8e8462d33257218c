import type { WireAnswer } from "../dialect.ts";
import { Refusal } from "../wire.ts";
import type { V1SettingValues } from "./parts.ts";

/** The two types of the document. */
type ErrorType = "invalid_request_error" | "api_error";

interface ErrorBody {
  type: ErrorType;
  message: string;
  code?: string;
  param?: string;
}

const answer = (status: number, body: ErrorBody): WireAnswer => ({ status, body });

/** 400: something is wrong with a parameter. */
export const badParameter = (param: string, message: string, code = "invalid_parameter"): Refusal =>
  new Refusal(answer(400, { type: "invalid_request_error", message, code, param }));

/** 400: the call as a whole cannot be read. */
export const badRequest = (message: string): Refusal =>
  new Refusal(answer(400, { type: "invalid_request_error", message }));

/** 401, in the document's words. */
export const noApiKey = (): Refusal =>
  new Refusal(answer(401, { type: "invalid_request_error", message: "No valid API key provided." }));

/** 402: the parameters were valid, and it did not work out. */
export const requestFailed = (code: string, message: string, param?: string): Refusal =>
  new Refusal(answer(402, { type: "api_error", message, code, ...(param === undefined ? {} : { param }) }));

/** 402 of a server that cannot be launched. */
export const launchFailed = (): Refusal =>
  requestFailed("no_capacity", "The instance can not be launched: no node is available.", "server_id");

/** 404 of something that a parameter names. */
export const notFound = (param: string, id: string): Refusal =>
  new Refusal(
    answer(404, {
      type: "invalid_request_error",
      message: `The requested item doesn't exist: ${JSON.stringify(id)}.`,
      code: "not_found",
      param,
    }),
  );

/** 404 of a path that the API does not have. */
export const noSuchPath = (path: string): Refusal =>
  new Refusal(answer(404, { type: "invalid_request_error", message: `Nothing is at ${path}.` }));

const ourSide = (status: number, message: string): WireAnswer =>
  answer(status, { type: "api_error", message });

/** Every status that the document lists, and what its successors add, for faults. */
const errorAnswers: Record<string, () => WireAnswer> = {
  invalid_request_error: () => badParameter("name", "The name is not valid.").answer,
  missing_parameter: () => badParameter("volumes", "A parameter is missing.", "missing_parameter").answer,
  unauthorized: () => noApiKey().answer,
  request_failed: () => launchFailed().answer,
  out_of_stock: () => requestFailed("out_of_stock", "No server of this kind is left.").answer,
  quotas_exceeded: () =>
    requestFailed("quota_exceeded", "The quota of servers is used up.", "organization").answer,
  not_found: () => notFound("server_id", "Server-11111111-1111-4111-8111-111111111111").answer,
  api_error: () => ourSide(500, "Internal error."),
  bad_gateway: () => ourSide(502, "Bad gateway."),
  unavailable: () => ourSide(503, "The service is unavailable."),
  gateway_timeout: () => ourSide(504, "The service did not answer in time."),
  /** The document has no 429: this is what its `type` would be. */
  too_many_requests: () => answer(429, { type: "invalid_request_error", message: "Too many requests." }),
};

/** The types that there is an answer for. */
export const v1ErrorTypes: readonly string[] = Object.keys(errorAnswers);

/** The answer of an error type, for faults. */
export const v1ErrorAnswer = (type: string): WireAnswer | undefined =>
  Object.hasOwn(errorAnswers, type) ? errorAnswers[type]?.() : undefined;

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** An error as this API is set to word it. */
export const worded = (settings: V1SettingValues, { body, ...rest }: WireAnswer): WireAnswer => {
  if (settings.error_details === "full" || !isObject(body)) {
    return { ...rest, body };
  }
  const kept = Object.entries(body).filter(([name]) => name === "type" || name === "message");
  return { ...rest, body: Object.fromEntries(kept) };
};
