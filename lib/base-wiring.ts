import { AwsSecrets } from "./aws/aws-secrets.ts";
import { queueClient, tableClient } from "./aws/clients.ts";
import { DynamoCells } from "./aws/dynamo-cells.ts";
import { DynamoDeliveries } from "./aws/dynamo-deliveries.ts";
import { DynamoDocuments } from "./aws/dynamo-documents.ts";
import { DynamoFeed } from "./aws/dynamo-feed.ts";
import { DynamoOperations } from "./aws/dynamo-operations.ts";
import { SqsQueue } from "./aws/sqs-queue.ts";
import type { Environment, Settings } from "./config.ts";
import { createLog, type OpenLog } from "./log.ts";
import { systemClock } from "./platform/system-clock.ts";
import { systemRandomness } from "./platform/system-randomness.ts";
import type { Ports } from "./ports/ports.ts";

/** What every function needs: the table, the queues, secrets, time. No provider is in it, and no bus. */
export interface BasePorts extends Omit<Ports, "providers" | "budget" | "bus"> {
  readonly log: OpenLog;
  /** Where the key is kept that the secrets of endpoints are made from. */
  readonly signingKeyReference: string;
  /** Whether an endpoint may be on the loopback address: on one machine only. */
  readonly allowsLoopbackEndpoints: boolean;
}

/** The parts of the world that are the same for all functions. `environment`: where `env:` secrets are read. */
export const basePorts = (settings: Settings, environment: Environment): BasePorts => {
  const clock = systemClock;
  const log = createLog({ level: settings.logLevel });
  const access = {
    client: settings.aws.openTable?.(settings.aws, clock, systemRandomness) ?? tableClient(settings.aws),
    table: settings.table,
    clock,
    randomness: systemRandomness,
  };
  const cells = new DynamoCells(access);
  return {
    operations: new DynamoOperations(access, log),
    documents: new DynamoDocuments(access),
    deliveries: new DynamoDeliveries(access, log),
    cells,
    feed: new DynamoFeed(access, cells),
    queue: new SqsQueue(queueClient(settings.aws), {
      start: settings.startQueueUrl,
      follow: settings.followQueueUrl,
      deliver: settings.deliverQueueUrl,
      bulk: settings.bulkQueueUrl,
      deadLetters: settings.deadLetterQueueUrl,
    }),
    secrets: new AwsSecrets(settings.aws, environment, clock),
    clock,
    randomness: systemRandomness,
    log,
    deployment: settings.deployment,
    signingKeyReference: settings.signingKeyReference,
    allowsLoopbackEndpoints: settings.allowsLoopbackEndpoints,
  };
};
