import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { batchGet, RowsUnread, type TableAccess } from "../../lib/aws/batch-get.ts";
import { tableClient } from "../../lib/aws/clients.ts";
import { DynamoFeed, FeedContended } from "../../lib/aws/dynamo-feed.ts";
import { DynamoOperations } from "../../lib/aws/dynamo-operations.ts";
import { localCredentials, localRegion } from "../../local/embedded-table.ts";
import { MemoryCells } from "../memory/memory-cells.ts";
import { SeededRandomness } from "../memory/seeded-randomness.ts";
import { SilentLog } from "../memory/silent-log.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { anEvent, anOperation } from "../operations.ts";
import { type AwsEndpoint, startAwsEndpoint } from "./aws-endpoint.ts";

const keySchema = z.object({ pk: z.object({ S: z.string() }), sk: z.object({ S: z.string() }) });
const batchSchema = z.object({
  RequestItems: z.object({ rows: z.object({ Keys: z.array(keySchema), ConsistentRead: z.literal(true) }) }),
});

/** How many of the next BatchGetItem calls are throttled altogether. */
let throttled = 0;
let batches = 0;
let endpoint: AwsEndpoint;
let access: TableAccess & { readonly clock: VirtualClock };

beforeAll(async () => {
  endpoint = await startAwsEndpoint((action, body) => {
    if (action === "PutItem")
      return { status: 400, body: { __type: "ConditionalCheckFailedException", message: "no" } };
    if (action === "GetItem") return { status: 200, body: {} };
    if (action === "Query") return { status: 200, body: { Items: [], Count: 0 } };
    batches += 1;
    const { RequestItems: wanted } = batchSchema.parse(body);
    if (throttled > 0) {
      throttled -= 1;
      return { status: 200, body: { Responses: { rows: [] }, UnprocessedKeys: wanted } };
    }
    return { status: 200, body: { Responses: { rows: wanted.rows.Keys }, UnprocessedKeys: {} } };
  });
});
afterAll(() => endpoint.stop());
beforeEach(() => {
  throttled = 0;
  batches = 0;
  access = {
    client: tableClient({
      region: localRegion,
      credentials: localCredentials,
      endpoints: { dynamodb: endpoint.endpoint },
    }),
    table: "rows",
    clock: new VirtualClock({ automatic: true }),
    randomness: new SeededRandomness(1),
  };
});

const keys = Array.from({ length: 5 }, (_, index) => ({ pk: `OP#op_${index}`, sk: "OP" }));

describe("a table that throttles", () => {
  it("is asked again for the rest, after pauses", async () => {
    throttled = 3;
    const before = access.clock.now();
    expect(await batchGet(access, keys)).toEqual(keys);
    expect(batches).toBe(4);
    expect(access.clock.now()).toBeGreaterThan(before);
  });

  it("is given up after 8 rounds that brought nothing", async () => {
    throttled = 1_000;
    await expect(batchGet(access, keys)).rejects.toThrow(RowsUnread);
    expect(batches).toBe(8);
  });
});

describe("a table where somebody else is always first", () => {
  it("makes an append fail after many tries, and not hang", async () => {
    const feed = new DynamoFeed(access, new MemoryCells());
    await expect(feed.append([anEvent()])).rejects.toThrow(FeedContended);
  });

  it("makes a create fail when the row that is in the way can't be found", async () => {
    const store = new DynamoOperations(access, new SilentLog());
    await expect(store.create(anOperation())).rejects.toThrow("op_1 was neither created nor found");
  });

  it("makes a replace stale", async () => {
    const store = new DynamoOperations(access, new SilentLog());
    expect(await store.replace(anOperation({ version: 2 }), 1)).toBe("stale");
  });
});
