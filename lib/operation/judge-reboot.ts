import { bounds, secondsAfter } from "./bounds.ts";
import {
  failed,
  givenUp,
  isLocked,
  mayStillLand,
  notFromHere,
  reached,
  send,
  wait,
  type Look,
  type Verdict,
} from "./verdict.ts";

/** Seconds after which a restart shows wherever anything of it shows (providers.md 4.2: on the first look, always). */
const restartShows = 3;

/** A reboot has happened when a change was seen after it was asked for, and the server is on. */
export const rebooted = (look: Look): Verdict => {
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

/** A reboot that is about to be asked for, where its course may not be visible. */
const beforeRestart = (look: Look): Verdict => {
  const { phase } = look.seen;
  if (phase === "moving") return wait("on its way; it is rebooted when it is at rest");
  // In a state that we have no word for the provider decides.
  if (phase === "on" || phase === "unknown") return send("act", "asking for a reboot");
  return phase === "gone"
    ? failed("RESOURCE_NOT_FOUND", "the provider says that it does not exist")
    : notFromHere(look);
};

const unheardOf: Verdict = {
  is: "unclear",
  code: "OUTCOME_UNKNOWN",
  why: "no answer to the reboot was received, and nothing was seen",
};

/** A reboot whose course may not be visible: what is seen of it counts, and where nothing is, the provider's yes. */
export const restarted = (look: Look): Verdict => {
  const { operation, seen, now } = look;
  const { call, grace_seconds: grace } = operation;
  if (call === null) return beforeRestart(look);
  const isAnswered = call.outcome === "answered";
  const isEarly = now < secondsAfter(call.intended_at, isAnswered ? restartShows : bounds.providerMax);
  switch (seen.phase) {
    case "on":
      if (call.seen_moving) return reached("it changed and runs again");
      if (isEarly) return wait("no change seen yet");
      return isAnswered
        ? reached("the provider said yes, and it runs; nothing else can be seen of it")
        : unheardOf;
    case "moving":
      return wait("on its way");
    case "off":
    case "standby":
    case "unknown":
      if (mayStillLand(call, grace, now)) return wait("on its way, or not yet rebooted");
      if (seen.phase !== "unknown") return failed("START_FAILED", "it went down and did not come up again");
      return isAnswered
        ? reached("the provider said yes, and its state says nothing that we know")
        : unheardOf;
    case "gone":
      return failed("RESOURCE_NOT_FOUND", "it went away during the reboot");
    case "locked":
      return isLocked(look);
    case "failed":
      return failed("ACTION_FAILED", givenUp(look));
  }
};
