import { isObject } from "../../lib/operation/json.ts";
import type { Observation } from "../../lib/operation/observation.ts";
import type { HttpAnswer, HttpRequest } from "../../lib/ports/http-client.ts";
import {
  BadCursor,
  ProviderDoubt,
  ProviderRefusal,
  UnknownCollection,
  type Dialect,
  type Handle,
} from "../../lib/ports/provider.ts";
import { nameBears } from "../../lib/providers/name-marker.ts";
import { asAnswer, asFound, type Ask } from "./provider-asks.ts";
import { jsonOf } from "./reply-mutation.ts";

/** One reply as it was served. */
export interface Served {
  readonly request: HttpRequest;
  readonly reply: HttpAnswer;
  /** What the simulator had really said, to this question or to another one. */
  readonly original: HttpAnswer;
  /** Null: served as it was. */
  readonly how: string | null;
  readonly tellsOtherState: boolean;
  readonly isOther: boolean;
}

/** What an adapter made of the replies. */
export type Outcome =
  | { readonly is: "value"; readonly value: unknown }
  | { readonly is: "error"; readonly error: unknown };

/** A question, what was said to it, what came of it, and what comes of it when the replies are left as they were. */
export interface Trial {
  readonly dialect: Dialect;
  readonly ask: Ask;
  readonly served: readonly Served[];
  readonly outcome: Outcome;
  readonly usual: Outcome;
  /** Instants (ms) until which the adapter let the connection rest. */
  readonly holds: readonly number[];
  readonly now: number;
}

const isChange = ({ request }: Served): boolean => request.method !== "GET" && request.method !== "HEAD";
const isYes = ({ reply }: Served): boolean => reply.status >= 200 && reply.status < 300;
const isMissing = ({ status }: HttpAnswer): boolean => status === 404 || status === 410;
/** An object that says something, as errors do, and not a thing that was asked for. */
const isWords = (body: string): boolean => {
  const json = jsonOf(body);
  return isObject(json) && (typeof json["message"] === "string" || typeof json["type"] === "string");
};

/** A definite "there is no such thing": by its status, and in words; without words only where the provider has none. */
const saysGone = ({ reply, original }: Served): boolean =>
  isMissing(reply) && (isWords(reply.body) || (isMissing(original) && !isWords(original.body)));

const typeOf = (body: string): unknown => {
  const json = jsonOf(body);
  return isObject(json) ? json["type"] : undefined;
};

/** Whether a reply leaves open if the change happened: read or not, a yes is no refusal. */
const leavesOpen = (one: Served): boolean => {
  const { status, body } = one.reply;
  if (status < 400 || status === 408) return true;
  return status >= 500 && typeof typeOf(body) !== "string";
};

const crash = ({ outcome }: Trial): string | null => {
  if (outcome.is === "value") return null;
  const { error } = outcome;
  const isOurs = [ProviderRefusal, ProviderDoubt, UnknownCollection, BadCursor].some(
    (type) => error instanceof type,
  );
  return isOurs ? null : `crash: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
};

const oddWait = ({ outcome, holds, now }: Trial): string | null => {
  const odd = holds.find((until) => !Number.isFinite(until) || until > now + 86_400_000);
  if (odd !== undefined) return `rests until ${odd}`;
  if (outcome.is === "value" || !(outcome.error instanceof ProviderRefusal)) return null;
  const seconds = outcome.error.retryAfterSeconds;
  return seconds === null || (Number.isFinite(seconds) && seconds >= 0) ? null : `asks to wait ${seconds} s`;
};

const falseFailure = ({ ask, served, outcome }: Trial): string | null => {
  if (outcome.is === "value" || !(outcome.error instanceof ProviderRefusal)) return null;
  const last = served.at(-1);
  if (last === undefined || ask.do === "read") return null;
  const { code } = outcome.error;
  const isGone = code === "RESOURCE_NOT_FOUND" || code === "RESOURCE_GONE";
  if (isGone && !served.some(saysGone)) return `${code} without a definite word of it`;
  if (ask.do !== "send" || !isChange(last)) return null;
  return leavesOpen(last) ? `a refusal (${code}), though it may have happened` : null;
};

/** What a phase may be that was read from a reply: what it usually is, or a word for not knowing. */
const phaseFault = (
  seen: Observation | null | undefined,
  usual: Observation | null | undefined,
  { served }: Trial,
  id: string | null,
): string | null => {
  if (seen === null || seen === undefined) return null;
  const { phase } = seen;
  if (phase === usual?.phase || phase === "unknown" || phase === "moving") return null;
  if (phase === "gone") return served.some(saysGone) ? null : "gone without a definite word of it";
  // Another reply about the same thing may tell of another time.
  const isTold = served.some(
    ({ tellsOtherState, isOther, reply }) =>
      tellsOtherState || (isOther && (id === null || reply.body.includes(id))),
  );
  return isTold ? null : `${phase} instead of ${usual?.phase ?? "nothing"}`;
};

const sendFault = (trial: Trial): string | null => {
  const { ask, served, outcome, usual, dialect } = trial;
  if (ask.do !== "send" || outcome.is === "error") return null;
  const answer = asAnswer(outcome.value);
  const before = usual.is === "value" ? asAnswer(usual.value) : null;
  if (answer === null) return "answered with no answer";
  const change = served.findLast(isChange);
  if (change !== undefined && !isYes(change)) return `a yes after ${change.reply.status}`;
  if (change === undefined && served.length > 0 && !isYes(served[served.length - 1] ?? served[0] ?? never()))
    return "a yes without any";
  if (ask.call.do === "create") {
    const id = answer.resource?.id;
    const mayLack = before?.resource === null || dialect.mayOmitIds === true;
    if (id === undefined && !mayLack) return "a create without an id";
    if (id === "") return "a create with an empty id";
    const isRead =
      id === undefined || served.some(({ reply }) => reply.body.includes(JSON.stringify(id).slice(1, -1)));
    if (!isRead) return `a create with an id that nobody said: ${id}`;
  }
  return phaseFault(answer.observation, before?.observation, trial, null);
};

const never = (): never => {
  throw new Error("unreachable");
};

const lookFault = (trial: Trial): string | null => {
  const { ask, outcome, usual } = trial;
  if (ask.do !== "look" || outcome.is === "error") return null;
  const seen = observationsIn(outcome.value);
  if (seen.length !== ask.handles.length)
    return `${seen.length} observations of ${ask.handles.length} things`;
  const before = usual.is === "value" ? observationsIn(usual.value) : [];
  const faults = ask.handles.map((handle: Handle, index) => {
    const fault = phaseFault(seen[index], before[index], trial, handle.resource.id);
    return fault === null ? null : `${handle.resource.type} ${handle.resource.id}: ${fault}`;
  });
  return faults.find((fault) => fault !== null) ?? null;
};

const observationsIn = (value: unknown): readonly (Observation | null)[] => (isSight(value) ? value : []);
const isSight = (value: unknown): value is readonly (Observation | null)[] => Array.isArray(value);

/** A list that could not be read must not look like one that is empty. */
const listFault = ({ ask, served, outcome, usual }: Trial): string | null => {
  if ((ask.do !== "search" && ask.do !== "marked") || outcome.is === "error" || served.length === 0)
    return null;
  const unread = served.find((one) => !isYes(one) || jsonOf(one.reply.body) === undefined);
  if (unread !== undefined)
    return `found ${asFound(outcome.value).length} in an answer that can't be read (${unread.reply.status})`;
  if (ask.do === "marked") return null;
  const found = new Set(asFound(outcome.value).map(({ resource }) => resource.id));
  const before = usual.is === "value" ? asFound(usual.value) : [];
  // As many under other ids are not fewer.
  if (found.size >= before.length) return null;
  const lost = before.find(({ resource: { id }, observation: { name } }) => {
    if (found.has(id)) return false;
    return served.some(
      ({ reply: { body } }) =>
        body.includes(JSON.stringify(id)) &&
        (body.includes(JSON.stringify(ask.marker.operation)) ||
          (name !== null && nameBears(name, ask.marker) && body.includes(JSON.stringify(name)))),
    );
  });
  return lost === undefined ? null : `did not find ${lost.resource.id}, which the answer shows`;
};

const inspectFault = ({ ask, served, outcome }: Trial): string | null => {
  if (ask.do !== "inspect" || outcome.is === "error" || served.length === 0) return null;
  if (outcome.value === null)
    return served.some(saysGone) ? null : "nothing there, without a definite word of it";
  const isAsked = served.some((one) => isYes(one) && one.reply.body.includes(ask.resource.id));
  return isAsked ? null : "shows another thing than was asked for";
};

const readFault = ({ ask, served, outcome }: Trial): string | null => {
  if (ask.do !== "read" || outcome.is === "error") return null;
  const last = served.at(-1);
  if (last !== undefined && !isYes(last)) return `read from ${last.reply.status}`;
  try {
    // The API has to.
    JSON.stringify(outcome.value);
    return null;
  } catch (error) {
    return `gives what can't be written: ${String(error)}`;
  }
};

/** What is wrong with what an adapter made of the replies; null where it is right, or at least careful. */
export const faultOf = (trial: Trial): string | null => {
  for (const rule of [
    crash,
    oddWait,
    falseFailure,
    sendFault,
    lookFault,
    listFault,
    inspectFault,
    readFault,
  ]) {
    const fault = rule(trial);
    if (fault !== null) return fault;
  }
  return null;
};
