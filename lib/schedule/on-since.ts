import type { Phase } from "../operation/observation.ts";
import { instant } from "../operation/time.ts";

/**
 * Since when a server is on, as far as looks tell: since the first one that has shown it on where none had before, or the
 * last had shown it off. That is never too early, so that in doubt it counts as on for a shorter time than it is.
 * @param since what was known before; null: that it is off, or nothing
 */
export const onSince = (since: string | null, phase: Phase, now: number): string | null => {
  switch (phase) {
    case "on":
      return since ?? instant(now);
    case "off":
    case "standby":
    case "gone":
      return null;
    case "moving":
    case "locked":
    case "failed":
    case "unknown":
      return since;
  }
};
