import { beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../lib/operation/json.ts";
import { anEvent, anOperation } from "../operations.ts";
import { expiring, replacing } from "./operation-replacing.ts";
import { at, next, type StoreWorld } from "./store-world.ts";

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
    ])("gives back the $state operation that was put, whole (%#)", async (operation) => {
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
