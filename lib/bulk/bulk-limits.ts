/** How much one job may bring. */
export interface BulkLimits {
  readonly items: number;
  readonly bytes: number;
  /** Of one line, and of one CSV row that goes over several lines. */
  readonly lineBytes: number;
  /** Faults that are told one by one. */
  readonly faults: number;
  /** Characters that placeholders may make of the templates, over all items. */
  readonly expandedCharacters: number;
}

export const usualLimits: BulkLimits = {
  items: 10_000,
  bytes: 10_000_000,
  lineBytes: 1_000_000,
  faults: 1000,
  expandedCharacters: 50_000_000,
};
