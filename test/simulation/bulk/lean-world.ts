import type { SwitchyardEvent } from "../../../events/event.ts";
import type { EventFeed, FeedPage } from "../../../lib/ports/event-feed.ts";
import type { Fact } from "../history.ts";
import { type EffectSeen, World } from "../world.ts";

/** What no checker of bulk jobs asks for. */
const unasked: ReadonlySet<Fact["what"]> = new Set(["state", "booted", "searched", "invocation over"]);

const isKept = (fact: Fact): boolean =>
  fact.what === "published" ? fact.subject.startsWith("blk_") : !unasked.has(fact.what);

/** A world with hundreds of thousands of items: what nobody looks at afterwards is not kept. */
export class LeanWorld extends World {
  #effects = 0;

  override noteEffect(_effect: EffectSeen): number {
    this.#effects += 1;
    return this.#effects - 1;
  }

  override record(fact: Fact): void {
    if (isKept(fact)) super.record(fact);
    else for (const listener of this.listeners) listener(fact);
  }
}

/** A feed of which only the ids of the last minutes are kept: whoever publishes looks there for what it said. */
export class LeanFeed implements EventFeed {
  readonly #now: () => number;
  #events: { readonly at: number; readonly event: SwitchyardEvent }[] = [];
  #dropped = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  append(events: readonly SwitchyardEvent[]): Promise<void> {
    const at = this.#now();
    for (const event of events) this.#events.push({ at, event });
    // Half of them go at once, when that half is old.
    const half = this.#events.length >> 1;
    const middle = this.#events[half];
    if (half > 50_000 && middle !== undefined && at - middle.at > 600_000) {
      this.#events = this.#events.slice(half);
      this.#dropped += half;
    }
    return Promise.resolve();
  }

  read(position: number, chunkLimit: number): Promise<FeedPage> {
    const from = Math.max(0, position - this.#dropped);
    const page = this.#events.slice(from, from + chunkLimit * 40);
    const end = this.#dropped + from + page.length;
    return Promise.resolve({
      events: page.map(({ event }) => event),
      positions: page.map((_, index) => this.#dropped + from + index + 1),
      position: end,
      atEnd: from + page.length === this.#events.length,
    });
  }

  positionAt(epochMilliseconds: number): Promise<number> {
    let [low, high] = [0, this.#events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.at ?? 0) < epochMilliseconds) low = middle + 1;
      else high = middle;
    }
    return Promise.resolve(this.#dropped + low);
  }
}
