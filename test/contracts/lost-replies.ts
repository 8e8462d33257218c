import { beforeEach, describe, expect, it } from "vitest";
import { anEvent, anOperation } from "../operations.ts";
import { readOn } from "./event-feed.ts";
import { at, next, type TableWorld } from "./store-world.ts";

const kept = 30 * 86_400_000;

/** Writes that were carried out and whose writer was not told: the own-write check settles them. */
export const lostReplies = (open: () => Promise<TableWorld>): void => {
  describe("lost replies", () => {
    let world: TableWorld;
    beforeEach(async () => {
      world = await open();
    });

    it.each([1, 2])("a create whose reply is lost %i times is the writer's own", async (times) => {
      const { store } = await world.losing(times);
      const row = anOperation();
      expect(await store.create(row)).toEqual({ created: true, operation: row });
      expect(await world.one.store.load("op_1")).toEqual(row);
    });

    it("a create over an expired row whose reply is lost is the writer's own", async () => {
      const ended = at(world.clock.now());
      await world.one.store.create(anOperation({ state: "failed", created_at: ended, updated_at: ended }));
      await world.clock.advance(kept);
      const { store } = await world.losing(1);
      expect((await store.create(anOperation())).created).toBe(true);
    });

    it("a create that is refused and loses its reply as well is given the row that stands", async () => {
      const standing = anOperation({ resource_name: "first" });
      await world.one.store.create(standing);
      const { store } = await world.losing(1);
      expect(await store.create(anOperation())).toEqual({ created: false, operation: standing });
    });

    it.each(["starting", "following", "succeeded", "failed", "cancelled", "needs_attention"] as const)(
      "a replace to %s whose reply is lost counts as written, once",
      async (state) => {
        const row = anOperation();
        await world.one.store.create(row);
        const { store } = await world.losing(1);
        const moved = next(row, { state });
        expect(await store.replace(moved, 1)).toBe("written");
        expect(await store.replace(moved, 1)).toBe("stale");
        expect(await world.one.store.load("op_1")).toEqual(moved);
      },
    );

    it("a stale replace whose reply is lost is still stale, and changes nothing", async () => {
      const row = anOperation();
      await world.one.store.create(row);
      const moved = next(row, { state: "starting" });
      await world.one.store.replace(moved, 1);
      const { store } = await world.losing(1);
      expect(await store.replace(next(row, { state: "cancelled" }), 1)).toBe("stale");
      expect(await world.one.store.load("op_1")).toEqual(moved);
    });

    it.each([0, 1, 5])("a save over version %i of a cell whose reply is lost counts", async (version) => {
      for (let count = 0; count < version; count += 1) await world.one.cells.save("a", count, count);
      const { cells } = await world.losing(1);
      expect(await cells.save("a", "mine", version)).toBe(true);
      expect(await world.one.cells.load("a")).toEqual({ version: version + 1, value: "mine" });
    });

    it("a save that is refused and loses its reply as well is refused", async () => {
      await world.one.cells.save("a", "first", 0);
      const { cells } = await world.losing(1);
      expect(await cells.save("a", "mine", 0)).toBe(false);
      expect(await world.one.cells.load("a")).toEqual({ version: 1, value: "first" });
    });

    it("an append whose reply is lost stands in the feed, behind what was there", async () => {
      await world.one.feed.append([anEvent({ id: "evt_1" })]);
      const { feed } = await world.losing(1);
      await feed.append([anEvent({ id: "evt_2" })]);
      // Once or twice: the port allows a repeated append to show, never to be lost.
      const { ids } = await readOn(world.two.feed, 0);
      expect([...new Set(ids)]).toEqual(["evt_1", "evt_2"]);
    });
  });
};
