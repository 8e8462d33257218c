import type { Json } from "../operation/json.ts";

/** A small shared value with a version: a lease, a rate budget, a counter. */
export interface Cell {
  readonly version: number;
  readonly value: Json;
}

/** Named cells in the table. Each write is conditional on the version that was read. */
export interface Cells {
  /** The cell as it stands now (consistent read), or null when there is none. */
  load(key: string): Promise<Cell | null>;
  /**
   * Writes `value` if the cell still has `seenVersion` (0: if there is none).
   * A lost reply of our own write counts as success (own-write check).
   * @returns whether this call's value is the one that stands.
   */
  save(key: string, value: Json, seenVersion: number): Promise<boolean>;
}
