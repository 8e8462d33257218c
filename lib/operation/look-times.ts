/**
 * When to look again. Gaps never exceed 4 s in the first five minutes, because an end has to be seen within 5 s;
 * the first gaps follow the recorded power-on durations (median 3.3 s). Later an end is rare, and looks get rarer.
 */
export const firstLookSeconds = 3;

const gaps: readonly { readonly untilAge: number; readonly gap: number }[] = [
  { untilAge: 7, gap: 3 },
  { untilAge: 300, gap: 4 },
  { untilAge: 900, gap: 10 },
];
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
