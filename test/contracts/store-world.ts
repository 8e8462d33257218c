import type { Operation } from "../../lib/operation/operation.ts";
import type { OperationStore } from "../../lib/ports/operation-store.ts";
import type { VirtualClock } from "../memory/virtual-clock.ts";
import { anOperation, type OperationFields } from "../operations.ts";

/** An empty store, seen by two instances, and the clock that both go by. */
export interface StoreWorld {
  readonly store: OperationStore;
  readonly other: OperationStore;
  readonly clock: VirtualClock;
}

/** The instant as it stands in rows. */
export const at = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** The operation one version on. */
export const next = (operation: Operation, change: OperationFields = {}): Operation =>
  anOperation({ ...operation, version: operation.version + 1, ...change });
