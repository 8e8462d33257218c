import type { Delivery } from "../webhook/delivery.ts";
import type { DueOperation, ListPosition } from "./operation-store.ts";

export interface DeliveryPage {
  readonly deliveries: readonly Delivery[];
  readonly next: ListPosition | null;
}

/** What waits at one endpoint; eventually consistent, so always load the delivery before acting on it. */
export type DueDelivery = DueOperation;

/**
 * Events on their way to endpoints. One item each, kept for 30 days; every write is conditional on the version read.
 * What is due is asked for by endpoint, so that a long queue at one never stands before another.
 */
export interface DeliveryStore {
  /** Puts the delivery if its id is free. @returns whether this call put it */
  create(delivery: Delivery): Promise<boolean>;
  /** Consistent read; null when there is none. */
  load(id: string): Promise<Delivery | null>;
  /** Consistent reads of many; missing ones are left out. Order is not kept. */
  loadMany(ids: readonly string[]): Promise<readonly Delivery[]>;
  /** Replaces the row if it still has `seenVersion`; `next.version` must be greater. */
  replace(next: Delivery, seenVersion: number): Promise<"written" | "stale">;
  /** What is due at the endpoint at or before the instant, oldest first, at most `limit`. */
  due(endpoint: string, atMilliseconds: number, limit: number): Promise<readonly DueDelivery[]>;
  /** Newest first. */
  list(endpoint: string, after: ListPosition | null, limit: number): Promise<DeliveryPage>;
}
