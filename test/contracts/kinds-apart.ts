import { beforeEach, describe, expect, it } from "vitest";
import { aDelivery } from "../deliveries.ts";
import { anEvent, anOperation } from "../operations.ts";
import { readOn } from "./event-feed.ts";
import { at, type TableWorld } from "./store-world.ts";

/** Ids that one kind of rows could take for the keys, shards or prefixes of another. */
const shared = ["op_1", "0", "1", "2", "3", "OP#0", "DELIVERY#0", "DELIVERY", "FOLDER#keys", "CELL", "FEED"];

/** Rows of different kinds in one table. */
export const kindsApart = (open: () => Promise<TableWorld>): void => {
  describe("kinds of rows", () => {
    let world: TableWorld;
    beforeEach(async () => {
      world = await open();
    });

    it.each(shared)("under the one id %j know nothing of each other", async (id) => {
      const { one, two } = world;
      const operation = anOperation({ id, hold_until: at(1_000) });
      const delivery = aDelivery({ id, endpoint: id, next_attempt_at: at(2_000) });
      expect((await one.store.create(operation)).created).toBe(true);
      expect(await one.deliveries.create(delivery)).toBe(true);
      expect(await one.documents.save("keys", id, "a document", 0)).toBe(true);
      expect(await one.cells.save(id, "a cell", 0)).toBe(true);
      await one.feed.append([anEvent()]);

      expect(await two.store.load(id)).toEqual(operation);
      expect(await two.store.loadMany([id])).toEqual([operation]);
      expect(await two.store.due(5_000, 10)).toEqual([{ id, dueAtMilliseconds: 1_000 }]);
      expect(await two.store.list({}, null, 10)).toEqual({ operations: [operation], next: null });
      expect(await two.deliveries.load(id)).toEqual(delivery);
      expect(await two.deliveries.loadMany([id])).toEqual([delivery]);
      expect(await two.deliveries.due(id, 5_000, 10)).toEqual([{ id, dueAtMilliseconds: 2_000 }]);
      expect(await two.deliveries.list(id, null, 10)).toEqual({ deliveries: [delivery], next: null });
      const document = { name: id, version: 1, value: "a document" };
      expect(await two.documents.list("keys", null, 10)).toEqual({ documents: [document], next: null });
      expect(await two.cells.load(id)).toEqual({ version: 1, value: "a cell" });
      expect((await readOn(two.feed, 0)).ids).toEqual([anEvent().id]);

      expect(await one.documents.remove("keys", id, 1)).toBe(true);
      expect(await two.store.load(id)).toEqual(operation);
      expect(await two.deliveries.load(id)).toEqual(delivery);
    });
  });
};
