import { directSend } from "./direct-send.ts";
import { dueAt } from "./due-at.ts";
import { currentStep, isDone, type Operation } from "./operation.ts";
import type { Send } from "./fact.ts";

/** What an operation that was just loaded needs now. */
export type Need =
  | { readonly do: "claim" }
  /** A create or apply that is not under way: save the intent again, then send. */
  | { readonly do: "intend" }
  /** Its sender died or will never tell: the outcome is in doubt. */
  | { readonly do: "doubt"; readonly reason: string }
  | { readonly do: "search" }
  | { readonly do: "look" }
  /** A call that does no harm when it is sent again. */
  | { readonly do: "send"; readonly what: Send }
  | { readonly do: "wait" }
  | { readonly do: "nothing" };

const needOfOpen = (operation: Operation): Need => {
  if (operation.state === "accepted") return { do: "claim" };
  const step = currentStep(operation);
  if (step === null) return { do: "nothing" };
  if (operation.setback?.is_open === true) return { do: "look" };
  if (operation.doubt !== null)
    return operation.is_marked ? { do: "search" } : { do: "doubt", reason: operation.doubt.reason };
  if (step.name === "create" && operation.resource === null) {
    return operation.call === null
      ? { do: "intend" }
      : { do: "doubt", reason: "whoever sent the create never saved an answer" };
  }
  // Whether it was sent is not known: what it makes may be there already when it is sent again. After a pause it
  // certainly was not, and whoever sends it then has to say so first.
  if (step.name === "apply") {
    return operation.hold_until === null
      ? { do: "doubt", reason: "whoever sent it never saved an answer" }
      : { do: "intend" };
  }
  const what = directSend(step.name);
  return what === null ? { do: "look" } : { do: "send", what };
};

/**
 * What a stored operation needs at `now` (ms since the epoch). Whoever saved it last is left alone with it until it
 * is due, so a worker in the middle of a call is not disturbed. Pure.
 */
export const needOf = (operation: Operation, now: number): Need => {
  if (isDone(operation)) return { do: "nothing" };
  const due = dueAt(operation);
  if (due !== null && now < due) return { do: "wait" };
  return needOfOpen(operation);
};
