import type { Operation } from "../../lib/operation/operation.ts";
import type { OperationStore } from "../../lib/ports/operation-store.ts";
import type { Cells } from "../../lib/ports/cells.ts";
import type { DeliveryStore } from "../../lib/ports/delivery-store.ts";
import type { Documents } from "../../lib/ports/documents.ts";
import type { EventFeed } from "../../lib/ports/event-feed.ts";
import type { VirtualClock } from "../memory/virtual-clock.ts";
import { anOperation, type OperationFields } from "../operations.ts";

/** An empty store, seen by two instances, and the clock that both go by. */
export interface StoreWorld {
  readonly store: OperationStore;
  readonly other: OperationStore;
  readonly clock: VirtualClock;
}

/** One way to the whole table. */
export interface TableInstance {
  readonly store: OperationStore;
  readonly cells: Cells;
  readonly feed: EventFeed;
  readonly documents: Documents;
  readonly deliveries: DeliveryStore;
}

/** An empty table, seen by two instances, and what can happen on the way to it. */
export interface TableWorld {
  readonly one: TableInstance;
  readonly two: TableInstance;
  readonly clock: VirtualClock;
  /**
   * A third instance, of whose next writes as many as told are carried out and their replies lost.
   * (Where nothing can be lost on the way, they are just carried out.)
   */
  readonly losing: (replies: number) => Promise<TableInstance>;
}

/** The instant as it stands in rows. */
export const at = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** The operation one version on. */
export const next = (operation: Operation, change: OperationFields = {}): Operation =>
  anOperation({ ...operation, version: operation.version + 1, ...change });
