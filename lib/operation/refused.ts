import { bounds } from "./bounds.ts";
import type { Fact } from "./fact.ts";
import { isFresh } from "./fresh.ts";
import { completeStep, fail, needAttention, note, withState, type Change } from "./forward.ts";
import { hasNextChoice } from "./choice.ts";
import { removesPart } from "./kind.ts";
import { goneObservation } from "./observation.ts";
import { currentStep, isLate, type Operation, type StepName } from "./operation.ts";
import type { ProviderDetail } from "./problem.ts";
import { instant, secondsBetween } from "./time.ts";

type Refused = Extract<Fact, { type: "refused" }>;

/** Seconds to wait after a refusal that may pass by itself, when the provider does not say. */
const usualWait: Readonly<Record<string, number>> = {
  RATE_LIMITED: 2,
  UNAVAILABLE: 5,
  UNAUTHENTICATED: 5,
  RESOURCE_NOT_FOUND: 3,
  PERMISSION_DENIED: 10,
  WRONG_STATE: 2,
};

/** The longest pause that a provider may ask for, in seconds: what it says is not trusted without bound. */
const trustedWait = 300;
/** The longest pause that we choose ourselves, in seconds. */
const longestWait = 30;

/** What the provider says; else longer and longer, a tenth of what it has taken so far. */
const waitSeconds = (operation: Operation, now: number, fact: Refused): number => {
  if (fact.retryAfterSeconds !== null) return Math.min(Math.max(fact.retryAfterSeconds, 0.5), trustedWait);
  const taken = secondsBetween(operation.steps[0]?.started_at ?? operation.created_at, now);
  return Math.max(usualWait[fact.code] ?? 5, Math.min(longestWait, taken / 10));
};

const later = (operation: Operation, now: number, fact: Refused): Change => {
  if (isLate(operation, now)) {
    const noted = note(operation, now, fact.detail, fact.provider.request_id ?? null);
    return needAttention(
      noted,
      now,
      "DEADLINE_PASSED",
      `The time for it is over; the provider still says: ${fact.detail}`,
    );
  }
  const held: Operation = {
    ...operation,
    updated_at: instant(now),
    hold_until: instant(now + waitSeconds(operation, now, fact) * 1000),
    waits_for: fact.detail,
  };
  return { operation: held, save: true, next: { do: "wait" }, why: fact.detail };
};

const rotated = "the provider did not accept the secret; it is read anew";

/** Whether something was sent whose effect may be there, or made. */
const mayHaveHappened = (operation: Operation): boolean =>
  operation.call !== null ||
  operation.doubt !== null ||
  operation.steps.some(({ state }) => state === "done");

/** The call did not happen and may be sent anew, as if it had never been intended. */
const withoutCall = (operation: Operation): Operation => ({ ...operation, call: null });

/**
 * What was asked for is not to be had, and the provider has said so: the next choice is tried, under an intent of its
 * own. A doubt never leads here, so what was tried before was certainly not made.
 */
const nextChoice = (operation: Operation, now: number, fact: Refused): Change => {
  const choice = operation.choice + 1;
  const noted = note(
    operation,
    now,
    `${fact.detail} Choice ${choice} is tried.`,
    fact.provider.request_id ?? null,
  );
  const next = { ...withoutCall(noted), choice, updated_at: instant(now) };
  return { operation: next, save: true, next: { do: "intend" }, why: fact.detail };
};

/** The steps that send without a look, or whose end is an answer: a wrong state of their server is looked at. */
const lookedAtWhenRefused: ReadonlySet<StepName> = new Set([
  "action",
  "reboot",
  "update",
  "apply",
  "configure",
]);

/** Whether the provider says that the resource is just being changed, by type or in words (providers.md 1.3, 4.4). */
const saysPassing = ({ type, message }: ProviderDetail): boolean =>
  type === "transient_state" || /\bis being\b|\btransient\b/i.test(message ?? "");

/**
 * The state of the server stands in the way. It may be on its way through the change of another operation, which passes:
 * so it is looked at, at once where the provider does not say that it passes, and what the look shows decides.
 */
const setBack = (operation: Operation, now: number, fact: Refused): Change => {
  const setback = {
    detail: fact.detail,
    provider: fact.provider,
    times: (operation.setback?.times ?? 0) + 1,
    is_passing: saysPassing(fact.provider),
    is_open: true,
  };
  const open = withState({ ...withoutCall(operation), setback, updated_at: instant(now) }, "following");
  if (setback.is_passing || setback.times > 1) return later(open, now, fact);
  return { operation: { ...open, hold_until: null }, save: true, next: { do: "look" }, why: fact.detail };
};

/**
 * The provider refused: certainly nothing happened. What passes by itself is waited for (a rate limit delays and never
 * fails), a wrong state is looked at again, "does not exist" is what a delete wants, and the rest is the end.
 */
export const refused = (operation: Operation, now: number, fact: Refused): Change => {
  const step = currentStep(operation);
  switch (fact.code) {
    case "RATE_LIMITED":
    case "UNAVAILABLE":
      return later(withoutCall(operation), now, fact);
    case "PERMISSION_DENIED":
      if (secondsBetween(operation.created_at, now) < bounds.grantDelay)
        return later(withoutCall(operation), now, fact);
      return fail(operation, now, fact.code, fact.detail, fact.provider);
    case "WRONG_STATE": {
      const noted = note(operation, now, fact.detail, fact.provider.request_id ?? null);
      if (step?.name === "remove_volumes") return later(noted, now, fact);
      if (step?.mode === "reach") return later(withState(withoutCall(noted), "following"), now, fact);
      if (step !== null && operation.resource?.type === "server" && lookedAtWhenRefused.has(step.name))
        return setBack(noted, now, fact);
      return fail(operation, now, fact.code, fact.detail, fact.provider);
    }
    case "RESOURCE_NOT_FOUND":
    case "RESOURCE_GONE":
      if (step?.goal === "gone" && step.name === "remove") {
        return completeStep(
          operation,
          now,
          "it is gone",
          goneObservation(fact.provider.request_id ?? null),
          "look_first",
        );
      }
      if (removesPart(operation.kind)) return completeStep(operation, now, "it is gone", null, "look_first");
      if (isFresh(operation, now)) return later(withoutCall(operation), now, fact);
      return fail(operation, now, "RESOURCE_NOT_FOUND", fact.detail, fact.provider);
    case "ALREADY_EXISTS":
      // It was sent before, and the answer never came: then it is ours that exists.
      if (step?.name === "apply" && operation.doubted_creates > 0)
        return completeStep(operation, now, "it exists", null, "look_first");
      return fail(operation, now, fact.code, fact.detail, fact.provider);
    case "UNAUTHENTICATED":
      // The secret is read anew after a refusal: it may have been rotated.
      if (!operation.evidence.some(({ what }) => what === rotated)) {
        return later(withoutCall(note(operation, now, rotated, fact.provider.request_id ?? null)), now, fact);
      }
      return fail(operation, now, fact.code, fact.detail, fact.provider);
    case "OUT_OF_STOCK":
    case "QUOTA_EXCEEDED":
      return step?.name === "create" && hasNextChoice(operation)
        ? nextChoice(operation, now, fact)
        : fail(operation, now, fact.code, fact.detail, fact.provider);
    case "CONNECTION_UNAVAILABLE":
      return mayHaveHappened(operation)
        ? needAttention(operation, now, fact.code, fact.detail)
        : fail(operation, now, fact.code, fact.detail, fact.provider);
    default:
      return fail(operation, now, fact.code, fact.detail, fact.provider);
  }
};
