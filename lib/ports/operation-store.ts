import type { Operation } from "../operation/operation.ts";

/** A row of the due index: eventually consistent, so always load the operation before acting on it. */
export interface DueOperation {
  readonly id: string;
  readonly dueAtMilliseconds: number;
}

export interface OperationFilter {
  readonly state?: string;
  readonly kind?: string;
  readonly connection?: string;
  readonly bulkJob?: string;
}

/** Where a listing goes on: the last operation that was given. */
export interface ListPosition {
  readonly createdAt: string;
  readonly id: string;
}

export interface OperationPage {
  readonly operations: readonly Operation[];
  readonly next: ListPosition | null;
}

/**
 * The operations. One item each; every write is conditional on the version read and carries the row's outbox,
 * so a transition and its events are one write. Expired rows are never returned.
 */
export interface OperationStore {
  /** Puts the operation if its id is free. `created` is false when another row stands there; that row is returned. */
  create(operation: Operation): Promise<{ readonly created: boolean; readonly operation: Operation }>;
  /**
   * Names operations that are led (`is_led`) and about to be put with this `created_at`: they are listed by it, and cost
   * no entry each. Whoever is put without is not listed; what is named and never put does no harm.
   */
  enrol(ids: readonly string[], createdAt: string): Promise<void>;
  /** Consistent read; null when there is none. */
  load(id: string): Promise<Operation | null>;
  /** Consistent reads of many; missing ones are left out. Order is not kept. */
  loadMany(ids: readonly string[]): Promise<readonly Operation[]>;
  /**
   * Replaces the row if it still has `seenVersion`; `next.version` must be greater. The write carries a token, so a
   * lost reply of our own write is found out by reading back and counts as written.
   */
  replace(next: Operation, seenVersion: number): Promise<"written" | "stale">;
  /** What is due at or before the instant, oldest first, at most `limit`. Reads only what is due, never finished rows. */
  due(atMilliseconds: number, limit: number): Promise<readonly DueOperation[]>;
  /** Newest first. Rows that the filter leaves out are skipped, not counted. */
  list(filter: OperationFilter, after: ListPosition | null, limit: number): Promise<OperationPage>;
}
