import { announce, announceServer } from "./announce.ts";
import { directSend } from "./direct-send.ts";
import type { Next, Send } from "./fact.ts";
import { creates } from "./kind.ts";
import type { Observation } from "./observation.ts";
import {
  addressesSeen,
  currentStep,
  isDone,
  type Call,
  type Operation,
  type Resource,
  type Step,
  type StepName,
} from "./operation.ts";
import { problemOf } from "./failure.ts";
import type { ProviderDetail } from "./problem.ts";
import { instant } from "./time.ts";

/** What a fact does to an operation. */
export interface Change {
  readonly operation: Operation;
  /** Whether the new state must be in the table before anything else happens. */
  readonly save: boolean;
  readonly next: Next;
  readonly why: string;
}

/** A fact that changes nothing. */
export const unchanged = (operation: Operation, why: string): Change => ({
  operation,
  save: false,
  next: { do: isDone(operation) ? "nothing" : "wait" },
  why,
});

/** The evidence kept on a row; older entries make room. */
const evidenceLimit = 12;

/** The operation with one more thing that was seen, for whoever has to settle a doubt. */
export const note = (
  operation: Operation,
  now: number,
  what: string,
  requestId: string | null,
): Operation => ({
  ...operation,
  evidence: [
    ...operation.evidence,
    { at: instant(now), what, ...(requestId === null ? {} : { request_id: requestId }) },
  ].slice(-evidenceLimit),
});

/** The operation with something of one step changed. */
export const withStep = (operation: Operation, name: StepName, change: Partial<Step>): Operation => ({
  ...operation,
  steps: operation.steps.map((step) => (step.name === name ? { ...step, ...change } : step)),
});

/** Starts the step that is next; a step keeps its first starting time. */
export const beginStep = (operation: Operation, now: number): Operation => {
  const step = currentStep(operation);
  if (step === null || step.state === "running") return operation;
  return withStep(operation, step.name, { state: "running", started_at: step.started_at ?? instant(now) });
};

/** A call that is about to be sent. */
export const intend = (
  operation: Operation,
  what: Send,
  now: number,
  seen: Observation | null,
): Operation => {
  const { call } = operation;
  const attempt = call !== null && call.what === what ? call.attempt + 1 : 1;
  const next: Call = {
    what,
    attempt,
    intended_at: instant(now),
    outcome: "intended",
    modified_before: seen?.modified ?? null,
    seen_moving: false,
  };
  return { ...operation, call: next, hold_until: null };
};

/** The operation without what only an open or an ended one has, ended now. */
export const endedWith = (operation: Operation, now: number) => {
  const { state: _state, error: _error, ended_at: _ended, ...rest } = operation;
  return {
    ...rest,
    doubt: null,
    setback: null,
    hold_until: null,
    ended_at: instant(now),
    updated_at: instant(now),
  };
};

export const succeed = (operation: Operation, now: number, why: string): Change => {
  const ended: Operation = { ...endedWith(operation, now), call: null, state: "succeeded", error: null };
  return { operation: announce(ended, "operation.succeeded"), save: true, next: { do: "nothing" }, why };
};

export const fail = (
  operation: Operation,
  now: number,
  code: string,
  detail: string,
  provider?: ProviderDetail,
): Change => {
  const step = currentStep(operation);
  const marked =
    step === null ? operation : withStep(operation, step.name, { state: "failed", ended_at: instant(now) });
  const error = problemOf(operation, code, detail, provider);
  const ended: Operation = { ...endedWith(marked, now), state: "failed", error };
  return { operation: announce(ended, "operation.failed"), save: true, next: { do: "nothing" }, why: detail };
};

/** It can't go on by itself: the reason and the evidence go to a person. */
export const needAttention = (operation: Operation, now: number, code: string, detail: string): Change => {
  const error = problemOf(operation, code, detail);
  const ended: Operation = { ...endedWith(operation, now), state: "needs_attention", error };
  return {
    operation: announce(ended, "operation.needs_attention"),
    save: true,
    next: { do: "nothing" },
    why: detail,
  };
};

/** Its time is over, and no end was seen. */
export const deadlinePassed = (operation: Operation, now: number, why: string): Change =>
  needAttention(operation, now, "DEADLINE_PASSED", `The time for it is over: ${why.replace(/\.$/, "")}.`);

/** Whether the operation is this action by the provider's own word. */
const isAct = ({ kind, input }: Operation, action: string): boolean =>
  kind === "server.action" && input["action"] === action;

/**
 * The event about the server when a step has reached its end. What was the case before anything was asked for is no
 * news, except of a server that this operation has made; what nobody has seen is not told.
 */
const announceEnd = (operation: Operation, step: Step, seen: Observation | null): Operation => {
  const wasAsked = operation.call !== null || step.was_asked === true || creates(operation.kind);
  if (seen === null || !wasAsked) return operation;
  const { state } = seen;
  switch (step.goal) {
    case "on":
      return announceServer(
        operation,
        isAct(operation, "unsuspend") ? "server.unsuspended" : "server.running",
        state,
      );
    case "changed":
      return announceServer(operation, "server.rebooted", state);
    case "restarted":
      if (seen.phase !== "on") return operation;
      // Where nothing of it was seen, only that it runs is known.
      return announceServer(
        operation,
        operation.call?.seen_moving === true ? "server.rebooted" : "server.running",
        state,
      );
    case "off":
      return announceServer(
        operation,
        isAct(operation, "suspend") ? "server.suspended" : "server.stopped",
        state,
      );
    case "standby":
      return announceServer(operation, "server.stopped", state);
    case "gone":
      return announceServer(operation, "server.deleted", state);
    case "answered":
      return operation;
  }
};

/**
 * How the step after a completed one begins. `at_once`: a server that its own create has just answered is known to be
 * off and ours, so it is switched on without another look, once the adoption is saved. `later`: the same, but the
 * budget has no place for the call now, so the follower will make it.
 */
type GoOn = "at_once" | "later" | "look_first";

/** The running step has reached its end: the next one begins, or the operation has succeeded. */
export const completeStep = (
  operation: Operation,
  now: number,
  why: string,
  seen: Observation | null,
  goOn: GoOn,
): Change => {
  const step = currentStep(operation);
  if (step === null) return succeed(operation, now, why);
  const announced = announceEnd({ ...operation, updated_at: instant(now) }, step, seen);
  const done = withStep(announced, step.name, { state: "done", ended_at: instant(now) });
  const following = currentStep(done);
  if (following === null || (following.name === "remove_volumes" && done.volumes.length === 0)) {
    return succeed(
      following === null ? done : withStep(done, following.name, { state: "done", ended_at: instant(now) }),
      now,
      why,
    );
  }
  const begun = beginStep({ ...withState(done, "following"), call: null, doubt: null, setback: null }, now);
  const what = directSend(following.name);
  if (goOn === "later") return { operation: begun, save: true, next: { do: "wait" }, why };
  if (what !== null) return { operation: begun, save: true, next: { do: "send", what }, why };
  if (goOn === "at_once" && following.name === "power_on" && seen?.phase !== "on") {
    return {
      operation: intend(begun, "power_on", now, seen),
      save: true,
      next: { do: "send", what: "power_on" },
      why,
    };
  }
  return { operation: begun, save: true, next: { do: "look" }, why };
};

/** The operation in one of the open states. */
export const withState = (operation: Operation, state: "starting" | "following"): Operation => {
  const { state: _state, error: _error, ended_at: _ended, ...rest } = operation;
  return { ...rest, state, error: null, ended_at: null };
};

/** Takes a resource as the operation's own: the create is over, whatever happened on the way. */
export const adopt = (
  operation: Operation,
  now: number,
  resource: Resource,
  seen: Observation | null,
  goOn: GoOn,
): Change => {
  const owned: Operation = {
    ...operation,
    resource,
    resource_name: seen?.name ?? operation.resource_name,
    tags: seen?.tags ?? operation.tags,
    updated_at: instant(now),
    doubt: null,
    ...(seen === null ? {} : addressesSeen(operation, seen)),
  };
  const announced = announceServer(owned, "server.created", seen?.state ?? null);
  return completeStep(announced, now, `${resource.type} ${resource.id} is ours`, seen, goOn);
};
