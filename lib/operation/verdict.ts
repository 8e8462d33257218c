import { secondsAfter } from "./bounds.ts";
import { isFresh } from "./fresh.ts";
import type { Observation } from "./observation.ts";
import type { Call, Operation, Step } from "./operation.ts";

/** What an operation asks the provider for, in our words; the adapter knows the provider's. */
export type Want = "power_on" | "power_off" | "act" | "terminate" | "delete";

/** What a look means for the running step. `why` is for people: it goes into logs, problems and evidence. */
export type Verdict =
  | { readonly is: "reached"; readonly why: string }
  | { readonly is: "wait"; readonly why: string }
  /** `want` null: the call of a step that only sends, once more. */
  | { readonly is: "send"; readonly want: Want | null; readonly why: string }
  | { readonly is: "failed"; readonly code: string; readonly why: string }
  | { readonly is: "unclear"; readonly code: string; readonly why: string };

export const reached = (why: string): Verdict => ({ is: "reached", why });
export const wait = (why: string): Verdict => ({ is: "wait", why });
export const failed = (code: string, why: string): Verdict => ({ is: "failed", code, why });

export const send = (want: Want | null, why: string): Verdict => ({ is: "send", want, why });

export interface Look {
  readonly operation: Operation;
  readonly step: Step;
  readonly seen: Observation;
  readonly now: number;
}

/** Whether the last call is young enough that it may still take effect. */
export const mayStillLand = (call: Call, graceSeconds: number, now: number): boolean =>
  now < secondsAfter(call.intended_at, graceSeconds);

/** A rule: what one phase means for one goal. */
export type Rule = (look: Look) => Verdict;

export const missing = ({ operation, now }: Look): Verdict =>
  isFresh(operation, now)
    ? wait("just created, not visible yet")
    : failed("RESOURCE_NOT_FOUND", "the provider says that it does not exist");

export const noWord: Rule = ({ seen }) => wait(`in a state that we don't know (${seen.state ?? "none"})`);
export const isLocked: Rule = () =>
  failed("LOCKED", "the provider has locked it; only its support can unlock it");
export const givenUp = ({ seen }: Look): string =>
  `the provider has given up: ${seen.state ?? "failed"}${seen.detail === null ? "" : ` (${seen.detail})`}`;
export const notFromHere: Rule = ({ seen }) =>
  failed("WRONG_STATE", `not possible while it is ${seen.state ?? "in this state"}`);
