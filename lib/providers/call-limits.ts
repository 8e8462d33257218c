/** The zone that a path names (`…/zones/fr-par-1/…`); null where it names none. */
export const zoneIn = (path: readonly string[]): string | null => {
  const at = path.indexOf("zones");
  return at < 0 ? null : (path[at + 1] ?? null);
};

/** What `X-RateLimit-Remaining` and `-Reset` (seconds since the epoch) leave, and until when in ms; null: not said. */
export const leftOf = (
  headers: Readonly<Record<string, string>>,
  now: number,
): { readonly calls: number; readonly until: number } | null => {
  const remaining = headers["x-ratelimit-remaining"];
  const until = Number(headers["x-ratelimit-reset"] ?? Number.NaN) * 1000;
  if (remaining === undefined || !/^\d+$/.test(remaining) || !(until > now)) return null;
  return { calls: Number(remaining), until: Math.min(until, now + longestReset) };
};

/** The longest time (ms) until a renewal that a header is believed. */
const longestReset = 86_400_000;
