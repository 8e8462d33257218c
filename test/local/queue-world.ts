import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { onTestFinished } from "vitest";
import { embeddedQueueArn, startEmbeddedQueues } from "../../local/embedded-queue.ts";
import { localCredentials, localRegion } from "../../local/embedded-table.ts";

/** An embedded queue `work` with dead letters, and what a test does with it. */
export interface QueueWorld {
  readonly client: SQSClient;
  readonly endpoint: string;
  readonly workUrl: string;
  readonly workArn: string;
  readonly deadUrl: string;
  readonly send: (body: string) => Promise<string>;
  /** Messages that the queue holds, visible or not. */
  readonly count: (url: string) => Promise<number>;
}

/** Starts the queues for one test. */
export const startQueueWorld = async (options: {
  readonly visibilitySeconds: number;
  readonly maxReceiveCount: number;
}): Promise<QueueWorld> => {
  const queues = await startEmbeddedQueues({
    queues: [
      { name: "dead" },
      {
        name: "work",
        attributes: {
          VisibilityTimeout: String(options.visibilitySeconds),
          RedrivePolicy: JSON.stringify({
            deadLetterTargetArn: embeddedQueueArn("dead"),
            maxReceiveCount: options.maxReceiveCount,
          }),
        },
      },
    ],
  });
  const client = new SQSClient({
    region: localRegion,
    endpoint: queues.endpoint,
    credentials: localCredentials,
  });
  onTestFinished(async () => {
    client.destroy();
    await queues.stop();
  });
  const workUrl = queues.urlOf("work");
  return {
    client,
    endpoint: queues.endpoint,
    workUrl,
    workArn: embeddedQueueArn("work"),
    deadUrl: queues.urlOf("dead"),
    send: async (body) => {
      const { MessageId } = await client.send(
        new SendMessageCommand({ QueueUrl: workUrl, MessageBody: body }),
      );
      return MessageId ?? "";
    },
    count: async (url) => {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }),
      );
      const visible = Number(Attributes["ApproximateNumberOfMessages"]);
      return visible + Number(Attributes["ApproximateNumberOfMessagesNotVisible"]);
    },
  };
};
