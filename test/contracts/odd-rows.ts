import { beforeEach, describe, expect, it } from "vitest";
import { anOperation } from "../operations.ts";
import { at, next, type TableWorld } from "./store-world.ts";

const ids: readonly (readonly [what: string, id: string])[] = [
  ["German", "op_größe"],
  ["Greek", "op_αβγ"],
  ["Arabic", "op_خادم"],
  ["Chinese", "op_服务器"],
  ["a letter and its accent as two characters", "op_e\u0301"],
  ["emoji", "op_🛰️"],
  ["what separates keys", "op_#OP#CELL#"],
  ["quotes", `op_"'\\`],
  ["spaces at the end", "op_a  "],
  ["a tab and a line break", "op_\t\n"],
  ["300 letters", `op_${"x".repeat(300)}`],
  ["what looks like an instant", "2026-11-02T08:00:00.000Z#op_1"],
];

const sizes: readonly (readonly [what: string, text: string])[] = [
  ["1 KB", "x".repeat(1_000)],
  ["64 KB", "x".repeat(64_000)],
  ["350 KB", "x".repeat(350_000)],
  ["360 KB of two-byte letters", "ü".repeat(180_000)],
  ["360 KB of three-byte letters", "€".repeat(120_000)],
  ["200 KB of quotes, which are two characters each in JSON", '"'.repeat(100_000)],
];

const cellKeys = ["follower", "budget/paris", "größe/服务器", "🛰️", "a#b", "CELL#a"];

/** Ids, keys and rows that are not as we would make them. */
export const oddRows = (open: () => Promise<TableWorld>): void => {
  describe("odd rows", () => {
    let world: TableWorld;
    beforeEach(async () => {
      world = await open();
    });

    it.each(ids)("a row whose id holds %s is read, moved, listed and due like any other", async (_, id) => {
      const { one, two } = world;
      const row = anOperation({ id, hold_until: at(1_000) });
      expect(await one.store.create(row)).toEqual({ created: true, operation: row });
      await one.store.create(anOperation({ id: "op_other", created_at: "2026-11-01T08:00:00.000Z" }));
      const moved = next(row, { hold_until: at(2_000) });
      expect(await two.store.replace(moved, 1)).toBe("written");
      expect(await one.store.load(id)).toEqual(moved);
      expect(await one.store.loadMany([id])).toEqual([moved]);
      expect(await two.store.due(2_000, 5)).toEqual([{ id, dueAtMilliseconds: 2_000 }]);
      const first = await two.store.list({}, null, 1);
      expect(first.operations).toEqual([moved]);
      const rest = await two.store.list({}, first.next, 1);
      expect(rest.operations.map((operation) => operation.id)).toEqual(["op_other"]);
    });

    it.each(sizes)("a row with %s is kept whole when it is put and when it is replaced", async (_, text) => {
      const row = anOperation({ input: { cloud_init: text } });
      await world.one.store.create(row);
      expect(await world.two.store.load("op_1")).toEqual(row);
      const moved = next(row, { state: "following" });
      expect(await world.two.store.replace(moved, 1)).toBe("written");
      expect(await world.one.store.loadMany(["op_1"])).toEqual([moved]);
    });

    it("60 rows of 300 KB, more than one answer holds, are all read", async () => {
      const text = "x".repeat(300_000);
      const wanted = Array.from({ length: 60 }, (_, index) => `op_${index}`);
      for (const id of wanted) await world.one.store.create(anOperation({ id, input: { text } }));
      const loaded = await world.two.store.loadMany(wanted);
      expect(loaded.map(({ id }) => id).toSorted()).toEqual(wanted.toSorted());
    });

    it.each(cellKeys)("a cell under the key %j is its own", async (key) => {
      await world.one.cells.save("a", "another", 0);
      expect(await world.one.cells.save(key, "mine", 0)).toBe(true);
      expect(await world.two.cells.save(key, "mine, again", 1)).toBe(true);
      expect(await world.one.cells.load(key)).toEqual({ version: 2, value: "mine, again" });
      expect(await world.one.cells.load("a")).toEqual({ version: 1, value: "another" });
    });
  });
};
