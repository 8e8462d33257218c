/** The arithmetic mean; null of nothing. */
export const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** The smallest of the values that at least `share` (0 to 1) of them do not exceed (nearest rank); null of nothing. */
export const quantile = (values: readonly number[], share: number): number | null => {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
};

/** The middle value, or the mean of the two in the middle; null of nothing. */
export const median = (values: readonly number[]): number | null => {
  const sorted = values.toSorted((one, other) => one - other);
  return mean(sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1));
};

/** How two things that were measured in pairs compare. */
export interface PairedRatio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Ours ÷ the other's, pair by pair: each pair was measured under the same circumstances, so what disturbed both is
 * gone from its ratio. Pairs with a missing or zero side say nothing; null when none is left.
 */
export const pairedRatio = (
  pairs: readonly (readonly [ours: number | null, other: number | null])[],
): PairedRatio | null => {
  const ratios = pairs.flatMap(([ours, other]) =>
    ours === null || other === null || other === 0 ? [] : [ours / other],
  );
  const middle = median(ratios);
  return middle === null ? null : { median: middle, min: Math.min(...ratios), max: Math.max(...ratios) };
};
