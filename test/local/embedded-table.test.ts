import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { tableClient } from "../../lib/aws/clients.ts";
import { tableDefinition } from "../../lib/aws/table-definition.ts";
import {
  createTable,
  localCredentials,
  localRegion,
  startEmbeddedTable,
} from "../../local/embedded-table.ts";

const clientOf = (endpoint: string) =>
  tableClient({ region: localRegion, credentials: localCredentials, endpoints: { dynamodb: endpoint } });
const key = { pk: "a", sk: "b" };

describe("the embedded table", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "switchyard-table-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("is bound to the loopback address and nothing else", async () => {
    const table = await startEmbeddedTable({ table: "rows" });
    expect(new URL(table.endpoint).hostname).toBe("127.0.0.1");
    await table.stop();
  });

  it("has both indexes when it is ready", async () => {
    const table = await startEmbeddedTable({ table: "rows" });
    const client = clientOf(table.endpoint);
    const { Table } = await client.send(new DescribeTableCommand({ TableName: "rows" }));
    expect(Table?.TableStatus).toBe("ACTIVE");
    expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).toSorted()).toEqual(
      tableDefinition.GlobalSecondaryIndexes.map(({ IndexName }) => IndexName).toSorted(),
    );
    client.destroy();
    await table.stop();
  });

  it("may be made twice, and keeps its rows", async () => {
    const table = await startEmbeddedTable({ table: "rows" });
    const client = clientOf(table.endpoint);
    await client.send(new PutCommand({ TableName: "rows", Item: key }));
    await createTable(table.endpoint, "rows");
    expect((await client.send(new GetCommand({ TableName: "rows", Key: key }))).Item).toEqual(key);
    client.destroy();
    await table.stop();
  });

  it("keeps its rows in a folder from one start to the next", async () => {
    const path = join(folder, "deep", "table");
    const first = await startEmbeddedTable({ table: "rows", path });
    const writer = clientOf(first.endpoint);
    await writer.send(new PutCommand({ TableName: "rows", Item: { ...key, text: "größe" } }));
    writer.destroy();
    await first.stop();
    const second = await startEmbeddedTable({ table: "rows", path });
    const reader = clientOf(second.endpoint);
    expect((await reader.send(new GetCommand({ TableName: "rows", Key: key }))).Item).toEqual({
      ...key,
      text: "größe",
    });
    reader.destroy();
    await second.stop();
  });

  it("keeps nothing without a folder", async () => {
    const first = await startEmbeddedTable({ table: "rows" });
    const writer = clientOf(first.endpoint);
    await writer.send(new PutCommand({ TableName: "rows", Item: key }));
    writer.destroy();
    await first.stop();
    const second = await startEmbeddedTable({ table: "rows" });
    const reader = clientOf(second.endpoint);
    expect((await reader.send(new GetCommand({ TableName: "rows", Key: key }))).Item).toBeUndefined();
    reader.destroy();
    await second.stop();
  });

  it("stops although a client keeps its connection open", async () => {
    const table = await startEmbeddedTable({ table: "rows" });
    const client = clientOf(table.endpoint);
    await client.send(new GetCommand({ TableName: "rows", Key: key }));
    await table.stop();
    await expect(fetch(table.endpoint)).rejects.toThrow("fetch failed");
    client.destroy();
  });

  it("closes each of its reads: LevelDB keeps what an open one has seen", async () => {
    const table = await startEmbeddedTable({ table: "rows", path: folder });
    const needed: unknown = createRequire(import.meta.resolve("dynalite"))("abstract-level");
    const { AbstractIterator: one } = z
      .object({ AbstractIterator: z.custom<{ readonly prototype: object }>() })
      .parse(needed);
    const iterators = z.custom<{ close: () => Promise<void> }>().parse(Object.getPrototypeOf(one.prototype));
    const closed = vi.spyOn(iterators, "close");
    const client = clientOf(table.endpoint);
    for (let read = 0; read < 5; read += 1)
      await client.send(
        new QueryCommand({
          TableName: "rows",
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": "a" },
        }),
      );
    expect(closed.mock.calls.length).toBeGreaterThanOrEqual(5);
    closed.mockRestore();
    client.destroy();
    await table.stop();
  });
});
