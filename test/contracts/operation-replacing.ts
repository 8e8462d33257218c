import { describe, expect, it } from "vitest";
import type { Operation } from "../../lib/operation/operation.ts";
import type { OperationStore } from "../../lib/ports/operation-store.ts";
import type { VirtualClock } from "../memory/virtual-clock.ts";
import { anOperation, type OperationFields } from "../operations.ts";
import { at, next, type StoreWorld } from "./store-world.ts";

const day = 86_400_000;

/** Conditional replacing, a part of the store's contract. */
export const replacing = (world: () => StoreWorld): void => {
  describe("replace", () => {
    it("writes over the version that was seen", async () => {
      const operation = anOperation();
      await world().store.create(operation);
      const moved = next(operation, { state: "starting" });
      expect(await world().store.replace(moved, 1)).toBe("written");
      expect(await world().other.load("op_1")).toEqual(moved);
    });

    it.each([
      ["older", 2],
      ["newer", 4],
    ])("is stale for a version %s than the one that stands", async (_, seen) => {
      const operation = anOperation({ version: 3 });
      await world().store.create(operation);
      expect(await world().store.replace(anOperation({ version: 9 }), seen)).toBe("stale");
      expect(await world().store.load("op_1")).toEqual(operation);
    });

    it("is stale where no row is, and makes none", async () => {
      expect(await world().store.replace(anOperation({ version: 2 }), 1)).toBe("stale");
      expect(await world().store.load("op_1")).toBeNull();
    });

    it("is stale when the same replace comes a second time", async () => {
      const operation = anOperation();
      await world().store.create(operation);
      await world().store.replace(next(operation), 1);
      expect(await world().store.replace(next(operation), 1)).toBe("stale");
    });

    it("may skip version numbers", async () => {
      await world().store.create(anOperation());
      expect(await world().store.replace(anOperation({ version: 7 }), 1)).toBe("written");
      expect(await world().store.replace(anOperation({ version: 8 }), 7)).toBe("written");
    });

    it("has one winner when two replace the same version at once", async () => {
      const { store, other } = world();
      const operation = anOperation();
      await store.create(operation);
      const one = next(operation, { resource_name: "one" });
      const two = next(operation, { resource_name: "two" });
      const outcomes = await Promise.all([store.replace(one, 1), other.replace(two, 1)]);
      expect(outcomes.toSorted()).toEqual(["stale", "written"]);
      expect(await store.load("op_1")).toEqual(outcomes[0] === "written" ? one : two);
    });

    it("loses no update of ten writers who try again when stale", async () => {
      const { store, other } = world();
      await store.create(anOperation());
      const add = async (through: OperationStore): Promise<void> => {
        for (;;) {
          const seen = await through.load("op_1");
          if (seen === null) throw new Error("gone");
          const more = next(seen, { event_count: seen.event_count + 1 });
          if ((await through.replace(more, seen.version)) === "written") return;
        }
      };
      await Promise.all(Array.from({ length: 10 }, (_, index) => add(index % 2 === 0 ? store : other)));
      expect((await store.load("op_1"))?.event_count).toBe(10);
    });

    it("leaves other operations alone", async () => {
      const bystander = anOperation({ id: "op_2" });
      await world().store.create(bystander);
      const operation = anOperation();
      await world().store.create(operation);
      await world().store.replace(next(operation), 1);
      expect(await world().store.load("op_2")).toEqual(bystander);
    });

    it("forgets fields that the new row no longer has", async () => {
      const operation = anOperation({
        steps: [
          {
            name: "remove",
            mode: "reach",
            goal: "gone",
            removal: "terminate",
            state: "running",
            started_at: null,
            ended_at: null,
          },
        ],
      });
      await world().store.create(operation);
      const [step] = operation.steps;
      if (step === undefined) throw new Error("no step");
      const { removal: _, ...plain } = step;
      await world().store.replace(next(operation, { steps: [plain] }), 1);
      expect((await world().store.load("op_1"))?.steps[0]).not.toHaveProperty("removal");
    });
  });
};

/** Expiry after 30 days, a part of the store's contract. */
export const expiring = (world: () => StoreWorld): void => {
  describe("expiry", () => {
    const finished = (clock: VirtualClock, change: OperationFields = {}): Operation => {
      const ended = at(clock.now());
      return anOperation({ state: "succeeded", created_at: ended, updated_at: ended, ...change });
    };

    it("keeps a finished operation until the last second of 30 days", async () => {
      const { store, clock } = world();
      await store.create(finished(clock));
      await clock.advance(30 * day - 1_000);
      expect(await store.load("op_1")).not.toBeNull();
    });

    it("gives a finished operation no more after 30 days", async () => {
      const { store, clock } = world();
      await store.create(finished(clock));
      await clock.advance(30 * day);
      expect(await store.load("op_1")).toBeNull();
      expect(await store.loadMany(["op_1"])).toEqual([]);
      expect((await store.list({}, null, 10)).operations).toEqual([]);
    });

    it("keeps an open operation for ever", async () => {
      const { store, clock } = world();
      await store.create(anOperation({ state: "following" }));
      await clock.advance(400 * day);
      expect(await store.load("op_1")).not.toBeNull();
    });

    it("counts from the end, not from the beginning", async () => {
      const { store, clock } = world();
      const old = anOperation({ created_at: at(clock.now()) });
      await store.create(old);
      await clock.advance(29 * day);
      await store.replace(next(old, { state: "succeeded", updated_at: at(clock.now()) }), 1);
      await clock.advance(29 * day);
      expect(await store.load("op_1")).not.toBeNull();
      await clock.advance(1 * day);
      expect(await store.load("op_1")).toBeNull();
    });

    it("keeps an operation that was taken up again after its end", async () => {
      const { store, clock } = world();
      const stuck = finished(clock, { state: "needs_attention" });
      await store.create(stuck);
      await store.replace(next(stuck, { state: "following", ended_at: null, error: null }), 1);
      await clock.advance(31 * day);
      expect(await store.load("op_1")).not.toBeNull();
    });

    it("lets an expired id be created again", async () => {
      const { store, other, clock } = world();
      await store.create(finished(clock));
      await clock.advance(30 * day);
      const again = anOperation({ created_at: at(clock.now()) });
      expect(await other.create(again)).toEqual({ created: true, operation: again });
      expect(await store.load("op_1")).toEqual(again);
    });

    it("has one winner when many create an expired id again", async () => {
      const { store, other, clock } = world();
      await store.create(finished(clock));
      await clock.advance(31 * day);
      const answers = await Promise.all(
        [store, other, store, other].map((through, index) =>
          through.create(anOperation({ connection: `c-${index}` })),
        ),
      );
      expect(answers.filter(({ created }) => created)).toHaveLength(1);
    });

    it("lets nobody replace an expired row", async () => {
      const { store, clock } = world();
      const row = finished(clock);
      await store.create(row);
      await clock.advance(30 * day);
      expect(await store.replace(next(row), 1)).toBe("stale");
    });
  });
};
