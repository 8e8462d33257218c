import type { SwitchyardEvent } from "../../events/event.ts";

/** The way to the world: EventBridge in AWS. Takes events at least once; order is not promised. */
export interface Bus {
  /**
   * Publishes and says which ids were *not* taken (PutEvents may take a part only); those are sent again later.
   * @throws when nothing is known of the outcome: then all count as not taken.
   */
  publish(events: readonly SwitchyardEvent[]): Promise<readonly string[]>;
}
