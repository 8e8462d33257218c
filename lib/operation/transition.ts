import { announce } from "./announce.ts";
import { directSend } from "./direct-send.ts";
import { doubtCreate, searched } from "./doubt.ts";
import type { Fact } from "./fact.ts";
import {
  adopt,
  beginStep,
  completeStep,
  deadlinePassed,
  endedWith,
  intend,
  note,
  unchanged,
  withState,
  type Change,
} from "./forward.ts";
import { refused } from "./refused.ts";
import { resolve } from "./resolve.ts";
import { seen } from "./seen.ts";
import { currentStep, isDone, isLate, type Operation, isCancellable } from "./operation.ts";
import { instant } from "./time.ts";

type Of<T extends Fact["type"]> = Extract<Fact, { type: T }>;

const claimed = (operation: Operation, now: number): Change => {
  if (operation.state !== "accepted") return unchanged(operation, "it was taken on already");
  const deadline_at = instant(now + operation.deadline_seconds * 1000);
  const open = withState(
    { ...operation, updated_at: instant(now), hold_until: null, deadline_at },
    currentStep(operation)?.mode === "watch" ? "following" : "starting",
  );
  const begun = announce(beginStep(open, now), "operation.started");
  const step = currentStep(begun);
  const why = "a worker took it on";
  if (step?.name === "create") {
    return {
      operation: intend(begun, "create", now, null),
      save: true,
      next: { do: "send", what: "create" },
      why,
    };
  }
  const what = step === null ? null : directSend(step.name);
  return { operation: begun, save: true, next: what === null ? { do: "look" } : { do: "send", what }, why };
};

/** The pause before a change of a part is over: from now on it may have been sent. */
const applyAgain = (operation: Operation, now: number): Change => ({
  operation: { ...operation, updated_at: instant(now), hold_until: null },
  save: true,
  next: { do: "send", what: "apply" },
  why: "the pause is over",
});

const intended = (operation: Operation, now: number): Change => {
  const step = currentStep(operation);
  if (step?.name === "apply" && operation.hold_until !== null) return applyAgain(operation, now);
  const free = operation.state === "starting" && operation.call === null && operation.doubt === null;
  if (step?.name !== "create" || !free) {
    return unchanged(operation, "there is nothing to create now");
  }
  if (isLate(operation, now)) return deadlinePassed(operation, now, "the create could not be sent in time");
  const next = intend({ ...operation, updated_at: instant(now) }, "create", now, null);
  return {
    operation: next,
    save: true,
    next: { do: "send", what: "create" },
    why: "the create certainly did not happen",
  };
};

const doubtful = (operation: Operation, now: number, reason: string, requestId: string | null): Change => {
  const dated = { ...operation, updated_at: instant(now) };
  // A doubt that goes on stands in the evidence already.
  const noted = operation.doubt === null ? note(dated, now, reason, requestId) : dated;
  const step = currentStep(operation);
  if (step?.name === "create") return doubtCreate(noted, now, reason);
  if (step?.mode === "repeat") {
    if (isLate(operation, now)) return deadlinePassed(noted, now, reason);
    const hold = {
      ...withState(noted, "following"),
      hold_until: instant(now + 3000),
      waits_for: null,
      doubted_creates: operation.doubted_creates + (step.name === "apply" ? 1 : 0),
    };
    return { operation: hold, save: true, next: { do: "wait" }, why: reason };
  }
  const call = noted.call === null ? null : { ...noted.call, outcome: "doubtful" as const };
  return {
    operation: { ...withState(noted, "following"), call },
    save: true,
    next: { do: "wait" },
    why: reason,
  };
};

const answered = (operation: Operation, now: number, fact: Of<"answered">): Change => {
  const step = currentStep(operation);
  if (step === null) return unchanged(operation, "an answer after the last step");
  const known = {
    ...operation,
    updated_at: instant(now),
    task: fact.task ?? operation.task,
  };
  if (step.name === "create") {
    if (fact.resource === null) {
      // It is remembered that there was a yes: what is not found then was made all the same, and is not sent again.
      const call = known.call === null ? null : { ...known.call, outcome: "answered" as const };
      const why = "the provider made it and did not say its id";
      return doubtful({ ...known, call }, now, why, fact.requestId);
    }
    return adopt(known, now, fact.resource, fact.observation, fact.mayGoOn ? "at_once" : "later");
  }
  if (step.goal === "answered") {
    return completeStep(
      known,
      now,
      "the provider said yes",
      fact.observation,
      fact.mayGoOn ? "at_once" : "later",
    );
  }
  const call = known.call === null ? null : { ...known.call, outcome: "answered" as const };
  // The intent is saved already; its answer is worth a write only where it says more than the next look will.
  const save = step.mode === "once" || fact.task !== null;
  return {
    operation: { ...withState(known, "following"), call },
    save,
    next: { do: "wait" },
    why: "the provider accepted it",
  };
};

const volumeGone = (operation: Operation, now: number, id: string): Change => {
  const volumes = operation.volumes.filter((volume) => volume.id !== id);
  const next = { ...operation, volumes };
  if (volumes.length === 0) return completeStep(next, now, "all volumes are gone", null, "look_first");
  return {
    operation: next,
    save: false,
    next: { do: "send", what: "delete_volumes" },
    why: `volume ${id} is gone`,
  };
};

const cancelled = (operation: Operation, now: number): Change => {
  if (!isCancellable(operation))
    return unchanged(operation, "the first call has begun, it is too late to cancel");
  const ended: Operation = { ...endedWith(operation, now), state: "cancelled", error: null };
  return {
    operation: announce(ended, "operation.cancelled"),
    save: true,
    next: { do: "nothing" },
    why: "cancelled by request",
  };
};

const published = (operation: Operation, ids: readonly string[]): Change => {
  const outbox = operation.outbox.filter(({ id }) => !ids.includes(id));
  // An open row is written again anyway; a finished one has to leave the due index, unless the lease vouches for it.
  const save = isDone(operation) && !operation.is_owed && outbox.length < operation.outbox.length;
  return { operation: { ...operation, outbox }, save, next: { do: "wait" }, why: "its events are out" };
};

/**
 * What a fact does to an operation: the next state with its events in the outbox, whether it must be saved first, and
 * what to do next. Pure. An ended operation never moves again, except that `needs_attention` can be resolved.
 */
export const transition = (operation: Operation, fact: Fact, now: number): Change => {
  if (fact.type === "published") return published(operation, fact.ids);
  if (fact.type === "resolve_requested") return resolve(operation, now, fact);
  if (isDone(operation)) return unchanged(operation, "it has ended");
  if (operation.state === "accepted" && fact.type !== "claimed" && fact.type !== "cancel_requested") {
    return unchanged(operation, "nobody has begun it");
  }
  switch (fact.type) {
    case "claimed":
      return claimed(operation, now);
    case "intended":
      return intended(operation, now);
    case "answered":
      return answered(operation, now, fact);
    case "refused":
      return refused(operation, now, fact);
    case "doubted":
      return doubtful(operation, now, fact.reason, fact.requestId);
    case "seen":
      return seen(operation, now, fact);
    case "searched":
      return searched(operation, now, fact);
    case "volume_gone":
      return volumeGone(operation, now, fact.id);
    case "cancel_requested":
      return cancelled(operation, now);
    case "deadline_passed":
      return deadlinePassed(operation, now, fact.why);
  }
};
