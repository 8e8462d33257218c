import type { SwitchyardEvent } from "../../events/event.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import type { EventFeed, FeedPage } from "../../lib/ports/event-feed.ts";

const keptMilliseconds = 30 * 86_400_000;
const chunkEventLimit = 40;
const positionsPerChunk = 1_000;

interface Chunk {
  readonly recordedAt: number;
  readonly events: readonly SwitchyardEvent[];
}

/** A copy that nobody can change, so that all readers may share it. */
const frozenCopy = <Value>(value: Value): Value => {
  const copy = structuredClone(value);
  const freeze = (part: unknown): void => {
    if (typeof part !== "object" || part === null) return;
    for (const inner of Object.values(part)) freeze(inner);
    Object.freeze(part);
  };
  freeze(copy);
  return copy;
};

/** The feed in memory: chunk n (from 1) stands at index n - 1. A position is chunk * 1000 + events behind the reader. */
export class MemoryFeed implements EventFeed {
  readonly #clock: Clock;
  readonly #copies: boolean;
  readonly #chunks: Chunk[] = [];

  /** `copies`: whether what is appended is copied and frozen; a world that changes nothing may save itself the time. */
  constructor(clock: Clock, copies = true) {
    this.#clock = clock;
    this.#copies = copies;
  }

  /** All events that were ever appended, repeats included. */
  get appended(): readonly SwitchyardEvent[] {
    return this.#chunks.flatMap(({ events }) => events);
  }

  async append(events: readonly SwitchyardEvent[]): Promise<void> {
    for (let start = 0; start < events.length; start += chunkEventLimit) {
      const chunk = events.slice(start, start + chunkEventLimit);
      this.#chunks.push({
        recordedAt: this.#clock.now(),
        events: this.#copies ? chunk.map(frozenCopy) : chunk,
      });
    }
  }

  async read(position: number, chunkLimit: number): Promise<FeedPage> {
    const events: SwitchyardEvent[] = [];
    const positions: number[] = [];
    let behind = position;
    let number = Math.max(1, Math.floor(position / positionsPerChunk));
    let used = 0;
    for (; used < chunkLimit; number += 1) {
      const chunk = this.#chunks[number - 1];
      if (chunk === undefined) break;
      const seen = number === Math.floor(position / positionsPerChunk) ? position % positionsPerChunk : 0;
      if (seen < chunk.events.length) used += 1;
      // In whole seconds, as the table's own expiry counts.
      const expired = Math.floor(chunk.recordedAt / 1000) * 1000 + keptMilliseconds <= this.#clock.now();
      for (const [index, event] of chunk.events.entries()) {
        if (index < seen) continue;
        behind = number * positionsPerChunk + index + 1;
        if (expired) continue;
        events.push(event);
        positions.push(behind);
      }
    }
    return { events, positions, position: behind, atEnd: this.#chunks[number - 1] === undefined };
  }

  async positionAt(epochMilliseconds: number): Promise<number> {
    if (this.#chunks.length === 0) return 0;
    const index = this.#chunks.findIndex(({ recordedAt }) => recordedAt >= epochMilliseconds);
    return (index === -1 ? this.#chunks.length + 1 : index + 1) * positionsPerChunk;
  }
}
