import { homeOf } from "../connection.ts";
import { bounds, secondsAfter } from "../operation/bounds.ts";
import type { Fact, Next } from "../operation/fact.ts";
import type { Need } from "../operation/resume.ts";
import { resourceTypeOf } from "../operation/kind.ts";
import { markerOf } from "../operation/marker.ts";
import { currentStep, isDone, isLate, type Operation } from "../operation/operation.ts";
import { secondsBetween } from "../operation/time.ts";
import { ProviderDoubt, ProviderRefusal, type Handle } from "../ports/provider.ts";
import type { Change } from "../operation/forward.ts";
import { transition } from "../operation/transition.ts";
import { applyFact } from "./change-operation.ts";
import { callOf, sendNeedsMilliseconds, sendOnce } from "./provider-call.ts";
import { providerOf, type Turn } from "./turn.ts";

/**
 * How long a call may wait for its place in the connection's budget: short enough that an answer in hand is saved
 * before its silence would be taken for a death.
 */
const patienceMilliseconds = 5000;

/** What a look needs to know of an operation that has a resource. */
export const handleOf = (operation: Operation, now: number): Handle | null =>
  operation.resource === null
    ? null
    : {
        resource: operation.resource,
        task: operation.task,
        ageSeconds: secondsBetween(
          operation.call?.intended_at ?? currentStep(operation)?.started_at ?? operation.updated_at,
          now,
        ),
        seenMoving: operation.call?.seen_moving === true || currentStep(operation)?.seen_moving === true,
        awaitsBuild: currentStep(operation)?.mode === "watch",
      };

const withoutConnection = (operation: Operation): Fact => ({
  type: "refused",
  code: "CONNECTION_UNAVAILABLE",
  detail: `The connection ${operation.connection} is no longer configured.`,
  provider: { status: null },
  retryAfterSeconds: null,
});

/** Waits for a place in the budget, as long as the invocation lasts. */
export const mayCall = async (operation: Operation, turn: Turn): Promise<boolean> => {
  const known = providerOf(operation, turn.ports);
  if (known === null) return true;
  // At a very low ceiling a place is further away than that; then one is waited for at least.
  const patience = Math.max(patienceMilliseconds, 2000 / known.connection.rate_per_second);
  const time = Math.min(patience, turn.timeLeft() - sendNeedsMilliseconds);
  const { name, rate_per_second: ceiling } = known.connection;
  return time > 0 && turn.ports.budget.take(name, ceiling, time, "write", homeOf(known.connection));
};

/**
 * Sends what was decided, by whoever saved the decision. A call that must not be repeated is sent within the start
 * window or not at all (R5): the clock is read again just before.
 */
const send = async (
  operation: Operation,
  next: Extract<Next, { do: "send" }>,
  turn: Turn,
): Promise<Fact | null> => {
  const known = providerOf(operation, turn.ports);
  if (known === null) return withoutConnection(operation);
  const call = callOf(operation, next.what, turn.ports.deployment);
  if (call === null) return null;
  const intended = operation.call?.intended_at;
  const late =
    intended !== undefined &&
    turn.ports.clock.now() > secondsAfter(intended, bounds.startWindow - bounds.sendWithin);
  if (late || turn.timeLeft() < sendNeedsMilliseconds) return null;
  const fact = await sendOnce(known.provider, call);
  // What is waited for without anybody being asked (a secret that can't be read, say) shows nowhere else.
  if (fact.type === "refused" && fact.code === "UNAVAILABLE") {
    const fields = { operation_id: operation.id, connection: operation.connection, error: fact.detail };
    turn.ports.log.warn("could not send", fields);
  }
  return fact;
};

const search = async (operation: Operation, turn: Turn): Promise<Fact | null> => {
  const known = providerOf(operation, turn.ports);
  if (known === null) return withoutConnection(operation);
  const type = resourceTypeOf(operation.kind);
  const at = turn.ports.clock.now();
  try {
    const matches = await known.provider.search(type, markerOf(operation.id, turn.ports.deployment));
    return { type: "searched", matches, at };
  } catch (error) {
    return unseen(operation, error, turn);
  }
};

/**
 * A look or search that failed says nothing about the operation, unless its time is over. A fault that we don't know
 * counts the same here: it must not keep an operation from its deadline.
 */
export const unseen = (operation: Operation, error: unknown, turn: Turn): Fact | null => {
  const why = error instanceof Error ? error.message : "unknown fault";
  const isKnown = error instanceof ProviderRefusal || error instanceof ProviderDoubt;
  const fields = { operation_id: operation.id, connection: operation.connection, error: why };
  if (isKnown) turn.ports.log.warn("could not look", fields);
  else turn.ports.log.error("a look failed in a way that we don't know", fields);
  return isLate(operation, turn.ports.clock.now()) ? { type: "deadline_passed", why } : null;
};

const look = async (operation: Operation, turn: Turn): Promise<Fact | null> => {
  const known = providerOf(operation, turn.ports);
  if (known === null) return withoutConnection(operation);
  const at = turn.ports.clock.now();
  const handle = handleOf(operation, at);
  if (handle === null) return null;
  try {
    const [observation] = await known.provider.look([handle]);
    return observation === undefined || observation === null ? null : { type: "seen", observation, at };
  } catch (error) {
    return unseen(operation, error, turn);
  }
};

/**
 * Applies a fact. When the change wants to send something, a place in the budget is waited for *before* the intent is
 * saved, so that waiting never makes an intent old. An answer is saved in any case; without a place for the next call
 * the follower makes that call later. Null: there was no place, and nothing has changed.
 */
const applyInBudget = async (operation: Operation, fact: Fact, turn: Turn): Promise<Change | null> => {
  const wanted = transition(operation, fact, turn.ports.clock.now());
  if (wanted.next.do !== "send" || (await mayCall(operation, turn)))
    return applyFact(operation, fact, turn.ports);
  return fact.type === "answered" ? applyFact(operation, { ...fact, mayGoOn: false }, turn.ports) : null;
};

const effect = async (operation: Operation, next: Next, turn: Turn): Promise<Fact | null> => {
  switch (next.do) {
    case "send":
      return send(operation, next, turn);
    case "intend":
      return { type: "intended" };
    case "look":
      return look(operation, turn);
    case "search":
      return search(operation, turn);
    case "wait":
    case "nothing":
      return null;
  }
};

/** Applies a fact, then goes on as far as it can be gone. */
export const proceed = async (operation: Operation, fact: Fact, turn: Turn): Promise<Operation> => {
  const change = await applyInBudget(operation, fact, turn);
  return change === null ? operation : advance(change.operation, change.next, turn);
};

/**
 * Does what comes next, one effect at a time, until there is nothing to do but wait.
 * Each effect has a try of its own, and its outcome is saved before the next one.
 * @throws OvertakenByAnother when somebody else has moved the operation on
 */
export const advance = async (operation: Operation, first: Next, turn: Turn): Promise<Operation> => {
  let current = operation;
  let next = first;
  while (next.do !== "nothing" && next.do !== "wait" && !isDone(current)) {
    const fact = await effect(current, next, turn);
    const change = fact === null ? null : await applyInBudget(current, fact, turn);
    if (change === null) return current;
    current = change.operation;
    next = change.next;
  }
  return current;
};

/** Whether taking the accepted operation on means to send something at once, which needs a place in the budget. */
export const claimSends = (operation: Operation, now: number): boolean =>
  transition(operation, { type: "claimed" }, now).next.do === "send";

/** Takes an accepted operation on whose place in the budget is there already. @throws OvertakenByAnother */
export const claimPaid = async (operation: Operation, turn: Turn): Promise<Operation> => {
  const change = await applyFact(operation, { type: "claimed" }, turn.ports);
  return advance(change.operation, change.next, turn);
};

/** Gives a stored operation what it needs. @throws OvertakenByAnother */
export const serve = async (operation: Operation, need: Need, turn: Turn): Promise<Operation> => {
  switch (need.do) {
    case "nothing":
    case "wait":
      return operation;
    case "claim":
      return proceed(operation, { type: "claimed" }, turn);
    case "doubt":
      return proceed(operation, { type: "doubted", reason: need.reason, requestId: null }, turn);
    case "send":
      return (await mayCall(operation, turn)) ? advance(operation, need, turn) : operation;
    case "intend":
    case "search":
    case "look":
      return advance(operation, need, turn);
  }
};
