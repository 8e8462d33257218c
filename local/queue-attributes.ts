import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { DeployedQueue } from "./deployment.ts";
import { embeddedQueueArn, type QueueDefinition } from "./embedded-queue.ts";

/** The queues of serverless.yml as the embedded queue wants them. @throws Error when dead letters go to no queue */
export const queueDefinitions = (queues: readonly DeployedQueue[]): readonly QueueDefinition[] =>
  queues.map(({ name, visibilitySeconds, retentionSeconds, deadLetters }) => {
    const dead = deadLetters === null ? null : queues.find(({ id }) => id === deadLetters.queue);
    if (dead === undefined) throw new Error(`The dead letters of ${name} go to no queue of serverless.yml`);
    return {
      name,
      attributes: {
        VisibilityTimeout: String(visibilitySeconds),
        MessageRetentionPeriod: String(retentionSeconds),
        ...(dead === null || deadLetters === null
          ? {}
          : {
              RedrivePolicy: JSON.stringify({
                deadLetterTargetArn: embeddedQueueArn(dead.name),
                maxReceiveCount: deadLetters.maxReceiveCount,
              }),
            }),
      },
    };
  });

/**
 * Makes messages visible that a stack had received before it was killed: its functions died with it, so nobody works
 * on them any more. To be called before the queues are started on the folder.
 */
export const releaseReceived = (folder: string): void => {
  const file = join(folder, "fauxqs.db");
  if (!existsSync(file)) return;
  const kept = new DatabaseSync(file);
  try {
    kept.exec("UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL");
  } finally {
    kept.close();
  }
};
