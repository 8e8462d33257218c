/** A provider's limit of calls: a bucket of `burst` tokens, filled at `perSecond`. */
export interface RateLimit {
  perSecond: number;
  /** Default: one second's worth. */
  burst?: number | undefined;
  /** `bare` (default): no body and no Retry-After, as seen in the wild. `typed`: the JSON of the official client's tests. */
  answer?: "bare" | "typed" | undefined;
}

/** True when a call at that instant (milliseconds) is within the limit; takes a token when it is. */
export const tokenBucket = (limit: RateLimit): ((now: number) => boolean) => {
  const burst = limit.burst ?? Math.max(1, limit.perSecond);
  let tokens = burst;
  let filledAt: number | undefined;
  return (now) => {
    tokens = Math.min(burst, tokens + (Math.max(0, now - (filledAt ?? now)) / 1000) * limit.perSecond);
    filledAt = now;
    if (tokens < 1) {
      return false;
    }
    tokens -= 1;
    return true;
  };
};
