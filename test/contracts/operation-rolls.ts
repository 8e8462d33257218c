import { beforeEach, describe, expect, it } from "vitest";
import type { ListPosition } from "../../lib/ports/operation-store.ts";
import { anOperation, type OperationFields } from "../operations.ts";
import type { StoreWorld } from "./store-world.ts";

const start = Date.parse("2026-11-02T08:00:00.000Z");
const at = (second: number): string => new Date(start + second * 1000).toISOString();

/** What every OperationStore promises of operations that were named before they were put. */
export const operationRollsContract = (name: string, open: () => Promise<StoreWorld>): void => {
  describe(`operations that are named together: ${name}`, () => {
    let world: StoreWorld;
    beforeEach(async () => {
      world = await open();
    });
    const put = (id: string, second: number, change: OperationFields = {}) =>
      world.store.create(anOperation({ id, created_at: at(second), ...change }));
    /** Names operations of one instant, and puts them. */
    const putTogether = async (ids: readonly string[], second: number): Promise<void> => {
      await world.store.enrol(ids, at(second));
      for (const id of ids) await put(id, second, { is_led: true });
    };
    const walk = async (limit: number): Promise<readonly string[]> => {
      const ids: string[] = [];
      let after: ListPosition | null = null;
      for (let page = 0; page < 200; page += 1) {
        const answer = await world.other.list({}, after, limit);
        ids.push(...answer.operations.map(({ id }) => id));
        if (answer.next === null) return ids;
        after = answer.next;
      }
      throw new Error("The listing has no end.");
    };

    it.each([1, 2, 3, 4, 5, 50])(
      "are listed among all others, newest first, in pages of %i",
      async (limit) => {
        await put("op_early", 1);
        await putTogether(["op_b", "op_a", "op_d"], 2);
        await put("op_c", 2);
        await put("op_late", 3);
        await putTogether(["op_y", "op_z"], 4);
        expect(await walk(limit)).toEqual([
          "op_z",
          "op_y",
          "op_late",
          "op_d",
          "op_c",
          "op_b",
          "op_a",
          "op_early",
        ]);
      },
    );

    it.each([1, 3, 7, 100])(
      "of one instant are listed in order however often some were named, in pages of %i",
      async (limit) => {
        const ids = Array.from({ length: 24 }, (_, index) => `op_${String(index).padStart(2, "0")}`);
        // Each names what is far apart in the order.
        for (let roll = 0; roll < 12; roll += 1)
          await putTogether([ids[roll] ?? "", ids[roll + 12] ?? ""], 2);
        await put("op_before", 1);
        expect(await walk(limit)).toEqual([...ids.toReversed(), "op_before"]);
      },
    );

    it("are listed once, at the time of their row, when they were named twice", async () => {
      await world.store.enrol(["op_a", "op_b"], at(1));
      await put("op_between", 2);
      await putTogether(["op_a"], 3);
      await put("op_b", 1, { is_led: true });
      expect(await walk(10)).toEqual(["op_a", "op_between", "op_b"]);
      expect(await walk(1)).toEqual(["op_a", "op_between", "op_b"]);
    });

    it("are passed over as long as they were not put", async () => {
      await world.store.enrol(["op_a", "op_b", "op_c"], at(2));
      await put("op_b", 2, { is_led: true });
      await put("op_early", 1);
      expect(await walk(1)).toEqual(["op_b", "op_early"]);
    });

    it("are listed once when nobody leads them any more", async () => {
      await putTogether(["op_a", "op_b"], 1);
      const operation = await world.store.load("op_a");
      if (operation === null) throw new Error("It was put.");
      await world.store.replace(
        { ...operation, is_led: false, version: operation.version + 1 },
        operation.version,
      );
      expect(await walk(10)).toEqual(["op_b", "op_a"]);
    });

    it("are listed although there are thousands", async () => {
      const ids = Array.from({ length: 1500 }, (_, index) => `op_${String(index).padStart(4, "0")}`);
      await world.store.enrol(ids, at(1));
      for (const id of ["op_0000", "op_0999", "op_1000", "op_1499"]) await put(id, 1, { is_led: true });
      expect(await walk(3)).toEqual(["op_1499", "op_1000", "op_0999", "op_0000"]);
    });
  });
};
