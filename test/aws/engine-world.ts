import { afterAll } from "vitest";
import { type AwsSettings, tableClient } from "../../lib/aws/clients.ts";
import { DynamoCells } from "../../lib/aws/dynamo-cells.ts";
import { DynamoDeliveries } from "../../lib/aws/dynamo-deliveries.ts";
import { DynamoDocuments } from "../../lib/aws/dynamo-documents.ts";
import { DynamoFeed } from "../../lib/aws/dynamo-feed.ts";
import { DynamoOperations } from "../../lib/aws/dynamo-operations.ts";
import type { TableClient } from "../../lib/aws/table-client.ts";
import type { TableInstance, TableWorld } from "../contracts/store-world.ts";
import { type LosingProxy, startLosingProxy } from "../losing-proxy.ts";
import { SeededRandomness } from "../memory/seeded-randomness.ts";
import { SilentLog } from "../memory/silent-log.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { type RunningEngine, tableEngine } from "../table-engine.ts";

/** A client of a table, and its end. */
export type OpenClient = TableClient & { readonly destroy: () => void };

/** A way to fresh, empty tables in an engine that runs as long as the tests of this file. */
export const engineWorlds = (
  start: () => Promise<RunningEngine>,
  clientOf: (settings: AwsSettings) => OpenClient = tableClient,
): (() => Promise<TableWorld>) => {
  const engine = tableEngine(start);
  const clients: OpenClient[] = [];
  let own: OpenClient | null = null;
  const ownClient = (): OpenClient => {
    own ??= clientOf(engine.settings());
    return own;
  };
  let proxy: LosingProxy | null = null;
  afterAll(async () => {
    for (const client of clients) client.destroy();
    own?.destroy();
    await proxy?.stop();
  });
  /** Each loss has a client of its own: one that has met many faults stops trying again. */
  const losing = async (replies: number): Promise<OpenClient> => {
    const settings = engine.settings();
    proxy ??= await startLosingProxy(settings.endpoints?.dynamodb ?? "");
    proxy.loseReplies("PutItem", replies);
    proxy.loseReplies("DeleteItem", replies);
    const client = clientOf({ ...settings, endpoints: { dynamodb: proxy.endpoint } });
    clients.push(client);
    return client;
  };
  return async () => {
    const clock = new VirtualClock({ automatic: true });
    const table = await engine.freshTable();
    let seed = 0;
    const instance = (client: OpenClient): TableInstance => {
      // Each has its own chance, as in life: with one seed their write tokens would be the same.
      seed += 1;
      const access = { client, table, clock, randomness: new SeededRandomness(seed) };
      const cells = new DynamoCells(access);
      return {
        store: new DynamoOperations(access, new SilentLog()),
        cells,
        feed: new DynamoFeed(access, cells),
        documents: new DynamoDocuments(access),
        deliveries: new DynamoDeliveries(access, new SilentLog()),
      };
    };
    return {
      one: instance(ownClient()),
      two: instance(ownClient()),
      clock,
      losing: async (replies) => instance(await losing(replies)),
    };
  };
};
