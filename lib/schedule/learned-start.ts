/** Seconds of a start of which nothing was learned yet: the longest of 891 recorded ones took 165 (Scaleway). */
export const unlearnedSeconds = 180;
/** How fast what was learned falls when starts are faster: by so much of the difference each time. */
const fall = 1 / 4;

/**
 * Seconds that starts of a schedule's servers take, for `ready_by`: the slowest counts, since all are to run by then.
 * Rises at once, falls slowly.
 * @param before as learned so far; null: nothing
 * @param seen seconds, from the request to the server that runs, of starts that ended lately
 */
export const learnedStart = (before: number | null, seen: readonly number[]): number | null => {
  if (seen.length === 0) return before;
  const [slowest, known] = [Math.max(...seen), before ?? unlearnedSeconds];
  return slowest >= known ? slowest : known - (known - slowest) * fall;
};
