import { once } from "node:events";
import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import * as z from "zod";
import { tableDefinition } from "../lib/aws/table-definition.ts";

/** What the embedded engines take for credentials; they never check them. */
export const localCredentials = { accessKeyId: "local", secretAccessKey: "local" } as const;
export const localRegion = "eu-west-1";

export interface EmbeddedTable {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly stop: () => Promise<void>;
}

/** Above the SDK's own keep-alive: with Node's 5 s the server hangs up on a connection that is about to be used. */
const keepAliveMilliseconds = 600_000;

const portOf = (server: Server): number => z.object({ port: z.number() }).parse(server.address()).port;

/**
 * dynalite 4.0.0 ends each read by a `return` that the iterators of abstract-level don't have: none was ever closed, and
 * LevelDB kept what they had seen, in memory and on the disk. So they have one.
 */
const closeReads = (): void => {
  const needed: unknown = createRequire(import.meta.resolve("dynalite"))("abstract-level");
  const { AbstractIterator: one } = z
    .object({ AbstractIterator: z.custom<{ readonly prototype: object }>() })
    .parse(needed);
  const iterators: unknown = Object.getPrototypeOf(one.prototype);
  if (typeof iterators !== "object" || iterators === null || "return" in iterators) return;
  Object.defineProperty(iterators, "return", {
    value(this: { readonly close: () => Promise<void> }): Promise<void> {
      return this.close();
    },
  });
};

/** Makes the table at the endpoint unless it is there, and waits until it can be used. */
export const createTable = async (endpoint: string, table: string): Promise<void> => {
  const client = new DynamoDBClient({ region: localRegion, endpoint, credentials: localCredentials });
  try {
    await client.send(new CreateTableCommand({ TableName: table, ...tableDefinition }));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    if (Table?.TableStatus === "ACTIVE") return;
    await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName: table });
  } finally {
    client.destroy();
  }
};

/**
 * Starts DynamoDB's stand-in inside this process, on the loopback address, with our table in it.
 * `path`: folder in which the rows are kept; in memory without it. One process at a time may have it open.
 */
export const startEmbeddedTable = async (options: {
  readonly table: string;
  readonly path?: string;
  readonly port?: number;
}): Promise<EmbeddedTable> => {
  if (options.path !== undefined) mkdirSync(options.path, { recursive: true });
  closeReads();
  const server = dynalite({
    ...(options.path === undefined ? {} : { path: options.path }),
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
  });
  server.keepAliveTimeout = keepAliveMilliseconds;
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${portOf(server)}`;
  const stop = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.close((error) => (error === undefined || error === null ? resolve() : reject(error)));
      server.closeAllConnections();
    });
  try {
    await createTable(endpoint, options.table);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, stop };
};
