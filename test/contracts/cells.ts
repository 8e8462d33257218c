import { beforeEach, describe, expect, it } from "vitest";
import type { Json } from "../../lib/operation/json.ts";
import type { Cells } from "../../lib/ports/cells.ts";

/** Two instances over the same, empty cells. */
export interface CellsWorld {
  readonly cells: Cells;
  readonly other: Cells;
}

const values: readonly (readonly [name: string, value: Json])[] = [
  ["null", null],
  ["false", false],
  ["zero", 0],
  ["a fraction", 0.1],
  ["an empty text", ""],
  ["text of many scripts", "größe 服务器 🛰️"],
  ["an empty list", []],
  ["an empty object", {}],
  ["nested nulls", { a: [null, { b: null }] }],
  ["an instant in milliseconds", 1_793_000_000_000.5],
];

/** What every implementation of Cells promises. */
export const cellsContract = (name: string, open: () => Promise<CellsWorld>): void => {
  describe(`cells: ${name}`, () => {
    let world: CellsWorld;
    beforeEach(async () => {
      world = await open();
    });

    it("has no cell before the first save", async () => {
      expect(await world.cells.load("a")).toBeNull();
    });

    it("saves the first value over version 0 and gives it version 1", async () => {
      expect(await world.cells.save("a", 7, 0)).toBe(true);
      expect(await world.other.load("a")).toEqual({ version: 1, value: 7 });
    });

    it.each(values)("keeps %s as it is", async (_, value) => {
      await world.cells.save("a", value, 0);
      expect(await world.other.load("a")).toEqual({ version: 1, value });
    });

    it("counts the version up by one with each save", async () => {
      for (let version = 0; version < 4; version += 1) await world.cells.save("a", version, version);
      expect(await world.cells.load("a")).toEqual({ version: 4, value: 3 });
    });

    it.each([
      ["that there is none, though there is one", 0],
      ["an older version", 1],
      ["a version that never was", 9],
    ])("refuses a save that has seen %s", async (_, seen) => {
      await world.cells.save("a", "first", 0);
      await world.cells.save("a", "second", 1);
      expect(await world.other.save("a", "late", seen)).toBe(false);
      expect(await world.cells.load("a")).toEqual({ version: 2, value: "second" });
    });

    it("refuses a save that has seen a version where there is no cell", async () => {
      expect(await world.cells.save("a", 1, 3)).toBe(false);
      expect(await world.cells.load("a")).toBeNull();
    });

    it("refuses the same save a second time", async () => {
      expect(await world.cells.save("a", 1, 0)).toBe(true);
      expect(await world.cells.save("a", 1, 0)).toBe(false);
    });

    it("keeps cells apart by their keys", async () => {
      await world.cells.save("budget/paris", 1, 0);
      await world.cells.save("budget/Paris", 2, 0);
      await world.cells.save("budget", 3, 0);
      expect((await world.cells.load("budget/paris"))?.value).toBe(1);
      expect((await world.cells.load("budget"))?.value).toBe(3);
    });

    it("has one winner when many save at once", async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 === 0 ? world.cells : world.other).save("a", index, 0),
        ),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await world.cells.load("a")).toEqual({ version: 1, value: outcomes.indexOf(true) });
    });

    it("loses no addition of ten who try again when refused", async () => {
      const add = async (cells: Cells): Promise<void> => {
        for (;;) {
          const seen = await cells.load("sum");
          const sum = Number(seen?.value ?? 0) + 1;
          if (await cells.save("sum", sum, seen?.version ?? 0)) return;
        }
      };
      await Promise.all(
        Array.from({ length: 10 }, (_, index) => add(index % 2 === 0 ? world.cells : world.other)),
      );
      expect(await world.cells.load("sum")).toEqual({ version: 10, value: 10 });
    });

    it("gives a copy: changing it changes nothing", async () => {
      await world.cells.save("a", { list: [1] }, 0);
      const loaded = await world.cells.load("a");
      if (typeof loaded?.value === "object" && loaded.value !== null)
        Object.assign(loaded.value, { list: [] });
      expect((await world.cells.load("a"))?.value).toEqual({ list: [1] });
    });
  });
};
