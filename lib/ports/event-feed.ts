import type { SwitchyardEvent } from "../../events/event.ts";

export interface FeedPage {
  readonly events: readonly SwitchyardEvent[];
  /** The position behind each of `events`: to stop after some of them and go on there. */
  readonly positions: readonly number[];
  /** Position behind the last event looked at: pass it on to go on reading. */
  readonly position: number;
  /** Whether the end of the feed was reached. */
  readonly atEnd: boolean;
}

/**
 * All events of the last 30 days in one order that never changes: what is appended later stands later, so a reader
 * who remembers a position misses nothing. An append is one write for many events.
 */
export interface EventFeed {
  /** Appends at the end, as one chunk (several when large). May hold an event twice when an append is repeated. */
  append(events: readonly SwitchyardEvent[]): Promise<void>;
  /** Events behind `position` (0: from the oldest kept), oldest first; reads at most `chunkLimit` chunks. */
  read(position: number, chunkLimit: number): Promise<FeedPage>;
  /** The position before the first chunk that was appended at or after the instant (ms since the epoch). */
  positionAt(epochMilliseconds: number): Promise<number>;
}
