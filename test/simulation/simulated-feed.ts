import type { SwitchyardEvent } from "../../events/event.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import type { EventFeed, FeedPage } from "../../lib/ports/event-feed.ts";
import { MemoryFeed } from "../memory/memory-feed.ts";
import type { Effects } from "./sandbox.ts";
import type { TableFaults } from "./table-faults.ts";

/** The feed that all sandboxes share. */
export const sharedFeed = (clock: Clock, copies: boolean): MemoryFeed => new MemoryFeed(clock, copies);

/** The feed as one sandbox sees it: appends whose replies get lost are repeated, so an event may stand twice. */
export class SimulatedFeed implements EventFeed {
  readonly #feed: EventFeed;
  readonly #effects: Effects;
  readonly #faults: TableFaults;

  constructor(feed: EventFeed, effects: Effects, faults: TableFaults) {
    this.#feed = feed;
    this.#effects = effects;
    this.#faults = faults;
  }

  async append(events: readonly SwitchyardEvent[]): Promise<void> {
    if (events.length === 0) return;
    const outcome = await this.#effects.run({
      name: `feed append ${events.length}`,
      writes: true,
      takes: 25,
      apply: () => {
        this.#faults.refuseSome("feed");
        void this.#feed.append(events);
        return this.#faults.afterWrite("feed");
      },
    });
    if (outcome === "reply lost") await this.append(events);
  }

  async read(position: number, chunkLimit: number): Promise<FeedPage> {
    await this.#pass("feed read");
    return this.#feed.read(position, chunkLimit);
  }

  async positionAt(epochMilliseconds: number): Promise<number> {
    await this.#pass("feed position");
    return this.#feed.positionAt(epochMilliseconds);
  }

  #pass(name: string): Promise<null> {
    const apply = () => {
      this.#faults.refuseSome(name);
      return { value: null };
    };
    return this.#effects.run({ name, writes: false, takes: 15, apply });
  }
}
