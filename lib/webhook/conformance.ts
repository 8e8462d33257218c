import { typePrefix } from "../../events/event.ts";
import type { Conformance } from "./endpoint.ts";
import { testEvent } from "./new-delivery.ts";
import { signedHeaders } from "./signature.ts";

export type Finding = Conformance["findings"][number];

/** One request of a probe, as it is to be sent by POST. */
export interface ProbeRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Milliseconds between the pieces of the body; null: sent at once. */
  readonly bodyPauseMilliseconds: number | null;
}

/** What came of one request: the status, or in words why there is none. */
export type ProbeAnswer =
  | { readonly type: "answered"; readonly status: number }
  | { readonly type: "none"; readonly why: Unanswered; readonly detail: string };

/** Why a request has no answer: its address is not allowed, nothing was sent, or what became of it is not known. */
export type Unanswered = "refused_address" | "not_sent" | "unclear";

/** One question to a receiver. */
export interface Probe {
  readonly name: string;
  /** What is sent, for people. */
  readonly sent: string;
  /** What a good receiver does. */
  readonly expected: string;
  /** The requests in their order, signed for an instant (ms since the epoch); the next one after the answer to the last. */
  readonly requestsAt: (at: number) => readonly ProbeRequest[];
  /** What the answers, one for each request, say about the receiver. */
  readonly judge: (answers: readonly ProbeAnswer[]) => Finding;
}

/** Who is asked, and with what. */
export interface Asked {
  readonly endpointId: string;
  /** As in `signedHeaders`: the secret in use first. */
  readonly secrets: readonly string[];
  /** Unique to this check; letters, digits and `_`. */
  readonly token: string;
}

const minutes = 60_000;
const slowPauseMilliseconds = 1000;

type Wish = "taken" | "refused";

interface Question {
  readonly name: string;
  readonly sent: string;
  readonly wish: Wish;
  /** What is wrong with a receiver that does otherwise, and what to do. */
  readonly advice: string;
  readonly times?: number;
  readonly skewMilliseconds?: number;
  readonly pause?: number;
  readonly type?: string;
  readonly alter?: (headers: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
}

/** The same signatures with one letter changed in the middle of each: a right form, and wrong. */
const spoilt = (signatures: string): string =>
  signatures
    .split(" ")
    .map((one) => `${one.slice(0, 20)}${one.charAt(20) === "A" ? "B" : "A"}${one.slice(21)}`)
    .join(" ");

const withoutSignature = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "webhook-signature"));

const questions: readonly Question[] = [
  {
    name: "valid",
    sent: "an event with a valid signature",
    wish: "taken",
    advice:
      "Verify with the endpoint's present secret over the raw bytes of the body, before anything parses it, and answer 2xx before the work begins.",
  },
  {
    name: "bad_signature",
    sent: "an event whose signature is wrong",
    wish: "refused",
    advice: "Verify webhook-signature and answer 401 when none of its signatures is right.",
    alter: (headers) => ({ ...headers, "webhook-signature": spoilt(headers["webhook-signature"] ?? "") }),
  },
  {
    name: "missing_signature",
    sent: "an event without a signature",
    wish: "refused",
    advice: "Answer 400 or 401 when webhook-signature is missing: anybody can leave it out.",
    alter: withoutSignature,
  },
  {
    name: "old_timestamp",
    sent: "an event that was signed 10 minutes ago",
    wish: "refused",
    advice:
      "Refuse a webhook-timestamp older than 5 minutes: a request that was overheard could be sent again.",
    skewMilliseconds: -10 * minutes,
  },
  {
    name: "future_timestamp",
    sent: "an event that is signed for 10 minutes from now",
    wish: "refused",
    advice: "Refuse a webhook-timestamp that is more than 5 minutes ahead, and keep the clock set.",
    skewMilliseconds: 10 * minutes,
  },
  {
    name: "repeated_id",
    sent: "the same event twice",
    wish: "taken",
    advice:
      "Events come at least once: remember webhook-id, answer 2xx to a repeat and do nothing. Anything else brings it again.",
    times: 2,
  },
  {
    name: "slow_body",
    sent: "an event whose body comes in pieces, a second apart",
    wish: "taken",
    advice: "Read the whole body before verifying, allow at least 10 seconds for it, and answer within 15.",
    pause: slowPauseMilliseconds,
  },
  {
    name: "unknown_type",
    sent: "an event of a type that is not known yet",
    wish: "taken",
    advice: "Answer 2xx to types that you don't know and ignore them: new ones are added without notice.",
    type: `${typePrefix}endpoint.unknown_type_test`,
  },
];

const wishes: Readonly<Record<Wish, string>> = {
  taken: "2xx within 15 seconds",
  refused: "4xx, but not 408, 410 or 429",
};

const isAsWished = (wish: Wish, answer: ProbeAnswer): boolean => {
  if (answer.type === "none") return false;
  const { status } = answer;
  if (wish === "taken") return status >= 200 && status < 300;
  // These three say something else than no: too slow, never again, not now.
  return status >= 400 && status < 500 && ![408, 410, 429].includes(status);
};

const words = (answer: ProbeAnswer): string =>
  answer.type === "answered" ? String(answer.status) : `no answer: ${answer.detail}`;

const unansweredAdvice = ({ why, detail }: Extract<ProbeAnswer, { type: "none" }>): string => {
  if (why === "refused_address")
    return `Nothing is sent to its address (${detail}): put a public one into the endpoint.`;
  if (why === "not_sent") return `It could not be reached (${detail}): start it, then check again.`;
  return `It did not answer (${detail}): mend that first. It reads the whole body and answers within 15 seconds.`;
};

/** Some answers mean the same trouble whatever was asked. */
const generalAdvice = (answer: ProbeAnswer | undefined, wish: Wish): string | null => {
  if (answer === undefined) return null;
  if (answer.type === "none") return unansweredAdvice(answer);
  const { status } = answer;
  if (status >= 500)
    return `It answers ${status}: mend that first.${wish === "refused" ? " What it refuses it answers with 4xx." : ""}`;
  if (status >= 300 && status < 400)
    return "Redirects are not followed: put the final URL into the endpoint.";
  if (status === 410) return "410 means that no more events are wanted, and disables the endpoint.";
  if (status === 429) return "It throttled: check again when it is idle, and allow a few requests a second.";
  return null;
};

const judged = ({ name, wish, advice, times = 1 }: Question, answers: readonly ProbeAnswer[]): Finding => {
  const passed = answers.length === times && answers.every((answer) => isAsWished(wish, answer));
  const wrong = answers.find((answer) => !isAsWished(wish, answer));
  return {
    probe: name,
    passed,
    expected: wishes[wish],
    got: answers.length === 0 ? "nothing was sent" : answers.map(words).join(", then "),
    advice: passed ? null : (generalAdvice(wrong, wish) ?? advice),
  };
};

const requestOf = (question: Question, { endpointId, secrets, token }: Asked, at: number): ProbeRequest => {
  const signedAt = at + (question.skewMilliseconds ?? 0);
  const plain = testEvent(endpointId, `${token}_${question.name}`, at);
  const event = { ...plain, type: question.type ?? plain.type };
  const body = JSON.stringify(event);
  const signed = signedHeaders({ id: event.id, at: signedAt, body, secrets });
  const headers = question.alter === undefined ? signed : question.alter(signed);
  return { headers, body, bodyPauseMilliseconds: question.pause ?? null };
};

/** The questions that tell whether a receiver does as Standard Webhooks asks. All bear test events. Pure. */
export const probesOf = (asked: Asked): readonly Probe[] =>
  questions.map((question) => ({
    name: question.name,
    sent: question.sent,
    expected: wishes[question.wish],
    requestsAt: (at) => {
      const request = requestOf(question, asked, at);
      return Array.from({ length: question.times ?? 1 }, () => request);
    },
    judge: (answers) => judged(question, answers),
  }));
