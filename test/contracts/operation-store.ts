import { beforeEach, describe, expect, it } from "vitest";
import { dueAt } from "../../lib/operation/due-at.ts";
import type { JsonObject } from "../../lib/operation/json.ts";
import type { Operation } from "../../lib/operation/operation.ts";
import type { OperationStore } from "../../lib/ports/operation-store.ts";
import { anEvent, anOperation, type OperationFields } from "../operations.ts";
import type { VirtualClock } from "../memory/virtual-clock.ts";

/** An empty store, seen by two instances, and the clock that both go by. */
export interface StoreWorld {
  readonly store: OperationStore;
  readonly other: OperationStore;
  readonly clock: VirtualClock;
}

const day = 86_400_000;
const at = (milliseconds: number): string => new Date(milliseconds).toISOString();
const next = (operation: Operation, change: OperationFields = {}): Operation =>
  anOperation({ ...operation, version: operation.version + 1, ...change });

const inputs: readonly (readonly [name: string, input: JsonObject])[] = [
  ["empty texts", { name: "", tags: [""] }],
  ["nulls at any depth", { a: null, b: [null, { c: null }] }],
  ["empty lists and objects", { list: [], object: {}, nested: [[], {}] }],
  ["text of every script, and emoji", { name: "größe 服务器 خادم 🛰️\u0301", ключ: "значение" }],
  ["control characters and quotes", { cloud_init: '#cloud-config\n\t"quoted" \\ \u0000 \u2028' }],
  ["half of a surrogate pair", { name: "\ud83d" }],
  ["big and small numbers", { big: 9_007_199_254_740_991, huge: 1e300, tiny: 5e-324, negative: -0.1 }],
  ["truth values", { start: false, dynamic: true }],
  ["names that objects have", { constructor: "x", toString: "y", hasOwnProperty: 1 }],
  ["40 levels of nesting", Array.from({ length: 40 }).reduce<JsonObject>((inner) => ({ inner }), {})],
];

/** What every OperationStore promises. */
export const operationStoreContract = (name: string, open: () => Promise<StoreWorld>): void => {
  describe(`operation store: ${name}`, () => {
    let world: StoreWorld;
    beforeEach(async () => {
      world = await open();
    });
    creating(() => world);
    keeping(() => world);
    replacing(() => world);
    expiring(() => world);
  });
};

const creating = (world: () => StoreWorld): void => {
  describe("create", () => {
    it("puts an operation where there was none", async () => {
      const operation = anOperation();
      expect(await world().store.create(operation)).toEqual({ created: true, operation });
    });

    it("shows the operation at once to everybody", async () => {
      const operation = anOperation();
      await world().store.create(operation);
      expect(await world().other.load(operation.id)).toEqual(operation);
    });

    it("gives the row that stands there to who comes second", async () => {
      const first = anOperation({ connection: "paris" });
      await world().store.create(first);
      const second = anOperation({ connection: "amsterdam" });
      expect(await world().other.create(second)).toEqual({ created: false, operation: first });
    });

    it("leaves the row as it is for who comes second", async () => {
      const first = anOperation({ connection: "paris" });
      await world().store.create(first);
      await world().other.create(anOperation({ connection: "amsterdam" }));
      expect(await world().store.load(first.id)).toEqual(first);
    });

    it("gives the row as it stands now, not as it was created", async () => {
      const first = anOperation();
      await world().store.create(first);
      const moved = next(first, { state: "starting" });
      await world().store.replace(moved, 1);
      expect(await world().other.create(first)).toEqual({ created: false, operation: moved });
    });

    it("has one winner when many create the same id at once", async () => {
      const { store, other } = world();
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          (index % 2 === 0 ? store : other).create(anOperation({ connection: `c-${index}` })),
        ),
      );
      const winners = answers.filter(({ created }) => created);
      expect(winners).toHaveLength(1);
      for (const answer of answers) expect(answer.operation).toEqual(winners[0]?.operation);
    });

    it("has nobody win over a finished row that is still kept", async () => {
      const finished = anOperation({ state: "succeeded" });
      await world().store.create(finished);
      expect(await world().store.create(anOperation())).toEqual({ created: false, operation: finished });
    });

    it("creates different ids at once without harm", async () => {
      const operations = Array.from({ length: 20 }, (_, index) => anOperation({ id: `op_${index}` }));
      const answers = await Promise.all(operations.map((operation) => world().store.create(operation)));
      expect(answers.every(({ created }) => created)).toBe(true);
    });

    it.each(["op_a#b", "op_a/b", "op_ü", "OP", "op a"])("keeps the id %j apart from others", async (id) => {
      const { store } = world();
      await store.create(anOperation({ id }));
      await store.create(anOperation({ id: "op_a" }));
      expect((await store.load(id))?.id).toBe(id);
      expect((await store.load("op_a"))?.id).toBe("op_a");
    });
  });
};

const keeping = (world: () => StoreWorld): void => {
  describe("load", () => {
    it("gives null for an id that nobody has", async () => {
      expect(await world().store.load("op_nobody")).toBeNull();
    });

    it("tells ids apart that differ in case only", async () => {
      await world().store.create(anOperation({ id: "op_abc" }));
      expect(await world().store.load("op_ABC")).toBeNull();
    });

    it("gives a copy: changing it changes nothing", async () => {
      const { store } = world();
      await store.create(anOperation());
      const loaded = await store.load("op_1");
      loaded?.steps.splice(0);
      expect((await store.load("op_1"))?.steps).toHaveLength(2);
    });

    it.each(inputs)("keeps %s in the input as they are", async (_, input) => {
      const operation = anOperation({ input });
      await world().store.create(operation);
      expect((await world().store.load("op_1"))?.input).toEqual(input);
    });

    it("keeps a row of 250 KB", async () => {
      const operation = anOperation({ input: { cloud_init: "x".repeat(250_000) } });
      await world().store.create(operation);
      expect(await world().store.load("op_1")).toEqual(operation);
    });

    it("keeps the bytes of the events in the outbox, order of keys included", async () => {
      const event = anEvent({ data: { zulu: 1, alpha: { yankee: "ü", bravo: null }, "10": 2, "9": 3 } });
      await world().store.create(anOperation({ outbox: [event] }));
      const loaded = await world().store.load("op_1");
      expect(JSON.stringify(loaded?.outbox[0])).toBe(JSON.stringify(event));
    });

    it.each([
      anOperation({ state: "accepted" }),
      anOperation({ state: "starting", deadline_at: "2026-11-02T09:00:00.000Z" }),
      anOperation({ state: "following", resource: { type: "server", id: "s-1" }, resource_name: "web-1" }),
      anOperation({ state: "following", task: { id: "t-1", status: "pending", progress: 40 } }),
      anOperation({ state: "succeeded" }),
      anOperation({ state: "failed" }),
      anOperation({ state: "cancelled" }),
      anOperation({ state: "needs_attention", evidence: [{ at: at(0), what: "two servers" }] }),
    ])("gives back the $state operation that was put, whole", async (operation) => {
      await world().store.create(operation);
      expect(await world().other.load("op_1")).toEqual(operation);
    });
  });

  describe("loadMany", () => {
    it("gives nothing for nothing", async () => {
      expect(await world().store.loadMany([])).toEqual([]);
    });

    it("gives those that exist and leaves out the others", async () => {
      await world().store.create(anOperation({ id: "op_a" }));
      await world().store.create(anOperation({ id: "op_b" }));
      const loaded = await world().store.loadMany(["op_b", "op_missing", "op_a"]);
      expect(loaded.map(({ id }) => id).toSorted()).toEqual(["op_a", "op_b"]);
    });

    it("gives an id that is asked for twice once", async () => {
      await world().store.create(anOperation());
      expect(await world().store.loadMany(["op_1", "op_1", "op_1"])).toHaveLength(1);
    });

    it("gives more than the engine reads in one call", async () => {
      const ids = Array.from({ length: 230 }, (_, index) => `op_${index}`);
      await Promise.all(ids.map((id) => world().store.create(anOperation({ id }))));
      const loaded = await world().store.loadMany(ids);
      expect(new Set(loaded.map(({ id }) => id))).toEqual(new Set(ids));
    });

    it("sees what was written just before", async () => {
      const operation = anOperation();
      await world().store.create(operation);
      const moved = next(operation, { state: "starting" });
      await world().store.replace(moved, 1);
      expect(await world().other.loadMany(["op_1"])).toEqual([moved]);
    });
  });
};

const replacing = (world: () => StoreWorld): void => {
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

const expiring = (world: () => StoreWorld): void => {
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
