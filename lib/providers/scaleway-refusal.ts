import type { HttpAnswer } from "../ports/http-client.ts";
import { ProviderDoubt, ProviderRefusal, type RefusalCode } from "../ports/provider.ts";
import { withFieldWords } from "./fields-in-words.ts";
import { detailOf, parseErrorBody, type ScalewayErrorBody } from "./scaleway-error-body.ts";

/** A message of the older `invalid_request_error` and what it means; the first row that matches counts. */
const messageMeanings: readonly (readonly [RegExp, RefusalCode])[] = [
  [/quota exceeded/i, "QUOTA_EXCEEDED"],
  [/no free ip|out of stock|not enough (stock|capacity)/i, "OUT_OF_STOCK"],
  [/server is protected/i, "PROTECTED"],
  [/should be (running|stopped|powered off)/i, "WRONG_STATE"],
  [/being stopped or rebooted/i, "WRONG_STATE"],
  [/is attached to this volume|volume is in use|still in use/i, "WRONG_STATE"],
];

/** Every error type of today's API and of the older one. `invalid_request_error` is read by its message. */
const typeMeanings: Readonly<Record<string, RefusalCode>> = {
  invalid_arguments: "INVALID_INPUT",
  invalid_auth: "UNAUTHENTICATED",
  // As seed 004 spells it.
  invitalid_auth: "UNAUTHENTICATED",
  denied_authentication: "UNAUTHENTICATED",
  authorization_required: "PERMISSION_DENIED",
  permissions_denied: "PERMISSION_DENIED",
  quotas_exceeded: "QUOTA_EXCEEDED",
  out_of_stock: "OUT_OF_STOCK",
  unknown_resource: "RESOURCE_NOT_FOUND",
  // The two official clients disagree on this word.
  resource_expired: "RESOURCE_GONE",
  expired: "RESOURCE_GONE",
  already_exists: "ALREADY_EXISTS",
  transient_state: "WRONG_STATE",
  conflict: "WRONG_STATE",
  resource_still_in_use: "WRONG_STATE",
  locked: "LOCKED",
  too_many_requests: "RATE_LIMITED",
};

/** Types that say "I did nothing" even on a 5xx; any other 5xx may have done something. */
const definiteOn5xx: ReadonlySet<string> = new Set([
  "invalid_arguments",
  "invalid_request_error",
  "precondition_failed",
  "quotas_exceeded",
  "out_of_stock",
  "permissions_denied",
  "locked",
  "too_many_requests",
]);

/** Where there is no type to go by, the few statuses that can mean one thing only. A bare 404 is not one of them. */
const statusMeanings: Readonly<Record<number, RefusalCode>> = {
  401: "UNAUTHENTICATED",
  402: "PAYMENT_REQUIRED",
  403: "PERMISSION_DENIED",
  423: "LOCKED",
  429: "RATE_LIMITED",
};

const meaningOfMessage = (body: ScalewayErrorBody): RefusalCode | undefined => {
  const said = `${body.message ?? ""} ${body.help_message ?? ""}`;
  return messageMeanings.find(([pattern]) => pattern.test(said))?.[1];
};

/** Resources that stand for the address of a call: when one is "not found", the connection is wrong, nothing is gone. */
const addressWords: ReadonlySet<string> = new Set(["zone", "region", "path", "project", "organization"]);

const meaningOf = (status: number, body: ScalewayErrorBody | null): RefusalCode => {
  if (body === null) return statusMeanings[status] ?? "PROVIDER_REFUSED";
  const byMessage = meaningOfMessage(body);
  switch (body.type) {
    case undefined:
      return statusMeanings[status] ?? byMessage ?? "PROVIDER_REFUSED";
    case "precondition_failed":
      return body.precondition === "protected_resource" || byMessage === "PROTECTED"
        ? "PROTECTED"
        : "WRONG_STATE";
    case "invalid_request_error":
      if (byMessage !== undefined) return byMessage;
      if (status === 402) return "PAYMENT_REQUIRED";
      return status >= 500 ? "PROVIDER_REFUSED" : "INVALID_INPUT";
    case "not_found":
      return addressWords.has(body.resource ?? "") ? "PROVIDER_REFUSED" : "RESOURCE_NOT_FOUND";
    default:
      return typeMeanings[body.type] ?? statusMeanings[status] ?? "PROVIDER_REFUSED";
  }
};

/** What is gone is so by word and by status: a 400 that quotes such a type says nothing about existence. */
const mayStand = (code: RefusalCode, status: number): boolean =>
  (code !== "RESOURCE_NOT_FOUND" && code !== "RESOURCE_GONE") || status === 404 || status === 410;

const codeOf = (status: number, body: ScalewayErrorBody | null): RefusalCode => {
  const code = meaningOf(status, body);
  return mayStand(code, status) ? code : "PROVIDER_REFUSED";
};

/** Seconds to wait, from `Retry-After` (seconds or a date) or the typed body; null when the provider does not say. */
const retryAfterOf = (answer: HttpAnswer, body: ScalewayErrorBody | null, now: number): number | null => {
  const header = answer.headers["retry-after"];
  if (header !== undefined && /^\d+$/.test(header.trim())) return Number(header);
  if (header === undefined && body?.reset_seconds !== undefined) return body.reset_seconds;
  const date = Date.parse(header ?? body?.reset_at ?? "");
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now) / 1000));
};

/** Whether the answer leaves open if something happened: a redirect, a 408, or a 5xx without a definite type. */
const isDoubtful = (status: number, body: ScalewayErrorBody | null): boolean =>
  status < 400 || status === 408 || (status >= 500 && !definiteOn5xx.has(body?.type ?? ""));

/**
 * What an answer that is not a 2xx means (providers.md 1.4 and 4.4): by type and message first, since the same refusal
 * comes with several statuses. `now` is in milliseconds since the epoch.
 */
export const errorOf = (answer: HttpAnswer, now: number): ProviderRefusal | ProviderDoubt => {
  const body = parseErrorBody(answer.body);
  const detail = detailOf(answer, body);
  const said = (detail.message ?? "no reason given").replace(/\.?$/, ".");
  if (isDoubtful(answer.status, body)) {
    return new ProviderDoubt(`The provider answered ${answer.status}: ${said}`, detail);
  }
  const code = codeOf(answer.status, body);
  const words = code === "INVALID_INPUT" ? withFieldWords(said, detail) : said;
  return new ProviderRefusal(code, `The provider refused with ${answer.status}: ${words}`, detail, {
    retryAfterSeconds: retryAfterOf(answer, body, now),
  });
};

/**
 * Whether an error says in so many words that the thing does not exist. A bare 404 (a wrong path, a gateway) does not:
 * taken for "gone", it would make a delete succeed that never reached its server.
 */
export const saysGone = (error: unknown): error is ProviderRefusal =>
  error instanceof ProviderRefusal && (error.code === "RESOURCE_NOT_FOUND" || error.code === "RESOURCE_GONE");
