import type { StartFromHook } from "../../events/start-from-hook.ts";

/** Sends to our queues. At least once, in any order; a message carries ids, never state, but for the work of webhooks. */
export interface Queue {
  /** Asks for these accepted operations to be started. @throws when the queue does not take one of them; names those ids. */
  requestStarts(operationIds: readonly string[]): Promise<void>;
  /** Keeps the work of a webhook whose servers are still to be looked for. @throws NotQueued, which names no ids */
  requestHookWork(work: StartFromHook): Promise<void>;
  /** Asks for a follower to run now and not at the next tick. Losing it costs time, never work. */
  wakeFollower(): Promise<void>;
  /** Asks for deliveries to be made now and not at the next tick. Losing it costs time, never an event. */
  wakeDeliverer(): Promise<void>;
  /** Asks for bulk jobs to be run now and not at the next tick. Losing it costs time, never an item. */
  wakeBulkRunner(): Promise<void>;
  /** Puts a message that can't be worked off among the dead letters, with the reason as attribute `reason`. */
  setAside(body: string, reason: string): Promise<void>;
}

/** Some messages were not taken by the queue. */
export class NotQueued extends Error {
  readonly operationIds: readonly string[];
  constructor(operationIds: readonly string[], options?: ErrorOptions) {
    super(`${Math.max(1, operationIds.length)} messages were not taken by the queue.`, options);
    this.name = "NotQueued";
    this.operationIds = operationIds;
  }
}
