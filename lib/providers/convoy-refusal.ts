import * as z from "zod";
import type { ProviderDetail } from "../operation/problem.ts";
import type { HttpAnswer } from "../ports/http-client.ts";
import { ProviderDoubt, ProviderRefusal, type RefusalCode } from "../ports/provider.ts";
import { withFieldWords } from "./fields-in-words.ts";

const textLimit = 500;
const fieldLimit = 50;

const clipped = (text: string): string => (text.length > textLimit ? `${text.slice(0, textLimit)}…` : text);

// Read field by field: one of another shape than expected must not hide the others.
const messages = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const errorBodySchema = z.looseObject({
  message: z.string().optional().catch(undefined),
  /** Of the unreleased v5. */
  code: z.string().optional().catch(undefined),
  errors: z.record(z.string(), messages.catch([])).optional().catch(undefined),
});
type ErrorBody = z.infer<typeof errorBodySchema>;

const parseErrorBody = (body: string): ErrorBody | null => {
  try {
    return errorBodySchema.safeParse(JSON.parse(body)).data ?? null;
  } catch {
    return null;
  }
};

/** Neither panel numbers its exchanges; a proxy before it may. */
export const requestIdOf = (answer: HttpAnswer): string | null => answer.headers["x-request-id"] ?? null;

const detailOf = (answer: HttpAnswer, body: ErrorBody | null): ProviderDetail => {
  const requestId = requestIdOf(answer);
  const { message, code, errors = {} } = body ?? {};
  const fields = Object.entries(errors).slice(0, fieldLimit);
  return {
    status: answer.status,
    ...(code === undefined ? {} : { code: clipped(code) }),
    ...(message === undefined || message === "" ? {} : { message: clipped(message) }),
    ...(fields.length === 0
      ? {}
      : { fields: Object.fromEntries(fields.map(([name, said]) => [name, said.map(clipped)])) }),
    ...(requestId === null ? {} : { request_id: requestId }),
  };
};

const statusMeanings: Readonly<Record<number, RefusalCode>> = {
  400: "INVALID_INPUT",
  401: "UNAUTHENTICATED",
  402: "PAYMENT_REQUIRED",
  403: "PERMISSION_DENIED",
  409: "WRONG_STATE",
  422: "INVALID_INPUT",
  423: "LOCKED",
  429: "RATE_LIMITED",
};

/**
 * Whether a 404 says that the server does not exist. Any other (no such route, a proxy's page, a bare "Not Found") may
 * mean a wrong URL: taken for "gone", it would make a delete succeed that never reached its panel.
 */
const namesRecord = (body: ErrorBody | null): boolean =>
  /no query results for model|server.{0,60}not found|not found.{0,60}server/i.test(body?.message ?? "");

const meaningOf = (status: number, body: ErrorBody | null): RefusalCode => {
  if (status === 404) return namesRecord(body) ? "RESOURCE_NOT_FOUND" : "PROVIDER_REFUSED";
  return statusMeanings[status] ?? "PROVIDER_REFUSED";
};

/** Seconds to wait, from `Retry-After` (seconds or a date), else from `X-RateLimit-Reset`; null when neither says. */
const retryAfterOf = ({ headers }: HttpAnswer, now: number): number | null => {
  const header = headers["retry-after"]?.trim();
  if (header !== undefined && /^\d+$/.test(header)) return Number(header);
  const reset = Number(headers["x-ratelimit-reset"] ?? Number.NaN) * 1000;
  const until = header === undefined ? reset : Date.parse(header);
  return Number.isFinite(until) ? Math.max(0, Math.ceil((until - now) / 1000)) : null;
};

const wordsOf = (status: number, said: string): string =>
  status === 405
    ? `The panel has no such call (405), so nothing was changed: ${said}`
    : `The panel refused with ${status}: ${said}`;

/**
 * What an answer of a Convoy panel that is not a 2xx means (providers.md 5.1 and 5.2): `{message}`, and `errors` by field
 * with a 422. A redirect, a 408 and any 5xx leave open whether something happened. `now` in ms since the epoch.
 */
export const errorOf = (answer: HttpAnswer, now: number): ProviderRefusal | ProviderDoubt => {
  const body = parseErrorBody(answer.body);
  const detail = detailOf(answer, body);
  const said = (detail.message ?? "no reason given").replace(/\.?$/, ".");
  const { status } = answer;
  if (status < 400 || status === 408 || status >= 500) {
    return new ProviderDoubt(`The panel answered ${status}: ${said}`, detail);
  }
  const code = meaningOf(status, body);
  const words = code === "INVALID_INPUT" ? withFieldWords(said, detail) : said;
  return new ProviderRefusal(code, wordsOf(status, words), detail, {
    retryAfterSeconds: status === 429 ? retryAfterOf(answer, now) : null,
  });
};
