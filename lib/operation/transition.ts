import { announce } from "./announce.ts";
import { bounds, secondsAfter } from "./bounds.ts";
import type { Fact, Match } from "./fact.ts";
import type { Observation } from "./observation.ts";
import {
  adopt,
  beginStep,
  completeStep,
  endedWith,
  fail,
  intend,
  needAttention,
  note,
  withState,
  type Change,
} from "./forward.ts";
import { judge } from "./judge.ts";
import { refused } from "./refused.ts";
import { resolve } from "./resolve.ts";
import { currentStep, isDone, isLate, type Operation } from "./operation.ts";
import { instant } from "./time.ts";

type Of<T extends Fact["type"]> = Extract<Fact, { type: T }>;

const unchanged = (operation: Operation, why: string): Change => ({
  operation,
  save: false,
  next: { do: isDone(operation) ? "nothing" : "wait" },
  why,
});

const claimed = (operation: Operation, now: number): Change => {
  if (operation.state !== "accepted") return unchanged(operation, "it was taken on already");
  const deadline_at = instant(now + operation.deadline_seconds * 1000);
  const open = withState(
    { ...operation, updated_at: instant(now), hold_until: null, deadline_at },
    "starting",
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
  if (step?.mode === "repeat")
    return { operation: begun, save: true, next: { do: "send", what: "update" }, why };
  return { operation: begun, save: true, next: { do: "look" }, why };
};

const intended = (operation: Operation, now: number): Change => {
  const step = currentStep(operation);
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
  const noted = note({ ...operation, updated_at: instant(now) }, now, reason, requestId);
  const step = currentStep(operation);
  if (step?.name === "create") {
    const doubt = { since: instant(now), reason, empty_searches: 0, last_search_at: null };
    const doubted = { ...noted, doubt, doubted_creates: operation.doubted_creates + 1 };
    return { operation: doubted, save: true, next: { do: "wait" }, why: reason };
  }
  if (step?.mode === "repeat") {
    if (isLate(operation, now)) return deadlinePassed(noted, now, reason);
    const hold = { ...withState(noted, "following"), hold_until: instant(now + 3000) };
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
    if (fact.resource === null)
      return doubtful(known, now, "the provider made it and did not say its id", fact.requestId);
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

/** A look at the resource that a person named as the one that a create has made. */
const named = (operation: Operation, now: number, observation: Observation): Change => {
  const { resource } = operation;
  if (resource === null) return unchanged(operation, "nothing is looked for");
  const unnamed = { ...operation, resource: null, resource_name: null, made_by: null };
  if (observation.phase === "gone") {
    return needAttention(
      unnamed,
      now,
      "RESOURCE_NOT_FOUND",
      `The ${resource.type} ${resource.id} does not exist.`,
    );
  }
  if (observation.made_by !== null && observation.made_by !== operation.id) {
    const why = `The ${resource.type} ${resource.id} was made by operation ${observation.made_by}.`;
    return needAttention(unnamed, now, "CREATE_UNCERTAIN", why);
  }
  return adopt(operation, now, resource, observation, "look_first");
};

const seen = (operation: Operation, now: number, fact: Of<"seen">): Change => {
  const step = currentStep(operation);
  if (step === null || isDone(operation)) return unchanged(operation, "nothing is looked for");
  const { observation } = fact;
  const moving = observation.phase === "moving";
  const known: Operation = {
    ...operation,
    resource_name: observation.name ?? operation.resource_name,
    made_by: observation.made_by ?? operation.made_by,
    task: observation.task ?? operation.task,
    volumes: step.goal === "gone" && observation.volumes.length > 0 ? observation.volumes : operation.volumes,
    call: operation.call === null || !moving ? operation.call : { ...operation.call, seen_moving: true },
  };
  if (step.name === "create") return named(known, now, observation);
  const verdict = judge(known, step, observation, now);
  switch (verdict.is) {
    case "reached":
      return completeStep(known, now, verdict.why, observation, "look_first");
    case "failed":
      return fail({ ...known, updated_at: instant(now) }, now, verdict.code, verdict.why);
    case "unclear":
      return needAttention(
        note(known, now, `seen: ${observation.state ?? "gone"}`, observation.request_id),
        now,
        verdict.code,
        verdict.why,
      );
    case "wait":
      if (isLate(operation, now)) {
        return deadlinePassed(
          note(known, now, `seen: ${observation.state ?? "gone"}`, observation.request_id),
          now,
          verdict.why,
        );
      }
      return { operation: known, save: false, next: { do: "wait" }, why: verdict.why };
    case "send": {
      if (isLate(operation, now)) return deadlinePassed(known, now, verdict.why);
      const going = withState({ ...known, updated_at: instant(now) }, "following");
      const next = intend(going, verdict.want, now, observation);
      return { operation: next, save: true, next: { do: "send", what: verdict.want }, why: verdict.why };
    }
  }
};

/** Of several resources with one marker the oldest is ours, by the provider's own time, then by id (R9). */
const oldest = (matches: readonly Match[]): Match | undefined =>
  matches.toSorted(
    (a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.resource.id < b.resource.id ? -1 : 1),
  )[0];

const searched = (operation: Operation, now: number, { matches }: Of<"searched">): Change => {
  const { doubt, call } = operation;
  if (doubt === null) return unchanged(operation, "nothing is searched for");
  const match = oldest(matches);
  if (match !== undefined) {
    const others = matches
      .filter(({ resource }) => resource.id !== match.resource.id)
      .map(({ resource }) => resource.id);
    const noted =
      others.length === 0
        ? operation
        : note(operation, now, `more than one bears the marker: also ${others.join(", ")}`, null);
    return adopt(noted, now, match.resource, match.observation, "look_first");
  }
  const horizonPassed = call === null || now >= secondsAfter(call.intended_at, operation.horizon_seconds);
  // Before the horizon the create may still land behind a search: only empty searches after it prove anything (R4).
  const empty = doubt.empty_searches + (horizonPassed ? 1 : 0);
  const noted: Operation = {
    ...note(
      operation,
      now,
      `searched by marker: nothing found${horizonPassed ? ` (${empty} since the horizon)` : ""}`,
      null,
    ),
    updated_at: instant(now),
    doubt: { ...doubt, empty_searches: empty, last_search_at: instant(now) },
  };
  if (empty < bounds.emptySearches) {
    return { operation: noted, save: true, next: { do: "wait" }, why: "nothing found yet" };
  }
  if (operation.doubted_creates >= bounds.attempts) {
    const why = `${operation.doubted_creates} creates were sent and none of them was ever found`;
    return needAttention(noted, now, "CREATE_UNCERTAIN", why);
  }
  const again = { ...noted, doubt: null, call: null };
  return {
    operation: again,
    save: true,
    next: { do: "intend" },
    why: "the horizon has passed and nothing was found",
  };
};

const deadlinePassed = (operation: Operation, now: number, why: string): Change =>
  needAttention(operation, now, "DEADLINE_PASSED", `The time for it is over: ${why}.`);

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
  if (operation.state !== "accepted")
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
