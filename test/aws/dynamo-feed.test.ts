import { DeleteCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect, it } from "vitest";
import { DynamoCells } from "../../lib/aws/dynamo-cells.ts";
import { DynamoFeed } from "../../lib/aws/dynamo-feed.ts";
import { split } from "../../lib/aws/feed-chunks.ts";
import { type FeedWorld, readOn } from "../contracts/event-feed.ts";
import { SeededRandomness } from "../memory/seeded-randomness.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { anEvent } from "../operations.ts";
import { dynaliteEngine, type TableEngine, tableEngine } from "../table-engine.ts";

const day = 86_400_000;

const openFeed = async (engine: TableEngine): Promise<FeedWorld & { table: string }> => {
  const clock = new VirtualClock({ automatic: true });
  const table = await engine.freshTable();
  const instance = (seed: number): DynamoFeed => {
    const access = { client: engine.client(), table, clock, randomness: new SeededRandomness(seed) };
    return new DynamoFeed(access, new DynamoCells(access));
  };
  return { feed: instance(1), other: instance(2), clock, table };
};

describe("a feed whose old chunks DynamoDB has removed", () => {
  const engine = tableEngine(dynaliteEngine);
  const chunkKeys = async (table: string): Promise<readonly { pk: string; sk: string }[]> => {
    const answer = await engine.client().send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "pk = :feed",
        ExpressionAttributeValues: { ":feed": "FEED" },
      }),
    );
    return (answer.Items ?? []).map((item) => ({ pk: String(item["pk"]), sk: String(item["sk"]) }));
  };
  const remove = async (table: string, keys: readonly { pk: string; sk: string }[]): Promise<void> => {
    for (const Key of keys) await engine.client().send(new DeleteCommand({ TableName: table, Key }));
  };
  let seed = 100;
  const instanceOf = (table: string, clock: VirtualClock): DynamoFeed => {
    // Each instance has its own chance, as in life: with one seed their write tokens would be the same.
    seed += 1;
    const access = { client: engine.client(), table, clock, randomness: new SeededRandomness(seed) };
    return new DynamoFeed(access, new DynamoCells(access));
  };

  it("finds an instant although chunks are missing at the beginning and between", async () => {
    const { feed, clock, table } = await openFeed(engine);
    const start = clock.now();
    for (let number = 0; number < 16; number += 1) {
      await feed.append([anEvent({ id: `evt_${number}` })]);
      await clock.advance(1_000);
    }
    const keys = await chunkKeys(table);
    await remove(
      table,
      [0, 1, 2, 5, 7].map((index) => keys[index] ?? { pk: "FEED", sk: "none" }),
    );
    for (const [second, first] of [
      [0, 3],
      [3, 3],
      [4, 4],
      [5, 6],
      [7, 8],
      [12, 12],
    ] as const) {
      const { ids } = await readOn(feed, await feed.positionAt(start + second * 1_000));
      expect([second, ids[0]]).toEqual([second, `evt_${first}`]);
    }
  });

  it("goes on behind every old position after all chunks are gone", async () => {
    const { feed, clock, table } = await openFeed(engine);
    for (let number = 0; number < 5; number += 1) await feed.append([anEvent({ id: `evt_${number}` })]);
    const { position } = await readOn(feed, 0);
    await clock.advance(40 * day);
    await remove(table, await chunkKeys(table));
    await instanceOf(table, clock).append([anEvent({ id: "evt_new" })]);
    expect((await readOn(instanceOf(table, clock), position)).ids).toEqual(["evt_new"]);
  });

  it("is begun once by many who find it empty at once", async () => {
    const { clock, table } = await openFeed(engine);
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        await clock.sleep(index * 3);
        await instanceOf(table, clock).append([anEvent({ id: `evt_${index}` })]);
      }),
    );
    const keys = (await chunkKeys(table)).map(({ sk }) => Number(sk));
    expect(keys).toHaveLength(8);
    expect(Math.max(...keys) - Math.min(...keys)).toBe(7);
  });

  it("never lets a chunk look older than the one before, whatever the clocks say", async () => {
    const { feed, clock, table } = await openFeed(engine);
    const behind = new VirtualClock({ automatic: true, start: clock.now() - 2_000 });
    await feed.append([anEvent({ id: "evt_1" })]);
    await instanceOf(table, behind).append([anEvent({ id: "evt_2" })]);
    const { ids } = await readOn(feed, await feed.positionAt(clock.now()));
    expect(ids).toEqual(["evt_1", "evt_2"]);
  });
});

describe("splitting events into chunks", () => {
  it.each([
    [0, []],
    [1, [1]],
    [40, [40]],
    [41, [40, 1]],
    [100, [40, 40, 20]],
  ])("puts %i small events into chunks of %j", (count, sizes) => {
    const events = Array.from({ length: count }, (_, index) => anEvent({ id: `evt_${index}` }));
    expect(split(events).map((chunk) => chunk.length)).toEqual(sizes);
  });

  it("keeps each chunk of several events at or below 300 KiB of UTF-8", () => {
    const events = Array.from({ length: 30 }, (_, index) =>
      anEvent({ id: `evt_${index}`, data: { text: "€".repeat(1_000 * (index + 1)) } }),
    );
    const chunks = split(events);
    expect(chunks.flat()).toEqual(events);
    for (const chunk of chunks) expect(Buffer.byteLength(JSON.stringify(chunk))).toBeLessThanOrEqual(307_200);
  });
});
