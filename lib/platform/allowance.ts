import * as z from "zod";

/** What a 429 has made of the rate: calls per second as of an instant (ms since the epoch). */
export const loweredSchema = z.strictObject({ rate: z.number().positive(), since: z.number() });
export type Lowered = z.infer<typeof loweredSchema>;

/** What is left of the provider's own limit, spread over the time until it is renewed. */
export const spreadSchema = z.strictObject({ rate: z.number().positive(), until: z.number() });
export type Spread = z.infer<typeof spreadSchema>;

export interface Learned {
  readonly lowered: Lowered | null;
  readonly spread: Spread | null;
}

/** Each so many milliseconds without a 429 the rate grows by this share of the ceiling. */
const growthMilliseconds = 30_000;
const growthShare = 0.1;
/** Calls that were sent within a second of a halving, or before the lower rate shows, belong to the same trouble (ms). */
const troubleOf = ({ rate }: Lowered): number => Math.max(1000, 1500 / rate);
/** A limit is spread when what is left of it would be gone within so many seconds. */
const spreadSeconds = 5;
/** Two renewals that are this close (ms) are the same one. */
const sameRenewal = 1500;

/** The lowest rate that is learned: it takes that long to see that the trouble is over. */
const lowestRate = (ceiling: number): number => Math.max(ceiling / 50, Math.min(ceiling, 0.2));

const grown = ({ rate, since }: Lowered, ceiling: number, now: number): number =>
  rate + growthShare * ceiling * Math.max(0, Math.floor((now - since) / growthMilliseconds));

/** Calls per second that are allowed now: what was learned, grown back meanwhile, and never above the ceiling. */
export const allowedRate = ({ lowered, spread }: Learned, ceiling: number, now: number): number =>
  Math.min(
    ceiling,
    lowered === null ? ceiling : grown(lowered, ceiling, now),
    spread === null || now >= spread.until ? ceiling : spread.rate,
  );

/** A 429 halves the rate, once for all calls of one trouble. */
export const halved = (learned: Learned, ceiling: number, sentAt: number, now: number): Lowered => {
  const { lowered } = learned;
  if (lowered !== null && sentAt < lowered.since + troubleOf(lowered)) return lowered;
  return { rate: Math.max(lowestRate(ceiling), allowedRate(learned, ceiling, now) / 2), since: now };
};

/** Slows down before the provider's limit is hit; once for each renewal. */
export const spreadOver = (
  learned: Learned,
  ceiling: number,
  left: { readonly calls: number; readonly until: number },
  now: number,
): Spread | null => {
  const { spread } = learned;
  const seconds = (left.until - now) / 1000;
  if (left.calls <= 0 || seconds <= 0) return spread;
  if (spread !== null && Math.abs(spread.until - left.until) < sameRenewal) return spread;
  const allowed = allowedRate(learned, ceiling, now);
  const isShort = left.calls <= allowed * spreadSeconds && left.calls < allowed * seconds;
  return isShort ? { rate: left.calls / seconds, until: left.until } : spread;
};
