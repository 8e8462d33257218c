import { createHash } from "node:crypto";
import * as z from "zod";
import { instant } from "../operation/time.ts";

/** How often a rule may act: not again before so many seconds, and so many times a day (UTC). */
export interface Limits {
  readonly cooldown_seconds?: number;
  readonly daily_cap?: number;
}

/** How often a rule has acted, as its cell holds it. */
export const tallySchema = z.strictObject({
  /** The UTC day that `count` is of: `2026-11-02`. */
  day: z.string(),
  count: z.int().nonnegative(),
  last_at: z.string().nullable(),
  /** Short digests of the webhooks that were let through last: one of them that comes again had its turn already. */
  recent: z.array(z.string()),
});
export type Tally = z.infer<typeof tallySchema>;

const emptyTally: Tally = { day: "", count: 0, last_at: null, recent: [] };

/** Webhooks that are remembered: as many as may come between a crash and the sender's next try. */
const remembered = 16;

/** Whether a rule may act. `next` is the tally to save first; null: nothing is to be saved. */
export type Allowance =
  | { readonly allowed: true; readonly next: Tally | null }
  | { readonly allowed: false; readonly why: "cooldown" | "daily_cap"; readonly until: string };

/** Whether a rule has limits, and so a tally. */
export const isLimited = ({ cooldown_seconds: cooldown, daily_cap: cap }: Limits): boolean =>
  cooldown !== undefined || cap !== undefined;

const nextDay = (day: string): string => instant(Date.parse(`${day}T00:00:00Z`) + 86_400_000);

/**
 * Whether a rule may act on a webhook now (milliseconds since the epoch). One that was let through before is let through
 * again and not counted twice: whoever counted it may have died before the operation stood.
 */
export const allowanceOf = (limits: Limits, tally: Tally | null, dedupId: string, now: number): Allowance => {
  const { cooldown_seconds: cooldown, daily_cap: cap } = limits;
  if (!isLimited(limits)) return { allowed: true, next: null };
  const known = tally ?? emptyTally;
  const mark = createHash("sha256").update(dedupId).digest("base64url").slice(0, 12);
  if (known.recent.includes(mark)) return { allowed: true, next: null };
  const day = instant(now).slice(0, 10);
  // A clock that is behind must not begin the day before anew.
  const isSameDay = known.day >= day;
  const count = isSameDay ? known.count : 0;
  if (cooldown !== undefined && known.last_at !== null) {
    const until = Date.parse(known.last_at) + cooldown * 1000;
    if (now < until) return { allowed: false, why: "cooldown", until: instant(until) };
  }
  if (cap !== undefined && count >= cap)
    return { allowed: false, why: "daily_cap", until: nextDay(isSameDay ? known.day : day) };
  const next = {
    day: isSameDay ? known.day : day,
    count: count + 1,
    last_at: instant(Math.max(now, Date.parse(known.last_at ?? instant(now)))),
    recent: [...known.recent, mark].slice(-remembered),
  };
  return { allowed: true, next };
};
