import * as z from "zod";
import type { ProviderDetail } from "../../operation/problem.ts";
import type { HttpAnswer } from "../../ports/http-client.ts";
import { ProviderDoubt, ProviderRefusal, type RefusalCode } from "../../ports/provider.ts";

const textLimit = 500;
const clipped = (text: string): string => (text.length > textLimit ? `${text.slice(0, textLimit)}…` : text);

// Read field by field: one of another shape than expected must not hide the others.
const text = z.string().optional().catch(undefined);
const errorBodySchema = z.looseObject({ type: text, message: text, code: text, param: text });
type ErrorBody = z.infer<typeof errorBodySchema>;

const parseErrorBody = (body: string): ErrorBody | null => {
  try {
    return errorBodySchema.safeParse(JSON.parse(body)).data ?? null;
  } catch {
    return null;
  }
};

/** The document has no id of an exchange; a proxy before it may. */
export const requestIdOf = (answer: HttpAnswer): string | null => answer.headers["x-request-id"] ?? null;

const detailOf = (answer: HttpAnswer, body: ErrorBody | null): ProviderDetail => {
  const requestId = requestIdOf(answer);
  const { type, code, param, message } = body ?? {};
  return {
    status: answer.status,
    ...(type === undefined ? {} : { type: clipped(type) }),
    ...(code === undefined ? {} : { code: clipped(code) }),
    ...(param === undefined ? {} : { param: clipped(param) }),
    ...(message === undefined || message === "" ? {} : { message: clipped(message) }),
    ...(requestId === null ? {} : { request_id: requestId }),
  };
};

type Meaning = readonly [RegExp, RefusalCode];

/** What the words of a 402 mean; the first row that fits counts. Without such words it is just a request that failed. */
const failedMeanings: readonly Meaning[] = [
  [/stock|capacity|shortage|no (free|available)/i, "OUT_OF_STOCK"],
  [/quota/i, "QUOTA_EXCEEDED"],
  [/rate.?limit|too many/i, "RATE_LIMITED"],
  [/payment|charge|billing|credit|invoice/i, "PAYMENT_REQUIRED"],
];

const alreadyThere = /already exists|exists already|there already|[a-z]_exists\b|duplicate/i;
const wrongState =
  /not[ _](available|off|on|stopped|running)\b|(wrong|invalid|bad)[ _]state|(should|must) be (off|on|stopped|running|powered)|\bis (being|already|starting|stopping|running|still)\b|already[ _](on|off|running|stopped)/i;
/** Parameters that a state can be the fault of; a name may hold any word. */
const statefulParams: ReadonlySet<string | undefined> = new Set([
  undefined,
  "action",
  "state",
  "server_id",
  "id",
]);

const meaningOfWords = (said: string, meanings: readonly Meaning[]): RefusalCode | undefined =>
  meanings.find(([pattern]) => pattern.test(said))?.[1];

const meaningOf400 = (body: ErrorBody | null, said: string): RefusalCode => {
  if (alreadyThere.test(said)) return "ALREADY_EXISTS";
  if (statefulParams.has(body?.param) && wrongState.test(said)) return "WRONG_STATE";
  return meaningOfWords(said, [[/quota/i, "QUOTA_EXCEEDED"]]) ?? "INVALID_INPUT";
};

const statusMeanings: Readonly<Record<number, RefusalCode>> = {
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  409: "WRONG_STATE",
  422: "INVALID_INPUT",
  423: "LOCKED",
  429: "RATE_LIMITED",
};

/** The types that the document has, and the one that Scaleway's other APIs have for what does not exist. */
const ownTypes: ReadonlySet<string> = new Set(["invalid_request_error", "api_error", "unknown_resource"]);

const isOwnWord = (body: ErrorBody | null): boolean => body?.type !== undefined && ownTypes.has(body.type);

const meaningOf = (status: number, body: ErrorBody | null): RefusalCode => {
  const said = `${body?.code ?? ""} ${body?.message ?? ""}`;
  switch (status) {
    case 400:
      return meaningOf400(body, said);
    case 402:
      return meaningOfWords(said, failedMeanings) ?? "PROVIDER_REFUSED";
    case 404:
      // In the API's own words it is about the thing; a bare one may come from a gateway, or be about the path.
      return isOwnWord(body) ? "RESOURCE_NOT_FOUND" : "PROVIDER_REFUSED";
    case 410:
      return isOwnWord(body) ? "RESOURCE_GONE" : "PROVIDER_REFUSED";
    case 409:
      return alreadyThere.test(said) ? "ALREADY_EXISTS" : "WRONG_STATE";
    default:
      return statusMeanings[status] ?? "PROVIDER_REFUSED";
  }
};

/** The instant (ms since the epoch) that `X-RateLimit-Reset` names in seconds; null where it names none. */
export const resetOf = ({ headers }: HttpAnswer): number | null => {
  const seconds = Number(headers["x-ratelimit-reset"] ?? Number.NaN);
  return seconds > 0 && Number.isFinite(seconds) ? seconds * 1000 : null;
};

/** Seconds to wait: `Retry-After`, else until the limit is renewed; null when neither is said. */
const retryAfterOf = (answer: HttpAnswer, now: number): number | null => {
  const header = answer.headers["retry-after"]?.trim();
  if (header !== undefined && /^\d+$/.test(header)) return Number(header);
  const reset = resetOf(answer);
  const isUsedUp = answer.headers["x-ratelimit-remaining"] === "0";
  return reset === null || !isUsedUp ? null : Math.max(0, Math.ceil((reset - now) / 1000));
};

/**
 * What an answer outside 2xx means: `{type, message, code?, param?}` with 400, 401, 402, 404 and the 5xx of the
 * document, and the statuses of the APIs that followed. A redirect, a 408 and any 5xx leave open whether something
 * happened. `now` in ms since the epoch.
 */
export const v1ErrorOf = (answer: HttpAnswer, now: number): ProviderRefusal | ProviderDoubt => {
  const body = parseErrorBody(answer.body);
  const detail = detailOf(answer, body);
  const { status } = answer;
  const said = (detail.message ?? "no reason given").replace(/\.?$/, ".");
  if (status < 400 || status === 408 || status >= 500) {
    return new ProviderDoubt(`The provider answered ${status}: ${said}`, detail);
  }
  const code = meaningOf(status, body);
  return new ProviderRefusal(code, `The provider refused with ${status}: ${said}`, detail, {
    retryAfterSeconds: code === "RATE_LIMITED" ? retryAfterOf(answer, now) : null,
  });
};

/** Whether the provider says in so many words that the thing does not exist. */
export const saysGone = (error: unknown): error is ProviderRefusal =>
  error instanceof ProviderRefusal && (error.code === "RESOURCE_NOT_FOUND" || error.code === "RESOURCE_GONE");

/** A 402 in answer to a launch means that it failed, whatever it says besides. */
export const asLaunch = (error: unknown): unknown =>
  error instanceof ProviderRefusal && error.code === "PROVIDER_REFUSED" && error.provider.status === 402
    ? new ProviderRefusal("START_FAILED", error.message, error.provider, { cause: error })
    : error;
