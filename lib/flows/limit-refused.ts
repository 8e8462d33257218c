import type { Connection } from "../connection.ts";
import type { Refusal } from "../limits/decide.ts";
import { raisedBy, type LimitName } from "../limits/limits.ts";
import { RequestRefused } from "./request-refused.ts";

const codes: Readonly<Record<LimitName, string>> = {
  servers: "LIMIT_SERVERS",
  creates_per_minute: "LIMIT_CREATES_PER_MINUTE",
  euros_per_day: "LIMIT_EUROS_PER_DAY",
  zones: "LIMIT_ZONE",
  types: "LIMIT_TYPE",
};

const hints: Readonly<Record<LimitName, string>> = {
  servers: "Delete servers that are not needed",
  creates_per_minute: "Ask again later with the same Idempotency-Key",
  euros_per_day: "Ask again tomorrow (UTC)",
  zones: "Choose another zone",
  types: "Choose another type",
};

/** A limit that stands in the way, as the caller is told. */
export const limitRefused = (refusal: Refusal, { name }: Connection): RequestRefused =>
  new RequestRefused({
    status: refusal.limit === "creates_per_minute" ? 429 : 422,
    code: codes[refusal.limit],
    title: "A limit of the connection does not allow it",
    detail: `Connection ${name}: ${refusal.detail}.`,
    faults: [{ pointer: refusal.pointer, detail: refusal.detail }],
    hint: `${hints[refusal.limit]}, or ask ${raisedBy(name)} to change the limit.`,
    ...(refusal.retryAfterSeconds === null ? {} : { retryAfterSeconds: refusal.retryAfterSeconds }),
  });

/** Many count at the same moment, and this one has had no luck for seconds. */
export const limitContested = (name: string): RequestRefused =>
  new RequestRefused({
    status: 429,
    code: "LIMIT_CONTESTED",
    title: "Too many requests are being counted",
    detail: `Many requests for connection ${name} are counted against its limits at this moment.`,
    hint: "Ask again with the same Idempotency-Key.",
    retryAfterSeconds: 1,
  });
