import { instant } from "../operation/time.ts";
import type { Attempt, Delivery } from "./delivery.ts";
import type { EndpointFact } from "./endpoint-fact.ts";
import { excerptOf, withoutSecrets } from "./excerpt.ts";
import { mostTries, nextAttemptAt } from "./retry.ts";

/** What came of an attempt. */
export type Outcome =
  | {
      readonly type: "answered";
      readonly status: number;
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** Nothing left the house: name not found, no connection, TLS refused. */
  | { readonly type: "not_sent"; readonly detail: string }
  /** The guard did not let it go: the URL or where its name leads is not public. */
  | { readonly type: "refused_address"; readonly detail: string }
  /** It may have arrived: no answer in time, or cut off. */
  | { readonly type: "unclear"; readonly detail: string };

/** An attempt that was made. */
export interface Tried {
  /** When it began, and when it was over, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
  /** Chance in [0, 1), for the time of the next attempt. */
  readonly fraction: number;
  /** What may not be stored: the endpoint's secrets, the signing key, the values of its own headers. */
  readonly secrets: readonly string[];
}

/** The delivery after an attempt, and what its endpoint is to be told (see `endpointChange`). */
export interface AttemptChange {
  readonly next: Delivery;
  readonly facts: readonly EndpointFact[];
  readonly why: string;
}

/** Attempts that a row shows; replays may add to them without end. */
const mostShown = 20;

const errorOf = (outcome: Outcome): string | null => {
  switch (outcome.type) {
    case "answered": {
      const { status } = outcome;
      if (status >= 200 && status < 300) return null;
      if (status >= 300 && status < 400) {
        return `answered ${status}; redirects are not followed: put the final URL into the endpoint`;
      }
      return status === 410 ? "answered 410: it wants no more events" : `answered ${status}`;
    }
    case "not_sent":
      return `not sent: ${outcome.detail}`;
    case "refused_address":
      return `not sent, the address is refused: ${outcome.detail}`;
    case "unclear":
      return `may have arrived: ${outcome.detail}`;
  }
};

const attemptOf = ({ startedAt, endedAt, outcome, secrets }: Tried): Attempt => {
  const error = errorOf(outcome);
  const answered = outcome.type === "answered";
  return {
    at: instant(startedAt),
    status: answered ? outcome.status : null,
    error: error === null ? null : withoutSecrets(error, secrets),
    duration_ms: Math.max(0, Math.round(endedAt - startedAt)),
    response: answered ? excerptOf(outcome.body, secrets) : null,
  };
};

type End = Pick<Delivery, "state" | "next_attempt_at" | "tries">;

const after = (delivery: Delivery, attempt: Attempt, now: number, end: End): Delivery => ({
  ...delivery,
  ...end,
  version: delivery.version + 1,
  attempts: [...delivery.attempts, attempt].slice(-mostShown),
  updated_at: instant(now),
});

/** What an attempt does to a delivery. Pure; only 2xx is success. A delivery that is over does not move. */
export const attempted = (delivery: Delivery, tried: Tried): AttemptChange => {
  if (delivery.state !== "pending") return { next: delivery, facts: [], why: "it is over" };
  const now = tried.endedAt;
  const attempt = attemptOf(tried);
  const tries = delivery.tries + 1;
  if (attempt.error === null) {
    const next = after(delivery, attempt, now, { state: "succeeded", next_attempt_at: null, tries });
    return { next, facts: [{ type: "succeeded" }], why: `answered ${attempt.status}` };
  }
  const over = after(delivery, attempt, now, { state: "failed", next_attempt_at: null, tries });
  if (attempt.status === 410) return { next: over, facts: [{ type: "gone" }], why: attempt.error };
  const failed = { type: "failed", detail: attempt.error } as const;
  const retryAfter =
    tried.outcome.type === "answered" ? (tried.outcome.headers["retry-after"] ?? null) : null;
  const again = nextAttemptAt(tries, tried.fraction, now, retryAfter);
  if (again === null) {
    const why = `attempt ${tries} of ${mostTries} was the last: ${attempt.error}`;
    return { next: over, facts: [failed, { type: "exhausted", delivery: over }], why };
  }
  const end = { state: "pending", next_attempt_at: instant(again), tries } as const;
  return { next: after(delivery, attempt, now, end), facts: [failed], why: attempt.error };
};

/** A pending delivery that is given up without an attempt, as its endpoint is disabled or gone. */
export const abandoned = (delivery: Delivery, now: number, reason: string): Delivery => {
  if (delivery.state !== "pending") return delivery;
  const note = {
    at: instant(now),
    status: null,
    error: `not sent: ${reason}`,
    duration_ms: 0,
    response: null,
  };
  return after(delivery, note, now, { state: "failed", next_attempt_at: null, tries: delivery.tries });
};
