import { beforeEach, describe, expect, it } from "vitest";
import { dueAt } from "../../lib/operation/due-at.ts";
import type { Operation } from "../../lib/operation/operation.ts";
import { anEvent, anOperation, type OperationFields } from "../operations.ts";
import { at, next, type StoreWorld } from "./store-world.ts";

/** Due ordering and sparseness. */
export const dueContract = (name: string, open: () => Promise<StoreWorld>): void => {
  describe(`due operations: ${name}`, () => {
    let world: StoreWorld;
    beforeEach(async () => {
      world = await open();
    });
    const held = (id: string, milliseconds: number, change: OperationFields = {}): Operation =>
      anOperation({ id, hold_until: at(milliseconds), ...change });
    const idsDue = async (until: number, limit = 100): Promise<readonly string[]> =>
      (await world.store.due(until, limit)).map(({ id }) => id);

    it("gives nothing when nothing is there", async () => {
      expect(await world.store.due(Date.parse("2030-01-01"), 10)).toEqual([]);
    });

    it("gives the instant that the pure core says", async () => {
      const operation = anOperation();
      await world.store.create(operation);
      const due = dueAt(operation);
      expect(await world.store.due(Date.parse("2030-01-01"), 10)).toEqual([
        { id: "op_1", dueAtMilliseconds: due },
      ]);
    });

    it("gives what is due exactly now, and nothing that is due a millisecond later", async () => {
      await world.store.create(held("op_now", 1_000));
      await world.store.create(held("op_later", 1_001));
      expect(await idsDue(1_000)).toEqual(["op_now"]);
    });

    it("gives the oldest first, whatever their ids and the order of writing", async () => {
      const times = [5_000, 1_000, 4_000, 2_000, 3_000, 8_000, 7_000, 6_000, 10_000, 9_000];
      for (const time of times) await world.store.create(held(`op_${time * 7919}`, time));
      const due = await world.store.due(20_000, 100);
      expect(due.map(({ dueAtMilliseconds }) => dueAtMilliseconds)).toEqual(
        times.toSorted((one, other) => one - other),
      );
    });

    it("gives the oldest when there are more than the limit", async () => {
      for (let index = 0; index < 25; index += 1) await world.store.create(held(`op_${index}`, index * 10));
      expect(await idsDue(1_000, 5)).toEqual(["op_0", "op_1", "op_2", "op_3", "op_4"]);
    });

    it("gives instants before 1970 and after 2200 in their order", async () => {
      await world.store.create(held("op_late", Date.parse("2200-01-01")));
      await world.store.create(held("op_early", Date.parse("1969-12-31")));
      await world.store.create(held("op_mid", 0));
      expect(await idsDue(Date.parse("2300-01-01"))).toEqual(["op_early", "op_mid", "op_late"]);
    });

    it("moves with the row when that is replaced", async () => {
      const operation = held("op_1", 1_000);
      await world.store.create(operation);
      await world.store.replace(next(operation, { hold_until: at(9_000) }), 1);
      expect(await idsDue(5_000)).toEqual([]);
      expect(await idsDue(9_000)).toEqual(["op_1"]);
    });

    it("does not move when a replace was stale", async () => {
      const operation = held("op_1", 1_000);
      await world.store.create(operation);
      await world.store.replace(next(operation, { hold_until: at(9_000) }), 5);
      expect(await idsDue(5_000)).toEqual(["op_1"]);
    });

    it.each(["succeeded", "failed", "cancelled", "needs_attention"] as const)(
      "leaves out a published %s row",
      async (state) => {
        await world.store.create(anOperation({ state }));
        expect(await idsDue(Date.parse("2100-01-01"))).toEqual([]);
      },
    );

    it("drops a row when it ends with everything published", async () => {
      const operation = held("op_1", 1_000);
      await world.store.create(operation);
      await world.store.replace(next(operation, { state: "succeeded", hold_until: null }), 1);
      expect(await idsDue(Date.parse("2100-01-01"))).toEqual([]);
    });

    it("keeps an ended row that has still something to publish", async () => {
      await world.store.create(anOperation({ state: "succeeded", outbox: [anEvent()] }));
      expect(await idsDue(Date.parse("2100-01-01"))).toEqual(["op_1"]);
    });

    it("takes a row up again that goes on after its end", async () => {
      const stuck = anOperation({ state: "needs_attention" });
      await world.store.create(stuck);
      await world.store.replace(
        next(stuck, { state: "accepted", ended_at: null, error: null, hold_until: at(1_000) }),
        1,
      );
      expect(await idsDue(1_000)).toEqual(["op_1"]);
    });

    it("finds every one of 120 due rows among finished ones", async () => {
      const due = Array.from({ length: 120 }, (_, index) => held(`op_due_${index}`, index));
      const finished = Array.from({ length: 60 }, (_, index) =>
        anOperation({ id: `op_end_${index}`, state: "succeeded" }),
      );
      await Promise.all([...due, ...finished].map((operation) => world.store.create(operation)));
      expect(new Set(await idsDue(1_000, 1_000))).toEqual(new Set(due.map(({ id }) => id)));
    });
  });
};
