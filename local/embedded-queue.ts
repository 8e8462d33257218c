import { mkdirSync } from "node:fs";
import { type BuildAppOptions, buildApp } from "fauxqs";
import * as z from "zod";
// fauxqs exports a starter, but that one listens on every address of the machine. Its parts are put together here
// instead, from its own files (the version is pinned), so that nothing but the loopback address is bound.
import { PersistenceManager } from "../node_modules/fauxqs/dist/persistence.js";
import { S3Store } from "../node_modules/fauxqs/dist/s3/s3Store.js";
import { SnsStore } from "../node_modules/fauxqs/dist/sns/snsStore.js";
import { SqsStore } from "../node_modules/fauxqs/dist/sqs/sqsStore.js";
import { localRegion } from "./embedded-table.ts";

const account = "000000000000";

/** A queue by its name, with SQS's own attributes (`VisibilityTimeout`, `RedrivePolicy`, …), all as text. */
export interface QueueDefinition {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface EmbeddedQueues {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** The URL of a queue: `http://127.0.0.1:<port>/000000000000/<name>`. The SDK sends to its host. */
  readonly urlOf: (name: string) => string;
  readonly stop: () => Promise<void>;
}

/** The ARN of an embedded queue, for redrive policies. */
export const embeddedQueueArn = (name: string): string => `arn:aws:sqs:${localRegion}:${account}:${name}`;

/**
 * Starts SQS's stand-in inside this process, on the loopback address, with these queues (dead-letter queues first).
 * `dataDir`: folder in which messages are kept; in memory without it. Attributes of queues that were kept are set anew.
 */
export const startEmbeddedQueues = async (options: {
  readonly queues: readonly QueueDefinition[];
  readonly dataDir?: string;
  readonly port?: number;
}): Promise<EmbeddedQueues> => {
  const stores: NonNullable<BuildAppOptions["stores"]> = {
    sqsStore: new SqsStore(),
    snsStore: new SnsStore(),
    s3Store: new S3Store(),
  };
  const app = buildApp({ logger: false, defaultRegion: localRegion, stores });
  if (options.dataDir !== undefined) {
    mkdirSync(options.dataDir, { recursive: true });
    const kept = new PersistenceManager(options.dataDir);
    kept.loadSqsAndSns(stores.sqsStore, stores.snsStore);
    stores.sqsStore.persistence = kept;
    for (const queue of stores.sqsStore.allQueues()) queue.persistence = kept;
    app.addHook("preClose", () => kept.close());
  }
  await app.listen({ port: options.port ?? 0, host: "127.0.0.1" });
  const { port } = z.object({ port: z.number() }).parse(app.server.address());
  const endpoint = `http://127.0.0.1:${port}`;
  const urlOf = (name: string): string => `${endpoint}/${account}/${name}`;
  for (const { name, attributes = {} } of options.queues) {
    const queue = stores.sqsStore.getQueueByName(name);
    if (queue === undefined) {
      stores.sqsStore.createQueue(name, urlOf(name), embeddedQueueArn(name), { ...attributes });
    } else {
      queue.setAttributes({ ...attributes });
    }
  }
  return { endpoint, urlOf, stop: () => app.close() };
};
