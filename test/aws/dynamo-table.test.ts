import { GetCommand, PutCommand, QueryCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tableClient } from "../../lib/aws/clients.ts";
import { DynamoOperations } from "../../lib/aws/dynamo-operations.ts";
import { shardOf, shards } from "../../lib/aws/shard.ts";
import { UnreadableRow } from "../../lib/aws/unreadable-row.ts";
import type { Operation } from "../../lib/operation/operation.ts";
import { type LosingProxy, startLosingProxy } from "../losing-proxy.ts";
import { SeededRandomness } from "../memory/seeded-randomness.ts";
import { SilentLog } from "../memory/silent-log.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { anEvent, anOperation } from "../operations.ts";
import { dynaliteEngine, tableEngine } from "../table-engine.ts";
import { meteredClient } from "./capacity-meter.ts";

const engine = tableEngine(dynaliteEngine);
const day = 86_400_000;

const openOn = (table: string, client = engine.client(), seed = 1) => {
  const clock = new VirtualClock({ automatic: true });
  const log = new SilentLog();
  const store = new DynamoOperations({ client, table, clock, randomness: new SeededRandomness(seed) }, log);
  return { store, clock, log, table };
};
const open = async () => openOn(await engine.freshTable());
const rawItem = async (table: string, id: string): Promise<Record<string, unknown> | undefined> => {
  const Key = { pk: `OP#${id}`, sk: "OP" };
  const answer = await engine.client().send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
  return answer.Item;
};
const indexed = async (table: string, index: string): Promise<number> => {
  const answer = await engine.client().send(new ScanCommand({ TableName: table, IndexName: index }));
  return answer.Count ?? 0;
};

describe("a row in the table", () => {
  it("has an expiry in whole seconds, 30 days after its end, and none while it is open", async () => {
    const { store, table } = await open();
    const ended = "2026-11-02T09:00:00.900Z";
    await store.create(anOperation({ id: "op_open" }));
    await store.create(anOperation({ id: "op_end", state: "failed", updated_at: ended }));
    expect(await rawItem(table, "op_open")).not.toHaveProperty("expires_at_epoch_seconds");
    expect((await rawItem(table, "op_end"))?.["expires_at_epoch_seconds"]).toBe(
      Math.floor((Date.parse(ended) + 30 * day) / 1000),
    );
  });

  it("has a new write token with each write", async () => {
    const { store, table } = await open();
    await store.create(anOperation());
    const first = (await rawItem(table, "op_1"))?.["write_token"];
    await store.replace(anOperation({ version: 2 }), 1);
    expect((await rawItem(table, "op_1"))?.["write_token"]).not.toBe(first);
  });

  it("leaves the due index when it is finished and stays in the list", async () => {
    const { store, table } = await open();
    await store.create(anOperation());
    expect(await indexed(table, "due")).toBe(1);
    await store.replace(anOperation({ state: "succeeded", version: 2 }), 1);
    expect(await indexed(table, "due")).toBe(0);
    expect(await indexed(table, "recent")).toBe(1);
  });

  it("bears nothing but keys in the due index", async () => {
    const { store, table } = await open();
    await store.create(anOperation({ outbox: [anEvent()] }));
    const answer = await engine.client().send(
      new QueryCommand({
        TableName: table,
        IndexName: "due",
        KeyConditionExpression: "due_shard = :shard",
        ExpressionAttributeValues: { ":shard": shardOf("op_1") },
      }),
    );
    expect(Object.keys(answer.Items?.[0] ?? {}).toSorted()).toEqual(["due_at", "due_shard", "pk", "sk"]);
  });
});

describe("a row that this version of the code did not write", () => {
  const put = (table: string, operation: unknown, change: Record<string, unknown> = {}) =>
    engine.client().send(
      new PutCommand({
        TableName: table,
        Item: {
          pk: "OP#op_bad",
          sk: "OP",
          version: 1,
          list_shard: shardOf("op_bad"),
          list_key: "2026-11-02T08:00:00.000Z#op_bad",
          operation: typeof operation === "string" ? operation : JSON.stringify(operation),
          ...change,
        },
      }),
    );

  it.each<[reason: string, operation: unknown]>([
    ["a field that nobody knows", { ...anOperation(), colour: "red" }],
    ["a field that nobody knows inside a step", { ...anOperation(), steps: [{ name: "create", shape: 1 }] }],
    ["a state that does not exist", { ...anOperation(), state: "sleeping" }],
    ["an end without an instant", { ...anOperation({ state: "succeeded" }), ended_at: null }],
    ["an error where none can be", { ...anOperation(), error: { code: "X" } }],
    ["a version that is a text", { ...anOperation(), version: "1" }],
    ["a missing field", { id: "op_bad" }],
    ["no object at all", [1, 2]],
    ["broken JSON", '{"id": "op_bad"'],
  ])("is refused when it has %s, and named", async (_, operation) => {
    const { store, table } = await open();
    await put(table, operation);
    await expect(store.load("op_bad")).rejects.toThrow(UnreadableRow);
    await expect(store.load("op_bad")).rejects.toThrow("OP#op_bad");
  });

  it("is refused when it has no operation in it", async () => {
    const { store, table } = await open();
    await put(table, "", { operation: 7 });
    await expect(store.load("op_bad")).rejects.toThrow(UnreadableRow);
  });

  it("is not written over by create", async () => {
    const { store, table } = await open();
    await put(table, { id: "op_bad" });
    await expect(store.create(anOperation({ id: "op_bad" }))).rejects.toThrow(UnreadableRow);
  });

  it("hides no other row when many are loaded or listed, and is logged", async () => {
    const { store, table, log } = await open();
    await put(table, { id: "op_bad", secret: "hunter2" });
    const good = anOperation();
    await store.create(good);
    expect(await store.loadMany(["op_bad", "op_1"])).toEqual([good]);
    expect(await store.list({}, null, 10)).toEqual({ operations: [good], next: null });
    expect(log.lines.map(({ level, fields }) => [level, fields.operation_id])).toEqual([
      ["error", "op_bad"],
      ["error", "op_bad"],
    ]);
    expect(JSON.stringify(log.lines)).not.toContain("hunter2");
  });
});

describe("a lost reply", () => {
  let proxy: LosingProxy;
  beforeAll(async () => {
    proxy = await startLosingProxy(engine.settings().endpoints?.dynamodb ?? "");
  });
  afterAll(() => proxy.stop());
  const openBehindProxy = async () => {
    const client = tableClient({ ...engine.settings(), endpoints: { dynamodb: proxy.endpoint } });
    return openOn(await engine.freshTable(), client, 77);
  };

  it("does not make our own create look like somebody else's", async () => {
    const { store } = await openBehindProxy();
    proxy.loseReplies("PutItem");
    const operation = anOperation();
    expect(await store.create(operation)).toEqual({ created: true, operation });
  });

  it("does not make our own replace look stale", async () => {
    const { store } = await openBehindProxy();
    await store.create(anOperation());
    proxy.loseReplies("PutItem");
    expect(await store.replace(anOperation({ version: 2 }), 1)).toBe("written");
    expect((await store.load("op_1"))?.version).toBe(2);
  });

  it("is survived by reads", async () => {
    const { store } = await openBehindProxy();
    const operation = anOperation();
    await store.create(operation);
    proxy.loseReplies("GetItem");
    proxy.loseReplies("BatchGetItem");
    proxy.loseReplies("Query");
    expect(await store.load("op_1")).toEqual(operation);
    expect(await store.loadMany(["op_1"])).toEqual([operation]);
    expect(await store.due(Date.parse("2030-01-01"), 10)).toHaveLength(1);
  });

  it("of the replace of somebody else does not make ours succeed", async () => {
    const { store, table } = await openBehindProxy();
    await store.create(anOperation());
    await openOn(table).store.replace(anOperation({ version: 2, connection: "theirs" }), 1);
    proxy.loseReplies("PutItem");
    expect(await store.replace(anOperation({ version: 2, connection: "ours" }), 1)).toBe("stale");
    expect((await store.load("op_1"))?.connection).toBe("theirs");
  });

  it("again and again ends in an error and not in a wrong answer", async () => {
    const { store } = await openBehindProxy();
    proxy.loseReplies("PutItem", 50);
    await expect(store.create(anOperation())).rejects.toThrow(/socket|ECONNRESET/);
    proxy.loseReplies("PutItem", 0);
  });
});

describe("what it costs", () => {
  const finished = (from: number, count: number): Operation[] =>
    Array.from({ length: count }, (_, index) =>
      anOperation({ id: `op_end_${from + index}`, state: "succeeded" }),
    );
  const putAll = async (store: DynamoOperations, operations: readonly Operation[]): Promise<void> => {
    for (let start = 0; start < operations.length; start += 50)
      await Promise.all(operations.slice(start, start + 50).map((operation) => store.create(operation)));
  };

  it("to find due work is the same with 10 finished rows and with 1,000", async () => {
    const { store, table } = await open();
    const metered = meteredClient(engine.settings());
    const reader = openOn(table, metered.client).store;
    const due = Array.from({ length: 7 }, (_, index) => anOperation({ id: `op_due_${index}` }));
    await putAll(store, [...due, ...finished(0, 10)]);
    await reader.due(Date.parse("2030-01-01"), 100);
    const few = metered.reading();
    await putAll(store, finished(10, 990));
    expect(await reader.due(Date.parse("2030-01-01"), 100)).toHaveLength(7);
    const many = metered.reading();
    expect(few.calls).toBe(shards.length);
    expect(few.units).toBeGreaterThan(0);
    expect(many).toEqual(few);
  });

  it("to look when nothing is due is four small reads, whatever is finished", async () => {
    const { store, table } = await open();
    await putAll(store, finished(0, 40));
    const metered = meteredClient(engine.settings());
    await openOn(table, metered.client).store.due(Date.parse("2030-01-01"), 100);
    expect(metered.reading().calls).toBe(4);
  });

  it("to write is one call for create and one for replace", async () => {
    const metered = meteredClient(engine.settings());
    const { store } = openOn(await engine.freshTable(), metered.client);
    await store.create(anOperation());
    await store.replace(anOperation({ version: 2 }), 1);
    expect(metered.reading().calls).toBe(2);
  });
});

describe("many and big rows", () => {
  it("are all loaded although one answer can't hold them", async () => {
    const { store } = await open();
    const ids = Array.from({ length: 60 }, (_, index) => `op_${index}`);
    for (const id of ids) await store.create(anOperation({ id, input: { cloud_init: "x".repeat(320_000) } }));
    const loaded = await store.loadMany(ids);
    expect(new Set(loaded.map(({ id }) => id))).toEqual(new Set(ids));
  }, 30_000);

  it("are spread over all shards", () => {
    const counts = new Map(shards.map((shard) => [shard, 0]));
    for (let index = 0; index < 4_000; index += 1) {
      const shard = shardOf(`op_${index.toString(36)}`);
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    expect(counts.size).toBe(4);
    for (const count of counts.values()) expect(count).toBeGreaterThan(800);
  });
});

describe("a listing whose filter skips nearly everything", () => {
  it("gives what it has after 2,000 rows and goes on from there", async () => {
    const { store } = await open();
    const id = (index: number): string => `op_${String(index).padStart(5, "0")}`;
    const all = Array.from({ length: 2_150 }, (_, index) =>
      anOperation({ id: id(index), connection: index === 3 ? "rare" : "paris" }),
    );
    for (let start = 0; start < all.length; start += 100)
      await Promise.all(all.slice(start, start + 100).map((operation) => store.create(operation)));
    const first = await store.list({ connection: "rare" }, null, 10);
    expect(first.operations).toEqual([]);
    expect(first.next?.id).toBe(id(150));
    const second = await store.list({ connection: "rare" }, first.next, 10);
    expect(second.operations.map((operation) => operation.id)).toEqual([id(3)]);
    expect(second.next).toBeNull();
  }, 30_000);
});
