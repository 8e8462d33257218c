import { typePrefix, type SwitchyardEvent } from "../../../events/event.ts";
import { alreadyInFeed } from "../../../lib/flows/publish-events.ts";
import type { Chance } from "../chance.ts";
import { eventSource } from "../../../lib/operation/announce.ts";
import type { Yard } from "./yard.ts";

export const publishedTypes = [
  "operation.accepted",
  "operation.succeeded",
  "server.created",
  "server.running",
] as const;

/** Whoever makes events elsewhere: they stand in a row's outbox first, then in the feed, then on the bus, then are marked. */
export class Publisher {
  readonly #yard: Yard;
  readonly #chance: Chance;
  readonly #sequences = new Map<string, number>();
  #serial = 0;
  /** Events that are not out yet. */
  waiting = 0;

  constructor(yard: Yard) {
    this.#yard = yard;
    this.#chance = yard.world.chance.split("publisher");
  }

  /** Something has happened; now and then it takes minutes until it is said. */
  say(): void {
    const { world } = this.#yard;
    const chance = this.#chance;
    const connection = chance.pick(["paris", "paris", "lyon"] as const);
    const count = chance.pick([1, 1, 2, 3]);
    const events = Array.from({ length: count }, () => this.#event(connection));
    this.waiting += 1;
    const late = chance.happens(0.15) ? chance.between(1000, 400_000) : 0;
    if (late > 0) world.sometimes("an event was appended late");
    world.after(late, () => this.#publish(events));
  }

  #event(connection: string): SwitchyardEvent {
    const subject = `${connection}/server/s-${this.#chance.between(1, 3)}`;
    const sequence = (this.#sequences.get(subject) ?? 0) + 1;
    this.#sequences.set(subject, sequence);
    this.#serial += 1;
    return {
      specversion: "1.0",
      id: `evt_op_${this.#serial}_1`,
      source: eventSource,
      type: `${typePrefix}${this.#chance.pick(publishedTypes)}`,
      subject,
      time: new Date(this.#yard.world.now).toISOString(),
      sequence,
      data: { connection, server_id: subject },
    };
  }

  /** A worker tries until it has marked what it said; one that dies is followed by another one. */
  #publish(events: readonly SwitchyardEvent[]): void {
    const yard = this.#yard;
    const sandbox = yard.sandbox("publisher");
    const ports = yard.portsIn(sandbox);
    let isOver = false;
    const again = (): void => {
      if (isOver) return;
      isOver = true;
      yard.world.after(this.#chance.between(2000, 60_000), () => this.#publish(events));
    };
    sandbox.onKilled = again;
    yard.expectTick();
    const work = async (): Promise<boolean> => {
      const known = await alreadyInFeed(events, ports);
      await ports.feed.append(events.filter(({ id }) => !known.has(id)));
      const refused = await ports.bus.publish(events);
      // The mark.
      await ports.cells.load("a row");
      return refused.length === 0;
    };
    void work().then((isDone) => {
      if (!isDone) again();
      else if (!isOver) {
        isOver = true;
        this.waiting -= 1;
      }
      return isDone;
    }, again);
  }
}
