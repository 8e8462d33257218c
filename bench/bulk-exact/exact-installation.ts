import { DynamoCells } from "../../lib/aws/dynamo-cells.ts";
import { DynamoDeliveries } from "../../lib/aws/dynamo-deliveries.ts";
import { DynamoDocuments } from "../../lib/aws/dynamo-documents.ts";
import { DynamoFeed } from "../../lib/aws/dynamo-feed.ts";
import { DynamoOperations } from "../../lib/aws/dynamo-operations.ts";
import { connectionSchema, type Connection } from "../../lib/connection.ts";
import { followOperations } from "../../lib/flows/follow-operations.ts";
import { runBulkJobs } from "../../lib/flows/run-bulk-jobs.ts";
import { bulkRoutes } from "../../lib/http/bulk-routes.ts";
import type { HttpWorld } from "../../lib/http/route.ts";
import { httpHandler } from "../../lib/lambda/http-stack.ts";
import { tickHandler } from "../../lib/lambda/tick-stack.ts";
import type { OpenLog } from "../../lib/log.ts";
import { CellBudget } from "../../lib/platform/cell-budget.ts";
import type { Bus } from "../../lib/ports/bus.ts";
import type { Ports } from "../../lib/ports/ports.ts";
import type { Secrets } from "../../lib/ports/secrets.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { SeededRandomness } from "../../test/memory/seeded-randomness.ts";
import { CountedQueue } from "./counted-queue.ts";
import { MeteredTable } from "./metered-table.ts";
import { type LineSetting, ProviderLine } from "./provider-line.ts";
import { VirtualTime } from "./virtual-time.ts";

/** Milliseconds that a request to the table or the bus takes. */
const requestMilliseconds = 5;
const apiKey = "exact-key";
const noSecrets: Secrets = {
  read: (reference) =>
    Promise.resolve(reference === "env:API_KEY" ? apiKey : "22222222-2222-4222-8222-222222222222"),
  readAnew: () => Promise.resolve(apiKey),
  forget: () => {},
};

/** What writes to the table are for, by their partition key. */
const kindOf = (pk: string): string => {
  if (pk.startsWith("OP#")) return "operations";
  if (pk.startsWith("ROLL#")) return "rolls";
  if (pk === "FEED") return "feed";
  if (pk.startsWith("FOLDER#bulk-items/")) return "items";
  if (pk.startsWith("FOLDER#bulk")) return "jobs";
  if (pk.startsWith("CELL#budget/")) return "budget";
  if (pk === "CELL#follower" || pk === "CELL#bulk-runner") return "leases";
  return "other";
};

type Handler = (event: unknown, context: { getRemainingTimeInMillis: () => number }) => Promise<unknown>;
export type FunctionName = "bulk" | "run" | "follow";

/** How the installation is. */
export interface ExactSetting extends LineSetting {
  readonly ratePerSecond: number;
  /** Milliseconds that each function may take. */
  readonly timeouts: Readonly<Record<FunctionName, number>>;
}

const minute = 60_000;

/** The deployed functions over ports that count, in virtual time. Nothing ever fails but what the provider refuses. */
export class ExactInstallation {
  readonly time = new VirtualTime();
  readonly table: MeteredTable;
  readonly line: ProviderLine;
  readonly queue: CountedQueue;
  readonly connection: Connection;
  /** What functions have said that should not have happened, and what they have thrown. */
  readonly complaints: string[] = [];
  events = 0;
  readonly #setting: ExactSetting;
  readonly #handlers: Readonly<Record<FunctionName, Handler>>;

  constructor(setting: ExactSetting) {
    this.#setting = setting;
    this.connection = connectionSchema.parse({
      name: "exact",
      provider: "scaleway-instance",
      api_url: "http://provider.example",
      zone: "fr-par-1",
      project: "105bdce1-64c0-48ab-899d-868455867ecf",
      secret: "env:SECRET",
      rate_per_second: setting.ratePerSecond,
      confirm_over: 1_000_000,
    });
    this.table = new MeteredTable(kindOf, (work) => this.#later(work), this.time);
    this.line = new ProviderLine(this.time, setting);
    const waken = (name: FunctionName) => async (): Promise<void> => void (await this.invoke(name, {}));
    this.queue = new CountedQueue(this.time, waken("follow"), waken("run"));
    this.#handlers = {
      bulk: httpHandler(this.#opened(1), bulkRoutes),
      run: tickHandler(this.#opened(2), runBulkJobs),
      follow: tickHandler(this.#opened(3), followOperations),
    };
  }

  async invoke(name: FunctionName, event: unknown): Promise<unknown> {
    const deadline = this.time.now() + this.#setting.timeouts[name];
    try {
      return await this.#handlers[name](event, {
        getRemainingTimeInMillis: () => deadline - this.time.now(),
      });
    } catch (error) {
      this.complaints.push(
        `${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      return null;
    }
  }

  /** A request of somebody who has the key. */
  async request(method: string, path: string, body: unknown, key: string): Promise<unknown> {
    const json = JSON.stringify(body);
    return this.invoke("bulk", {
      rawPath: path,
      rawQueryString: "",
      headers: {
        authorization: `Bearer ${apiKey}`,
        "content-type": "application/json",
        "idempotency-key": key,
      },
      requestContext: { requestId: key, http: { method, sourceIp: "127.0.0.1" } },
      body: method === "GET" ? undefined : json,
      isBase64Encoded: false,
    });
  }

  /** The clock of the functions: both are called each minute. */
  tick(): void {
    for (const [name, offset] of [
      ["run", 20_000],
      ["follow", 40_000],
    ] as const) {
      const each = (): void => {
        void this.invoke(name, {});
        this.time.after(minute, each);
      };
      this.time.after(offset, each);
    }
  }

  async #later<T>(work: () => T): Promise<T> {
    await this.time.sleep(requestMilliseconds / 2);
    const done = work();
    await this.time.sleep(requestMilliseconds / 2);
    return done;
  }

  /** The world of one process. */
  #opened(seed: number): () => Promise<HttpWorld & Ports & { readonly log: OpenLog }> {
    const { time: clock, table, connection, queue } = this;
    const randomness = new SeededRandomness(seed * 7919 + this.#setting.seed);
    const log = this.#log();
    const access = { client: table.client, table: "exact", clock, randomness };
    const cells = new DynamoCells(access);
    const budget = new CellBudget({ cells, clock, randomness });
    const bus: Bus = {
      publish: async (events) => {
        this.events += events.length;
        await clock.sleep(requestMilliseconds);
        return [];
      },
    };
    const dialect = dialects["scaleway-instance"];
    const provider = dialect.open(connection, { http: this.line, budget, secrets: noSecrets, log, clock });
    const world = {
      operations: new DynamoOperations(access, log),
      documents: new DynamoDocuments(access),
      deliveries: new DynamoDeliveries(access, log),
      cells,
      feed: new DynamoFeed(access, cells),
      queue,
      bus,
      budget,
      providers: {
        connection: (name: string) => (name === connection.name ? connection : null),
        connections: () => [connection],
        dialect: () => dialect.dialect,
        provider: () => provider,
      },
      secrets: noSecrets,
      clock,
      randomness,
      log,
      deployment: "exact",
      apiKeyReference: "env:API_KEY",
      signingKeyReference: "env:SIGNING_KEY",
      allowsLoopbackEndpoints: false,
    };
    return () => Promise.resolve(world);
  }

  #log(): OpenLog {
    const complain = (level: string, message: string, fields: unknown): void =>
      void this.complaints.push(`${level}: ${message} ${JSON.stringify(fields ?? {})}`);
    return {
      debug: () => {},
      info: () => {},
      warn: (message, fields) => complain("warn", message, fields),
      error: (message, fields) => complain("error", message, fields),
      count: () => {},
      flush: () => {},
    };
  }
}
