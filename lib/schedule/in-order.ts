/** How many of a list that is in order come before an instant, by halving. */
const countBefore = <T>(all: readonly T[], timeOf: (one: T) => number, at: number): number => {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = all[middle];
    if (one !== undefined && timeOf(one) < at) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Those of a list in order whose time lies in `[from, to)`. */
export const between = <T>(
  all: readonly T[],
  timeOf: (one: T) => number,
  from: number,
  to: number,
): readonly T[] => {
  const first = countBefore(all, timeOf, from);
  const last = countBefore(all, timeOf, to);
  return first >= last ? [] : all.slice(first, last);
};
