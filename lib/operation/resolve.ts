import { newDoubt } from "./doubt.ts";
import type { Fact } from "./fact.ts";
import { completeStep, fail, note, withState, type Change } from "./forward.ts";
import { resourceTypeOf } from "./kind.ts";
import { currentStep, type Operation } from "./operation.ts";
import { instant } from "./time.ts";

type Resolve = Extract<Fact, { type: "resolve_requested" }>;

const reopened = (operation: Operation, now: number, how: string): Operation => {
  const wasAsked = operation.call === null ? {} : { was_asked: true as const };
  const steps = operation.steps.map((step) =>
    step.state === "done" || step.state === "pending"
      ? step
      : { ...step, ...wasAsked, state: "running" as const, ended_at: null },
  );
  const open = withState({ ...operation, steps, updated_at: instant(now) }, "following");
  return note(
    // It gets its whole term again.
    // Its bulk job, if it has one, is done with it.
    { ...open, is_led: false, call: null, deadline_at: instant(now + operation.deadline_seconds * 1000) },
    now,
    `resolved by request: ${how}`,
    null,
  );
};

/**
 * What a person decided about an operation that needed attention.
 * `adopt`: the resource (given, or the one that is known) is the operation's; it goes on from what a look shows.
 * `retry`: it is tried again, after everything that could show a first success has been looked at.
 * `abandon`: it has failed; nothing more is done about it.
 */
export const resolve = (operation: Operation, now: number, { as, resourceId }: Resolve): Change => {
  if (operation.state !== "needs_attention") {
    return { operation, save: false, next: { do: "nothing" }, why: "it does not need attention" };
  }
  if (as === "abandon") {
    const open = withState({ ...operation, updated_at: instant(now) }, "following");
    return fail(open, now, "ABANDONED", "Given up by request; what may exist at the provider is left alone.");
  }
  const open = reopened(operation, now, as);
  const step = currentStep(open);
  if (step?.name !== "create") {
    // What must not be repeated, and whose effect nobody saw, is taken as done by whoever adopts it.
    if (as === "adopt" && step?.mode === "once")
      return completeStep(open, now, "confirmed by request", null, "look_first");
    return { operation: open, save: true, next: { do: "look" }, why: `resolved: ${as}` };
  }
  if (as === "adopt" && resourceId !== null) {
    const resource = { type: resourceTypeOf(operation.kind), id: resourceId };
    return { operation: { ...open, resource }, save: true, next: { do: "look" }, why: `resolved: ${as}` };
  }
  // The count begins anew; the last call stays, because the horizon counts from its instant.
  const searching: Operation = {
    ...withState(open, "starting"),
    // Whoever asks for another try knows of the yes that an earlier one may have had.
    call: operation.call === null ? null : { ...operation.call, outcome: "doubtful" },
    doubt: newDoubt(now, "tried again by request"),
    doubted_creates: 0,
  };
  return { operation: searching, save: true, next: { do: "wait" }, why: "resolved: retry" };
};
