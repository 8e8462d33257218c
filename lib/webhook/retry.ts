/**
 * Seconds before each attempt, counted from the one before: three days in all, so that a weekend's outage loses
 * nothing. Each is stretched or shortened by up to a fifth, so that what failed together does not come back together.
 */
export const delaysSeconds = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;

/** Attempts of a delivery before it is given up. */
export const mostTries = delaysSeconds.length;

const jitter = 0.2;
const longestRetryAfterSeconds = 24 * 3600;

/** The three forms of a date in HTTP (RFC 9110 section 5.6.7), the last one without its zone, which is always GMT. */
const datePattern =
  /^(?:[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT|[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT)$/;
const asctimePattern = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** Milliseconds that the header asks to wait; 0 when it is missing, past or unreadable. */
const askedFor = (retryAfter: string | null, now: number): number => {
  const text = retryAfter?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = asctimePattern.test(text) ? `${text} GMT` : text;
  const at = datePattern.test(text) || date !== text ? Date.parse(date) : Number.NaN;
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
};

/**
 * When the next attempt is due, in milliseconds since the epoch; null when there is none.
 *
 * @param tries attempts made so far
 * @param fraction chance in [0, 1)
 * @param now milliseconds since the epoch
 * @param retryAfter what the last answer's `Retry-After` held; it can only make us wait longer, at most a day
 */
export const nextAttemptAt = (
  tries: number,
  fraction: number,
  now: number,
  retryAfter: string | null,
): number | null => {
  const delay = delaysSeconds[tries];
  if (delay === undefined) return null;
  const own = delay * 1000 * (1 - jitter + 2 * jitter * fraction);
  const asked = Math.min(askedFor(retryAfter, now), longestRetryAfterSeconds * 1000);
  return now + Math.round(Math.max(own, asked));
};
