import type { CatchUp, Guards } from "./settings.ts";

/** How many servers of how many would be switched by one tick. */
export interface Tally {
  readonly affected: number;
  readonly total: number;
}

/** Whether an outage (`gapMinutes`) and what would change after it are large enough to ask a person first. */
export const isTooMuchToCatchUp = (rule: CatchUp, gapMinutes: number, { affected, total }: Tally): boolean =>
  gapMinutes > rule.minutes && affected * 100 > total * rule.percent;

/** The most servers that one tick may switch; infinite where nothing is said. */
export const mostAffected = ({ max_affected: most }: Guards, total: number): number => {
  if (most === undefined) return Number.POSITIVE_INFINITY;
  return typeof most === "number" ? most : Math.floor((total * Number.parseInt(most, 10)) / 100);
};

/** Why a person has to confirm what a tick would do; null when nobody has to. */
export const whyToConfirm = (
  rule: CatchUp,
  guards: Guards,
  gapMinutes: number,
  tally: Tally,
): string | null => {
  const { affected, total } = tally;
  if (isTooMuchToCatchUp(rule, gapMinutes, tally))
    return `after ${Math.round(gapMinutes)} min without a tick, ${affected} of ${total} servers would change, more than ${rule.percent} %`;
  if (affected > mostAffected(guards, total))
    return `${affected} of ${total} servers would change in one tick, more than max_affected (${guards.max_affected})`;
  return null;
};
