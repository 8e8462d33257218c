import { bounds, secondsAfter } from "./bounds.ts";
import { isFresh } from "./fresh.ts";
import type { Observation, Phase } from "./observation.ts";
import type { Call, Operation, Step } from "./operation.ts";

/** What an operation asks the provider for, in our words; the adapter knows the provider's. */
export type Want = "power_on" | "power_off" | "act" | "terminate" | "delete";

/** What a look means for the running step. `why` is for people: it goes into logs, problems and evidence. */
export type Verdict =
  | { readonly is: "reached"; readonly why: string }
  | { readonly is: "wait"; readonly why: string }
  | { readonly is: "send"; readonly want: Want; readonly why: string }
  | { readonly is: "failed"; readonly code: string; readonly why: string }
  | { readonly is: "unclear"; readonly code: string; readonly why: string };

const reached = (why: string): Verdict => ({ is: "reached", why });
const wait = (why: string): Verdict => ({ is: "wait", why });
const failed = (code: string, why: string): Verdict => ({ is: "failed", code, why });

const send = (want: Want, why: string): Verdict => ({ is: "send", want, why });

interface Look {
  readonly operation: Operation;
  readonly step: Step;
  readonly seen: Observation;
  readonly now: number;
}

/** Whether the last call is young enough that it may still take effect. */
const mayStillLand = (call: Call, graceSeconds: number, now: number): boolean =>
  now < secondsAfter(call.intended_at, graceSeconds);

/** At rest away from the goal: ask, wait for what was asked, ask again, or give up. */
const ask = ({ operation, now }: Look, want: Want, giveUpCode: string): Verdict => {
  const { call } = operation;
  if (call === null || call.what !== want) return send(want, `asking for ${want}`);
  if (mayStillLand(call, operation.grace_seconds, now))
    return wait(`${want} was asked and shows no effect yet`);
  if (call.attempt < bounds.attempts) return send(want, `${want} had no effect, asking again`);
  const why = `${want} had no effect in ${call.attempt} attempts`;
  return call.outcome === "answered"
    ? failed(giveUpCode, why)
    : { is: "unclear", code: "OUTCOME_UNKNOWN", why };
};

const powerOnAtRest = (look: Look): Verdict => {
  const { call } = look.operation;
  const detail = look.seen.detail ?? "";
  // A server at rest has no state detail, but for the reason why its start failed (providers.md 4.2).
  const saysWhy = look.seen.phase === "off" && detail !== "";
  const fellBack =
    call?.what === "power_on" && (call.seen_moving || saysWhy || look.seen.task?.status === "failure");
  if (fellBack) {
    const stock = /stock|capacity|no (free|available)/i.test(detail);
    return failed(
      stock ? "OUT_OF_STOCK" : "START_FAILED",
      `the server began to start and fell back to ${look.seen.state ?? "rest"}${detail === "" ? "" : ` (${detail})`}`,
    );
  }
  return ask(look, "power_on", "START_FAILED");
};

const missing = ({ operation, now }: Look): Verdict =>
  isFresh(operation, now)
    ? wait("just created, not visible yet")
    : failed("RESOURCE_NOT_FOUND", "the provider says that it does not exist");

const removal = (look: Look): Verdict => {
  const { step, seen } = look;
  if (seen.is_protected) {
    return failed(
      "PROTECTED",
      "the server is protected; take its protection away first (server.update protected: false)",
    );
  }
  if (seen.phase === "off" || step.removal === "delete") return ask(look, "delete", "DELETE_FAILED");
  return step.removal === "terminate"
    ? ask(look, "terminate", "DELETE_FAILED")
    : ask(look, "power_off", "STOP_FAILED");
};

/** A rule: what one phase means for one goal. */
type Rule = (look: Look) => Verdict;

const onTheWay: Rule = () => wait("on its way");
const noWord: Rule = ({ seen }) => wait(`in a state that we don't know (${seen.state ?? "none"})`);
const isLocked: Rule = () => failed("LOCKED", "the provider has locked it; only its support can unlock it");
const actOn: Rule = (look) => ask(look, "act", "ACTION_FAILED");
const givenUp = ({ seen }: Look): string =>
  `the provider has given up: ${seen.state ?? "failed"}${seen.detail === null ? "" : ` (${seen.detail})`}`;
const notFromHere: Rule = ({ seen }) =>
  failed("WRONG_STATE", `not possible while it is ${seen.state ?? "in this state"}`);

/** A delete was asked for, and nothing says that it did not arrive: what moves now may be on its way out. */
const isDeletionAsked = ({ operation: { call } }: Look): boolean =>
  call?.what === "delete" && call.outcome !== "doubtful";

/** A delete that the provider gave up; what it has given up before may be deleted. */
const removalFailed: Rule = (look) => {
  const { call, grace_seconds: grace } = look.operation;
  const isOver = call?.what === "delete" && (call.seen_moving || !mayStillLand(call, grace, look.now));
  return isOver ? failed("DELETE_FAILED", givenUp(look)) : removal(look);
};

/** The rule table of the steps that are safe to repeat: goal by phase. */
const reachRules: Readonly<Record<"on" | "off" | "standby" | "gone", Readonly<Record<Phase, Rule>>>> = {
  on: {
    on: () => reached("it runs"),
    off: powerOnAtRest,
    standby: powerOnAtRest,
    moving: onTheWay,
    locked: isLocked,
    failed: notFromHere,
    gone: missing,
    unknown: noWord,
  },
  off: {
    on: (look) => ask(look, "power_off", "STOP_FAILED"),
    off: () => reached("it is off"),
    standby: (look) => ask(look, "power_off", "STOP_FAILED"),
    moving: onTheWay,
    locked: isLocked,
    failed: notFromHere,
    gone: missing,
    unknown: noWord,
  },
  standby: {
    on: actOn,
    off: notFromHere,
    standby: () => reached("it is in standby"),
    moving: onTheWay,
    locked: isLocked,
    failed: notFromHere,
    gone: missing,
    unknown: noWord,
  },
  gone: {
    on: removal,
    off: removal,
    standby: removal,
    moving: (look) =>
      look.step.removal === "delete" && !isDeletionAsked(look) ? removal(look) : wait("on its way"),
    locked: isLocked,
    failed: removalFailed,
    gone: () => reached("it is gone"),
    unknown: noWord,
  },
};

/** What the provider does by itself, a build say: nothing is sent, and its end is where the thing is at rest. */
const watchRules: Readonly<Record<Phase, Rule>> = {
  on: () => reached("it is ready"),
  off: () => reached("it is ready"),
  standby: () => reached("it is ready"),
  moving: onTheWay,
  locked: isLocked,
  failed: (look) => failed("BUILD_FAILED", givenUp(look)),
  gone: missing,
  unknown: noWord,
};

/** A reboot has happened when a change was seen after it was asked for, and the server is on. */
const rebooted = (look: Look): Verdict => {
  const { operation, seen, now } = look;
  const { call } = operation;
  if (call === null) {
    if (seen.phase === "on") return send("act", "asking for a reboot");
    if (seen.phase === "moving") return wait("on its way; it is rebooted when it is at rest");
    return seen.phase === "gone"
      ? failed("RESOURCE_NOT_FOUND", "the provider says that it does not exist")
      : notFromHere(look);
  }
  const changed =
    call.seen_moving ||
    (seen.modified !== null && call.modified_before !== null && seen.modified !== call.modified_before);
  if (seen.phase === "on" && (changed || seen.task?.status === "success"))
    return reached("it changed and runs again");
  if (seen.phase === "moving" || seen.phase === "unknown") return wait("on its way");
  if (seen.phase === "gone") return failed("RESOURCE_NOT_FOUND", "it went away during the reboot");
  if (seen.phase === "failed") return failed("ACTION_FAILED", givenUp(look));
  if (seen.phase === "off" && changed)
    return failed("START_FAILED", "it went down and did not come up again");
  if (now < secondsAfter(call.intended_at, bounds.providerMax)) return wait("no change seen yet");
  return call.outcome === "answered"
    ? failed("ACTION_FAILED", "the provider accepted the reboot and nothing changed")
    : {
        is: "unclear",
        code: "OUTCOME_UNKNOWN",
        why: "no answer to the reboot was received and no change was seen",
      };
};

/** An action without a visible end, of which no answer was received: nothing can be known. */
const answeredOnly = ({ operation, seen }: Look): Verdict => {
  if (seen.phase === "gone") return failed("RESOURCE_NOT_FOUND", "the provider says that it does not exist");
  if (operation.call === null) return send("act", "asking for the action");
  return {
    is: "unclear",
    code: "OUTCOME_UNKNOWN",
    why: "no answer to the action was received, and its effect can't be seen",
  };
};

/** `terminate` asked for as an action: the provider's own word, with no other way to the goal. */
const terminated = (look: Look): Verdict => {
  if (look.seen.phase === "on" || look.seen.phase === "standby") return actOn(look);
  if (look.seen.phase === "off") return notFromHere(look);
  return reachRules.gone[look.seen.phase](look);
};

/** What this look means for the running step of the operation. Pure; unknown states are never an end. */
export const judge = (operation: Operation, step: Step, seen: Observation, now: number): Verdict => {
  const look = { operation, step, seen, now };
  if (step.mode === "watch") return watchRules[seen.phase](look);
  switch (step.goal) {
    case "on":
    case "off":
    case "standby":
      return reachRules[step.goal][seen.phase](look);
    case "gone":
      return step.name === "action" && seen.phase !== "gone"
        ? terminated(look)
        : reachRules.gone[seen.phase](look);
    case "changed":
      return rebooted(look);
    case "answered":
      return answeredOnly(look);
  }
};
