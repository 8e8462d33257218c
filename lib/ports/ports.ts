import type { Budget } from "./budget.ts";
import type { Bus } from "./bus.ts";
import type { Cells } from "./cells.ts";
import type { Clock } from "./clock.ts";
import type { DeliveryStore } from "./delivery-store.ts";
import type { Documents } from "./documents.ts";
import type { EventFeed } from "./event-feed.ts";
import type { Log } from "./log.ts";
import type { OperationStore } from "./operation-store.ts";
import type { Providers } from "./provider.ts";
import type { Queue } from "./queue.ts";
import type { Randomness } from "./randomness.ts";
import type { Secrets } from "./secrets.ts";

/** Everything that a flow may use of the world; there is no other way out. */
export interface Ports {
  readonly operations: OperationStore;
  readonly cells: Cells;
  readonly documents: Documents;
  readonly deliveries: DeliveryStore;
  readonly feed: EventFeed;
  readonly queue: Queue;
  readonly bus: Bus;
  readonly budget: Budget;
  readonly providers: Providers;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: Log;
  /** Name of this installation (a-z, 0-9, -): part of every marker and operation id. */
  readonly deployment: string;
}
