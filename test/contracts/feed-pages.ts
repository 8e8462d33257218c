import { beforeEach, describe, expect, it } from "vitest";
import { anEvent } from "../operations.ts";
import { readOn } from "./event-feed.ts";
import type { TableWorld } from "./store-world.ts";

const kept = 30 * 86_400_000;
const appended = [[1], [40], [41], [3, 3, 3], [40, 40], [1, 39, 41]] as const;
const reads = appended.flatMap((sizes) => [1, 2, 10].map((limit) => ({ sizes, limit })));

/** Reading the feed in pages, whatever it was appended in. */
export const feedPages = (open: () => Promise<TableWorld>): void => {
  describe("pages of the feed", () => {
    let world: TableWorld;
    beforeEach(async () => {
      world = await open();
    });

    it.each(reads)(
      "appends of $sizes events, $limit chunks at a time, once each and in order",
      async ({ sizes, limit }) => {
        const wanted: string[] = [];
        for (const size of sizes) {
          const ids = Array.from({ length: size }, (_, index) => `evt_${wanted.length + index}`);
          await world.one.feed.append(ids.map((id) => anEvent({ id })));
          wanted.push(...ids);
        }
        const { ids, position } = await readOn(world.two.feed, 0, limit);
        expect(ids).toEqual(wanted);
        expect(await world.one.feed.read(position, limit)).toEqual({
          events: [],
          positions: [],
          position,
          atEnd: true,
        });
      },
    );

    it.each([
      ["a second before", 0, kept - 1_000, ["evt_1"]],
      ["exactly at", 0, kept, []],
      ["in the broken second of", 700, kept - 500, []],
    ])("of a chunk %s the end of its 30 days", async (_, within, age, wanted) => {
      await world.clock.advance(within);
      const appendedAt = world.clock.now();
      await world.one.feed.append([anEvent({ id: "evt_1" })]);
      await world.clock.advanceTo(appendedAt + age);
      expect((await readOn(world.two.feed, 0)).ids).toEqual(wanted);
    });
  });
};
