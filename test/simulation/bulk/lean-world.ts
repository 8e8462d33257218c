import type { SwitchyardEvent } from "../../../events/event.ts";
import type { EventFeed, FeedPage } from "../../../lib/ports/event-feed.ts";
import type { Fact } from "../history.ts";
import { type EffectSeen, World } from "../world.ts";

/** What a checker of bulk jobs wants to know of what happens; null: nothing. */
const thinned = (fact: Fact): Fact | null => {
  switch (fact.what) {
    case "published":
      return fact.subject.startsWith("blk_") ? fact : null;
    case "state":
    case "booted":
    case "searched":
    case "invocation over":
      return null;
    default:
      return fact;
  }
};

/** A world with hundreds of thousands of items: what nobody looks at afterwards is not kept. */
export class LeanWorld extends World {
  #effects = 0;

  /** Effects so far. */
  get effectCount(): number {
    return this.#effects;
  }

  override noteEffect(_effect: EffectSeen): number {
    this.#effects += 1;
    return this.#effects - 1;
  }

  override record(fact: Fact): void {
    const kept = thinned(fact);
    if (kept === null) for (const listener of this.listeners) listener(fact);
    else super.record(kept);
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
    const old = this.#events.findIndex((one) => at - one.at < 600_000);
    if (old > 50_000) {
      this.#events = this.#events.slice(old);
      this.#dropped += old;
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
