import { bounds } from "./bounds.ts";
import { rebooted, restarted } from "./judge-reboot.ts";
import type { Observation, Phase } from "./observation.ts";
import type { Operation, Step } from "./operation.ts";
import {
  failed,
  givenUp,
  isLocked,
  mayStillLand,
  missing,
  notFromHere,
  noWord,
  reached,
  send,
  wait,
  type Look,
  type Rule,
  type Verdict,
  type Want,
} from "./verdict.ts";

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

const onTheWay: Rule = () => wait("on its way");
const actOn: Rule = (look) => ask(look, "act", "ACTION_FAILED");
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
    case "restarted":
      return restarted(look);
    case "answered":
      return answeredOnly(look);
  }
};
