import type { Clock } from "../ports/clock.ts";

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) =>
    new Promise((resolve) => {
      const end = Date.now() + milliseconds;
      // A timer may fire up to a millisecond early: "at least" is promised.
      const wake = (): void => {
        const left = end - Date.now();
        if (left > 0) setTimeout(wake, left);
        else resolve();
      };
      setTimeout(wake, Math.max(0, milliseconds));
    }),
};
