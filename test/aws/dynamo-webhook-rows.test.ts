import { GetCommand, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tableClient } from "../../lib/aws/clients.ts";
import { DynamoDeliveries } from "../../lib/aws/dynamo-deliveries.ts";
import { DynamoDocuments } from "../../lib/aws/dynamo-documents.ts";
import { UnreadableRow } from "../../lib/aws/unreadable-row.ts";
import { aDelivery, nextDelivery } from "../deliveries.ts";
import { dynoxideEngine, hasDynoxide } from "../dynoxide-engine.ts";
import { type LosingProxy, startLosingProxy } from "../losing-proxy.ts";
import { SeededRandomness } from "../memory/seeded-randomness.ts";
import { SilentLog } from "../memory/silent-log.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { dynaliteEngine, tableEngine } from "../table-engine.ts";
import { meteredClient } from "./capacity-meter.ts";

const engine = tableEngine(dynaliteEngine);

const openOn = (table: string, client = engine.client(), seed = 1) => {
  const clock = new VirtualClock({ automatic: true });
  const log = new SilentLog();
  const access = { client, table, clock, randomness: new SeededRandomness(seed) };
  return {
    deliveries: new DynamoDeliveries(access, log),
    documents: new DynamoDocuments(access),
    clock,
    log,
  };
};
const indexed = async (table: string, index: string): Promise<number> =>
  (await engine.client().send(new ScanCommand({ TableName: table, IndexName: index }))).Count ?? 0;
const rawItem = async (table: string, pk: string, sk: string) =>
  (await engine.client().send(new GetCommand({ TableName: table, Key: { pk, sk }, ConsistentRead: true })))
    .Item;

/** As big as most events are. */
const body = JSON.stringify({ id: "evt_op_1_1", data: { text: "x".repeat(1_460) } });
const attempt = { at: "2026-11-02T08:00:01.000Z", status: 204, error: null, duration_ms: 80, response: "" };

describe("a delivery in the table", () => {
  it("leaves the due index when it is over, stays in the list, and expires 30 days after it was made", async () => {
    const table = await engine.freshTable();
    const { deliveries } = openOn(table);
    await deliveries.create(aDelivery());
    expect([await indexed(table, "due"), await indexed(table, "recent")]).toEqual([1, 1]);
    await deliveries.replace(nextDelivery(aDelivery(), { state: "succeeded", next_attempt_at: null }), 1);
    expect([await indexed(table, "due"), await indexed(table, "recent")]).toEqual([0, 1]);
    expect((await rawItem(table, "DELIVERY#dlv_1", "DELIVERY"))?.["expires_at_epoch_seconds"]).toBe(
      Date.parse("2026-12-02T08:00:00.000Z") / 1000,
    );
  });

  it("that can't be read hides no other, is logged without what is in it, and is not written over", async () => {
    const table = await engine.freshTable();
    const { deliveries, log } = openOn(table);
    await deliveries.create(aDelivery());
    const bad = { ...(await rawItem(table, "DELIVERY#dlv_1", "DELIVERY")), pk: "DELIVERY#dlv_bad" };
    const Item = { ...bad, list_key: "2026-11-02T08:00:00.000Z#dlv_bad", delivery: '{"body":"hunter2"}' };
    await engine.client().send(new PutCommand({ TableName: table, Item }));
    expect(await deliveries.list("ep_1", null, 5)).toEqual({ deliveries: [aDelivery()], next: null });
    expect(await deliveries.loadMany(["dlv_bad", "dlv_1"])).toEqual([aDelivery()]);
    await expect(deliveries.load("dlv_bad")).rejects.toThrow(UnreadableRow);
    expect(await deliveries.create(aDelivery({ id: "dlv_bad" }))).toBe(false);
    expect(log.lines).toHaveLength(2);
    expect(JSON.stringify(log.lines)).not.toContain("hunter2");
  });
});

describe("a document in the table", () => {
  it("that can't be read is named, and what is in it is not", async () => {
    const table = await engine.freshTable();
    const { documents } = openOn(table);
    await documents.save("hooks", "a", 1, 0);
    const Item = { ...(await rawItem(table, "FOLDER#hooks", "a")), value: "hunter2" };
    await engine.client().send(new PutCommand({ TableName: table, Item }));
    await expect(documents.load("hooks", "a")).rejects.toThrow("The row FOLDER#hooks a can't be read.");
    await expect(documents.list("hooks", null, 5)).rejects.toThrow(UnreadableRow);
  });

  it("bears the attribute that the table's own expiry reads, only when it expires", async () => {
    const table = await engine.freshTable();
    const { documents, clock } = openOn(table);
    const soon = Math.floor(clock.now() / 1000) + 60;
    await documents.save("keys", "short", 1, 0, soon);
    await documents.save("keys", "long", 1, 0);
    expect((await rawItem(table, "FOLDER#keys", "short"))?.["expires_at_epoch_seconds"]).toBe(soon);
    expect(await rawItem(table, "FOLDER#keys", "long")).not.toHaveProperty("expires_at_epoch_seconds");
    expect([await indexed(table, "due"), await indexed(table, "recent")]).toEqual([0, 0]);
  });
});

describe("the repeat of a removal whose reply was lost", () => {
  let proxy: LosingProxy;
  beforeAll(async () => {
    proxy = await startLosingProxy(engine.settings().endpoints?.dynamodb ?? "");
  });
  afterAll(() => proxy.stop());

  it("spares what was saved under the name meanwhile", async () => {
    const table = await engine.freshTable();
    const { documents } = openOn(table, engine.client(), 2);
    await documents.save("stop", "a", "first", 0);
    const client = tableClient({ ...engine.settings(), endpoints: { dynamodb: proxy.endpoint } });
    proxy.loseReplies("DeleteItem", 1, async () => {
      await documents.save("stop", "a", "second", 0);
    });
    expect(await openOn(table, client, 3).documents.remove("stop", "a", 1)).toBe(false);
    expect(proxy.carried.get("DeleteItem")).toBe(2);
    expect(await documents.load("stop", "a")).toEqual({ name: "a", version: 1, value: "second" });
    client.destroy();
  });
});

describe.skipIf(!hasDynoxide)("what it costs in capacity units, the indexes' included", () => {
  // Dynalite leaves the units of indexes out.
  const exact = tableEngine(dynoxideEngine);
  const row = aDelivery({
    id: `dlv_${"a".repeat(26)}`,
    endpoint: `ep_${"b".repeat(26)}`,
    event_id: `evt_op_${"c".repeat(26)}_1`,
    body,
  });
  const failed = nextDelivery(row, {
    attempts: [{ ...attempt, status: 503, error: "answered 503" }],
    tries: 1,
    next_attempt_at: "2026-11-02T08:00:06.000Z",
  });
  const over = nextDelivery(row, {
    state: "succeeded",
    attempts: [attempt],
    tries: 1,
    next_attempt_at: null,
  });
  const document = { text: "x".repeat(1_200) };
  type Stores = ReturnType<typeof openOn>;

  it.each<[what: string, units: number, calls: number, act: (stores: Stores) => Promise<unknown>]>([
    [
      "to put a delivery of 1.5 KB, which is less when it is packed",
      3,
      1,
      ({ deliveries }) => deliveries.create({ ...row, id: "dlv_2" }),
    ],
    ["to note that an attempt failed", 3, 1, ({ deliveries }) => deliveries.replace(failed, 1)],
    ["to note that it went well", 2, 1, ({ deliveries }) => deliveries.replace(over, 1)],
    ["to find what is due", 0.5, 1, ({ deliveries }) => deliveries.due("ep_2", 0, 10)],
    ["to put a document", 2, 1, ({ documents }) => documents.save("endpoints", "ep_2", document, 0)],
    ["to save a document", 2, 1, ({ documents }) => documents.save("endpoints", "ep_1", document, 1)],
    ["to list documents of 4 KB together", 1, 1, ({ documents }) => documents.list("endpoints", null, 100)],
    ["to remove a document", 3, 2, ({ documents }) => documents.remove("endpoints", "ep_1", 1)],
  ])("%s it is %d in %i calls", async (_, units, calls, act) => {
    const metered = meteredClient(exact.settings());
    const stores = openOn(await exact.freshTable(), metered.client);
    await stores.deliveries.create(row);
    await stores.documents.save("endpoints", "ep_1", document, 0);
    metered.reading();
    await act(stores);
    expect(metered.reading()).toEqual({ units, calls });
    metered.client.destroy();
  });
});
