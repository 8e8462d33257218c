import { beforeEach, describe, expect, it } from "vitest";
import { dueAt } from "../../lib/operation/due-at.ts";
import { anEvent, anOperation } from "../operations.ts";
import { at, next, type TableWorld } from "./store-world.ts";

const kept = 30 * 86_400_000;

/** Instants around the end of a row's time: it counts in whole seconds, as the table's own expiry does. */
const ages = (["succeeded", "failed", "cancelled", "needs_attention"] as const).flatMap((state) => [
  { state, when: "a second before", endedWithin: 0, age: kept - 1_000, isKept: true },
  { state, when: "a millisecond before", endedWithin: 0, age: kept - 1, isKept: true },
  { state, when: "exactly at", endedWithin: 0, age: kept, isKept: false },
  { state, when: "in the broken second of", endedWithin: 700, age: kept - 500, isKept: false },
]);

/** Rows around the end of their 30 days, by every way of reading and writing. */
export const expiryTable = (open: () => Promise<TableWorld>): void => {
  describe("the end of a row's 30 days", () => {
    let world: TableWorld;
    beforeEach(async () => {
      world = await open();
    });

    it.each(ages)(
      "a $state row $when its time is kept: $isKept",
      async ({ state, endedWithin, age, isKept }) => {
        const { one, two, clock } = world;
        const ended = clock.now() + endedWithin;
        const row = anOperation({ state, created_at: at(ended), updated_at: at(ended) });
        await one.store.create(row);
        await clock.advanceTo(ended + age);
        expect(await two.store.load("op_1")).toEqual(isKept ? row : null);
        expect(await two.store.loadMany(["op_1"])).toEqual(isKept ? [row] : []);
        const listed = await two.store.list({}, null, 5);
        expect(listed).toEqual({ operations: isKept ? [row] : [], next: null });
        expect(await two.store.replace(next(row), 1)).toBe(isKept ? "written" : "stale");
      },
    );

    it.each(["accepted", "starting", "following"] as const)(
      "a row that is %s can be replaced after any time",
      async (state) => {
        const row = anOperation({ state });
        await world.one.store.create(row);
        await world.clock.advance(20 * kept);
        expect(await world.two.store.replace(next(row), 1)).toBe("written");
      },
    );

    it("an expired row in the middle of a page takes no place in it", async () => {
      const { one, two, clock } = world;
      const begun = clock.now();
      const made = (number: number, state: "succeeded" | "accepted") =>
        one.store.create(
          anOperation({ id: `op_${number}`, state, created_at: at(begun + number), updated_at: at(begun) }),
        );
      for (const [number, state] of [
        [1, "accepted"],
        [2, "succeeded"],
        [3, "accepted"],
        [4, "succeeded"],
        [5, "accepted"],
      ] as const)
        await made(number, state);
      await clock.advance(kept);
      const first = await two.store.list({}, null, 2);
      expect(first.operations.map(({ id }) => id)).toEqual(["op_5", "op_3"]);
      const second = await two.store.list({}, first.next, 2);
      expect(second.operations.map(({ id }) => id)).toEqual(["op_1"]);
      expect(second.next).toBeNull();
    });

    it.each([0, 1])(
      "a row put anew over an expired one with %i unsaid events is due by itself",
      async (events) => {
        const { one, two, clock } = world;
        const outbox = Array.from({ length: events }, () => anEvent());
        const old = anOperation({ state: "succeeded", version: 7, created_at: at(clock.now()), outbox });
        await one.store.create(old);
        await clock.advance(kept);
        const fresh = anOperation({ created_at: at(clock.now()) });
        await two.store.create(fresh);
        expect(await one.store.due(clock.now() + 30_000, 5)).toEqual([
          { id: "op_1", dueAtMilliseconds: dueAt(fresh) },
        ]);
      },
    );
  });
};
