import { afterAll, beforeAll } from "vitest";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type AwsSettings, tableClient } from "../lib/aws/clients.ts";
import { createTable, localCredentials, localRegion, startEmbeddedTable } from "../local/embedded-table.ts";

/** A running engine and the way to a fresh, empty table in it. */
export interface TableEngine {
  readonly settings: () => AwsSettings;
  readonly client: () => DynamoDBDocumentClient;
  readonly freshTable: () => Promise<string>;
}

export interface RunningEngine {
  readonly endpoint: string;
  readonly stop: () => Promise<void>;
}

/** Starts an engine for the tests of this file and stops it after them. */
export const tableEngine = (start: () => Promise<RunningEngine>): TableEngine => {
  let running: { engine: RunningEngine; client: DynamoDBDocumentClient } | undefined;
  let tables = 0;
  const now = (): { engine: RunningEngine; client: DynamoDBDocumentClient } => {
    if (running === undefined) throw new Error("The engine is not started.");
    return running;
  };
  const settings = (): AwsSettings => ({
    region: localRegion,
    credentials: localCredentials,
    endpoints: { dynamodb: now().engine.endpoint },
  });
  beforeAll(async () => {
    const engine = await start();
    running = {
      engine,
      client: tableClient({
        region: localRegion,
        credentials: localCredentials,
        endpoints: { dynamodb: engine.endpoint },
      }),
    };
  });
  afterAll(async () => {
    now().client.destroy();
    await now().engine.stop();
  });
  const freshTable = async (): Promise<string> => {
    tables += 1;
    const table = `table-${tables}`;
    await createTable(now().engine.endpoint, table);
    return table;
  };
  return { settings, client: () => now().client, freshTable };
};

export const dynaliteEngine = (): Promise<RunningEngine> => startEmbeddedTable({ table: "table-0" });
