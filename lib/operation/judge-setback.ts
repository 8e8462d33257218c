import { bounds } from "./bounds.ts";
import { rebooted, restarted } from "./judge-reboot.ts";
import type { Observation } from "./observation.ts";
import type { Operation, Setback, Step } from "./operation.ts";
import { secondsBetween } from "./time.ts";
import { failed, isLocked, missing, send, wait, type Look, type Verdict } from "./verdict.ts";

/** For so long an old state may be shown again and again. */
const staleSeconds = 30;

/** At rest after a refusal that has passed, what was asked for is decided anew. */
const anew = (look: Look): Verdict => {
  switch (look.step.goal) {
    case "changed":
      return rebooted(look);
    case "restarted":
      return restarted(look);
    case "on":
    case "off":
    case "standby":
    case "gone":
    case "answered":
      return send(look.step.name === "action" ? "act" : null, "it has come to rest, asking again");
  }
};

/**
 * What a look means after the provider has refused the call because of the state. While the resource is on its way,
 * that passes. At rest the same call can work only if it was on its way when it was refused, or, for a reboot, if it
 * runs although the refusal says otherwise: then what was seen may be old, and it is asked a few times, for a while.
 */
export const afterSetback = (
  operation: Operation,
  setback: Setback,
  step: Step,
  seen: Observation,
  now: number,
): Verdict => {
  const look = { operation, step, seen, now };
  switch (seen.phase) {
    case "moving":
    case "unknown":
      return wait(`it is just being changed (${setback.detail})`);
    case "gone":
      return missing(look);
    case "locked":
      return isLocked(look);
    case "failed":
      return failed("WRONG_STATE", setback.detail);
    case "on":
    case "off":
    case "standby": {
      const isReboot = step.goal === "changed" || step.goal === "restarted";
      const isEarly =
        setback.times < bounds.attempts ||
        (step.started_at !== null && secondsBetween(step.started_at, now) < staleSeconds);
      const mayBeOld = isReboot && seen.phase === "on" && isEarly;
      return setback.is_passing || mayBeOld ? anew(look) : failed("WRONG_STATE", setback.detail);
    }
  }
};
