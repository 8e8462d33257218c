import { beforeEach, describe, expect, it } from "vitest";
import type { SwitchyardEvent } from "../../events/event.ts";
import type { EventFeed } from "../../lib/ports/event-feed.ts";
import type { VirtualClock } from "../memory/virtual-clock.ts";
import { anEvent } from "../operations.ts";

/** Two instances over the same, empty feed, and their clock. */
export interface FeedWorld {
  readonly feed: EventFeed;
  readonly other: EventFeed;
  readonly clock: VirtualClock;
}

const day = 86_400_000;
const some = (from: number, to: number, data: SwitchyardEvent["data"] = {}): SwitchyardEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => anEvent({ id: `evt_${from + index}`, data }));
const idsOf = (events: readonly SwitchyardEvent[]): string[] => events.map(({ id }) => id);

/** Reads from a position to the end. */
export const readOn = async (
  feed: EventFeed,
  from: number,
  chunkLimit = 3,
): Promise<{ ids: string[]; positions: number[]; position: number }> => {
  const ids: string[] = [];
  const positions: number[] = [];
  let position = from;
  for (let page = 0; page < 500; page += 1) {
    const answer = await feed.read(position, chunkLimit);
    expect(answer.positions).toHaveLength(answer.events.length);
    expect(answer.position).toBeGreaterThanOrEqual(position);
    ids.push(...idsOf(answer.events));
    positions.push(...answer.positions);
    position = answer.position;
    if (answer.atEnd) return { ids, positions, position };
  }
  throw new Error("The feed has no end.");
};

/** What every EventFeed promises. */
export const eventFeedContract = (name: string, open: () => Promise<FeedWorld>): void => {
  describe(`event feed: ${name}`, () => {
    let world: FeedWorld;
    beforeEach(async () => {
      world = await open();
    });
    order(() => world);
    resuming(() => world);
    time(() => world);
  });
};

const order = (world: () => FeedWorld): void => {
  it("is empty at first", async () => {
    expect(await world().feed.read(0, 10)).toEqual({ events: [], positions: [], position: 0, atEnd: true });
  });

  it("gives back what was appended, whole", async () => {
    const event = anEvent({ data: { zulu: 1, alpha: { b: null, a: "ü🛰️" }, empty: "" } });
    await world().feed.append([event]);
    const { events } = await world().other.read(0, 10);
    expect(JSON.stringify(events)).toBe(JSON.stringify([event]));
  });

  it("appends nothing when there is nothing to append", async () => {
    await world().feed.append([]);
    expect((await world().feed.read(0, 10)).events).toEqual([]);
  });

  it("keeps the order of appending, of several instances too", async () => {
    await world().feed.append(some(1, 2));
    await world().other.append(some(3, 4));
    await world().feed.append(some(5, 5));
    await world().other.append(some(6, 6));
    expect((await readOn(world().feed, 0)).ids).toEqual(idsOf(some(1, 6)));
  });

  it.each([1, 39, 40, 41, 130])("takes %i events in one append and keeps their order", async (count) => {
    await world().feed.append(some(1, count));
    expect((await readOn(world().feed, 0)).ids).toEqual(idsOf(some(1, count)));
  });

  it("takes events that together are bigger than a row may be", async () => {
    const big = some(1, 6, { text: "ü".repeat(60_000) });
    await world().feed.append(big);
    expect((await readOn(world().feed, 0)).ids).toEqual(idsOf(big));
  });

  it("holds an event twice that was appended twice", async () => {
    await world().feed.append(some(1, 1));
    await world().feed.append(some(1, 1));
    expect((await readOn(world().feed, 0)).ids).toEqual(["evt_1", "evt_1"]);
  });

  it("loses nothing and doubles nothing when many append at once", async () => {
    const { feed, other } = world();
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 === 0 ? feed : other).append(some(index * 10, index * 10 + 2)),
      ),
    );
    const { ids } = await readOn(feed, 0);
    expect(ids).toHaveLength(36);
    expect(new Set(ids).size).toBe(36);
  });

  it("keeps the events of one append together", async () => {
    const { feed, other } = world();
    await Promise.all([feed.append(some(1, 5)), other.append(some(11, 15)), feed.append(some(21, 25))]);
    const { ids } = await readOn(feed, 0);
    for (const first of [1, 11, 21]) {
      const start = ids.indexOf(`evt_${first}`);
      expect(ids.slice(start, start + 5)).toEqual(idsOf(some(first, first + 4)));
    }
  });
};

const resuming = (world: () => FeedWorld): void => {
  it("says the end when the last event was read, and then gives nothing until there is more", async () => {
    const { feed } = world();
    await feed.append(some(1, 3));
    const { position } = await readOn(feed, 0);
    expect(await feed.read(position, 5)).toMatchObject({ events: [], position, atEnd: true });
    await feed.append(some(4, 4));
    expect((await readOn(feed, position)).ids).toEqual(["evt_4"]);
  });

  it.each([1, 2, 5])("gives everything once in pages of %i chunks", async (limit) => {
    const { feed } = world();
    for (let chunk = 0; chunk < 7; chunk += 1) await feed.append(some(chunk * 2 + 1, chunk * 2 + 2));
    expect((await readOn(feed, 0, limit)).ids).toEqual(idsOf(some(1, 14)));
  });

  it("goes on behind any single event", async () => {
    const { feed } = world();
    await feed.append(some(1, 45));
    await feed.append(some(46, 50));
    const { positions } = await readOn(feed, 0);
    expect(positions).toHaveLength(50);
    for (const [index, position] of positions.entries()) {
      const rest = await readOn(feed, position, 1);
      expect(rest.ids).toEqual(idsOf(some(index + 2, 50)));
    }
  });

  it("has positions that only grow", async () => {
    const { feed } = world();
    await feed.append(some(1, 60));
    await feed.append(some(61, 70));
    const { positions } = await readOn(feed, 0);
    expect(positions).toEqual(positions.toSorted((one, other) => one - other));
    expect(new Set(positions).size).toBe(positions.length);
    expect(positions.every((position) => Number.isSafeInteger(position))).toBe(true);
  });

  it("misses nothing that is appended between two pages", async () => {
    const { feed, other } = world();
    await feed.append(some(1, 2));
    const first = await feed.read(0, 1);
    await other.append(some(3, 4));
    await other.append(some(5, 6));
    expect(idsOf(first.events)).toEqual(idsOf(some(1, 2)));
    expect((await readOn(feed, first.position)).ids).toEqual(idsOf(some(3, 6)));
  });
};

const time = (world: () => FeedWorld): void => {
  it("is at the beginning of an empty feed at any time", async () => {
    const position = await world().feed.positionAt(world().clock.now());
    await world().feed.append(some(1, 1));
    expect((await readOn(world().feed, position)).ids).toEqual(["evt_1"]);
  });

  it("finds the first chunk at or after an instant", async () => {
    const { feed, clock } = world();
    const start = clock.now();
    for (let hour = 0; hour < 20; hour += 1) {
      await feed.append(some(hour, hour));
      await clock.advance(3_600_000);
    }
    for (const [reason, milliseconds, first] of [
      ["before all", -5, 0],
      ["exactly the first", 0, 0],
      ["just behind the first", 1, 1],
      ["exactly one in the middle", 7 * 3_600_000, 7],
      ["between two", 12 * 3_600_000 + 1, 13],
      ["exactly the last", 19 * 3_600_000, 19],
    ] as const) {
      const { ids } = await readOn(feed, await feed.positionAt(start + milliseconds));
      expect([reason, ids[0]]).toEqual([reason, `evt_${first}`]);
    }
  });

  it("is at the end for an instant behind all, and then sees what comes", async () => {
    const { feed, clock } = world();
    await feed.append(some(1, 3));
    const position = await feed.positionAt(clock.now() + 1);
    expect((await readOn(feed, position)).ids).toEqual([]);
    await feed.append(some(4, 4));
    expect((await readOn(feed, position)).ids).toEqual(["evt_4"]);
  });

  it("gives events for 30 days and no longer", async () => {
    const { feed, clock } = world();
    await feed.append(some(1, 1));
    await clock.advance(29 * day);
    await feed.append(some(2, 2));
    expect((await readOn(feed, 0)).ids).toEqual(["evt_1", "evt_2"]);
    await clock.advance(1 * day);
    expect((await readOn(feed, 0)).ids).toEqual(["evt_2"]);
  });

  it("goes on behind a position whose events have expired", async () => {
    const { feed, clock } = world();
    await feed.append(some(1, 3));
    const { positions } = await readOn(feed, 0);
    await clock.advance(31 * day);
    await feed.append(some(4, 5));
    expect((await readOn(feed, positions[0] ?? 0)).ids).toEqual(["evt_4", "evt_5"]);
  });
};
