import { bounds, secondsAfter, silenceSeconds } from "./bounds.ts";
import { firstLookSeconds } from "./look-times.ts";
import { currentStep, isDone, type Operation } from "./operation.ts";

/**
 * Seconds after which an accepted operation is started by the follower: its message may be lost, or its worker found no
 * place in the budget. A little longer than a worker waits for one.
 */
const acceptedPatience = 6;
/** Seconds that whoever ended an operation has to publish its events before someone else does. */
const publishPatience = 5;

const startingDueAt = (operation: Operation): number => {
  if (operation.doubt !== null) {
    const { last_search_at: last, since } = operation.doubt;
    const horizonAt = secondsAfter(operation.call?.intended_at ?? since, operation.horizon_seconds);
    // What bears no marker is not searched for: from the horizon on a person sees all that there will be.
    if (!operation.is_marked) return Math.max(secondsAfter(since, 1), horizonAt);
    if (last === null) return secondsAfter(since, 1);
    const provesSomething = Date.parse(last) >= horizonAt;
    return provesSomething
      ? secondsAfter(last, operation.proof_interval_seconds)
      : Math.min(secondsAfter(last, bounds.searchInterval), Math.max(horizonAt, secondsAfter(last, 1)));
  }
  return secondsAfter(operation.call?.intended_at ?? operation.updated_at, silenceSeconds);
};

const followingDueAt = (operation: Operation): number => {
  if (operation.setback?.is_open === true) return secondsAfter(operation.updated_at, firstLookSeconds);
  const step = currentStep(operation);
  if (step?.mode === "repeat") return secondsAfter(operation.updated_at, silenceSeconds);
  if (operation.call === null) return secondsAfter(operation.updated_at, 0);
  // An action without a visible end is its sender's until that must have saved an answer.
  const isUnanswered = step?.goal === "answered" && operation.call.outcome === "intended";
  if (isUnanswered) return secondsAfter(operation.call.intended_at, silenceSeconds);
  return secondsAfter(operation.call.intended_at, firstLookSeconds);
};

/**
 * When somebody has to take care of the operation next, in milliseconds since the epoch; null when never again: when it
 * is finished and published.
 */
export const dueAt = (operation: Operation): number | null => {
  if (isDone(operation)) {
    const isOut = operation.outbox.length === 0 || operation.is_owed;
    // Whoever cancels does not publish; whoever ends it otherwise is given the time to.
    const patience = operation.state === "cancelled" ? 0 : publishPatience;
    return isOut ? null : secondsAfter(operation.updated_at, patience);
  }
  if (operation.hold_until !== null) return Date.parse(operation.hold_until);
  switch (operation.state) {
    case "accepted":
      return secondsAfter(operation.created_at, acceptedPatience);
    case "starting":
      return startingDueAt(operation);
    case "following":
      return followingDueAt(operation);
    case "succeeded":
    case "failed":
    case "cancelled":
    case "needs_attention":
      return null;
  }
};

/**
 * The sort key of the due index: where whoever takes care of it looks for it. Null: it is not in it, because nothing has
 * to be done any more, or because the runner of its bulk job has it in hand.
 */
export const indexedAt = (operation: Operation): number | null =>
  operation.is_led && !isDone(operation) ? null : dueAt(operation);
