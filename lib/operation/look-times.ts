/**
 * When to look again. Looks happen in rounds a second apart, and an end has to be seen within 5 s: so gaps are 3.5 s in
 * the first hour. Later an end is rare, and looks get rarer.
 */
export const firstLookSeconds = 3.5;

const gaps: readonly { readonly untilAge: number; readonly gap: number }[] = [{ untilAge: 3600, gap: 3.5 }];
const lateGap = 30;

/**
 * The instant of the next look (ms since the epoch) at something that was begun at `sinceMilliseconds` and last looked
 * at at `lastLookMilliseconds` (null: never).
 */
export const nextLookAt = (sinceMilliseconds: number, lastLookMilliseconds: number | null): number => {
  if (lastLookMilliseconds === null) return sinceMilliseconds + firstLookSeconds * 1000;
  const ageSeconds = (lastLookMilliseconds - sinceMilliseconds) / 1000;
  const gap = gaps.find(({ untilAge }) => ageSeconds < untilAge)?.gap ?? lateGap;
  return lastLookMilliseconds + gap * 1000;
};

/** From this many operations in flight at one connection, all are looked at together, every `crowdGapSeconds`. */
export const crowd = 5;
export const crowdGapSeconds = 2;
/** Rounds are not exactly a second apart: a crowd whose time comes before the next round is looked at in this one. */
export const crowdToleranceSeconds = 0.5;
/** Nothing in a crowd is looked at that was begun so lately: hardly anything ends so soon. */
export const crowdYoungSeconds = 1.5;
/** From this age on something in a crowd has taken longer than most, and is looked at like something that is alone. */
export const crowdOldSeconds = 5;
