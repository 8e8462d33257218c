import type { SimulatorClock } from "../clock.ts";

/** The limit that `X-RateLimit-*` tell of: so many calls in a window that begins with the first of them. */
export interface RateWindow {
  /** Takes one call; false when none is left. */
  take(): boolean;
  /** The three headers of every answer; `X-RateLimit-Reset` in whole seconds since the epoch, never too early. */
  headers(): Record<string, string>;
}

/** Opens the limit. The window is a duration, so it is divided by `speed` as the others are. */
export const openRateWindow = (parts: {
  clock: SimulatorClock;
  speed: number;
  limit: number;
  windowSeconds: number;
}): RateWindow => {
  const { clock, limit } = parts;
  const length = (parts.windowSeconds * 1000) / parts.speed;
  let endsAt = Number.NEGATIVE_INFINITY;
  let used = 0;
  const renew = (): void => {
    const now = clock.now();
    if (now >= endsAt) {
      // The window ends where the header says that it does: on a whole second.
      endsAt = Math.ceil((now + length) / 1000) * 1000;
      used = 0;
    }
  };
  return {
    take() {
      renew();
      if (used >= limit) {
        return false;
      }
      used += 1;
      return true;
    },
    headers() {
      renew();
      return {
        "X-RateLimit-Limit": String(limit),
        "X-RateLimit-Remaining": String(limit - used),
        "X-RateLimit-Reset": String(endsAt / 1000),
      };
    },
  };
};
