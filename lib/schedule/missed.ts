import type { Phase } from "../operation/observation.ts";
import { minuteMilliseconds } from "./local-date.ts";

/** A server some time after an edge. */
export interface AfterEdge {
  readonly wanted: "on" | "off" | "any";
  readonly phase: Phase;
  /** The latest edge, in milliseconds since the epoch, with what it was put off by. */
  readonly edgeAt: number;
  readonly now: number;
}

/** Minutes after an edge at which a server that has not come where it should be is told about. */
export const missedAfterMinutes = 15;

/**
 * Whether a server has not reached what its edge wanted, whoever was down: `schedule.missed`. Stopped in place is not
 * off: it is billed.
 */
export const isMissed = (
  { wanted, phase, edgeAt, now }: AfterEdge,
  afterMinutes = missedAfterMinutes,
): boolean =>
  wanted !== "any" &&
  phase !== "gone" &&
  phase !== wanted &&
  now - edgeAt > afterMinutes * minuteMilliseconds;
