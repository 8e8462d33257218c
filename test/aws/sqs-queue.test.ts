import { DeleteQueueCommand, type Message, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFromHookSchema } from "../../events/start-from-hook.ts";
import { startOperationSchema } from "../../events/start-operation.ts";
import { wakeBulkRunnerSchema } from "../../events/wake-bulk-runner.ts";
import { wakeDelivererSchema } from "../../events/wake-deliverer.ts";
import { wakeFollowerSchema } from "../../events/wake-follower.ts";
import { queueClient } from "../../lib/aws/clients.ts";
import { SqsQueue } from "../../lib/aws/sqs-queue.ts";
import { type EmbeddedQueues, startEmbeddedQueues } from "../../local/embedded-queue.ts";
import { localCredentials, localRegion } from "../../local/embedded-table.ts";
import { queueContract, type QueueWorld } from "../contracts/queue.ts";

let queues: EmbeddedQueues;
let client: SQSClient;
let worlds = 0;
const worldCount = 30;
const names = (world: number) => ({
  start: `start-${world}`,
  follow: `follow-${world}`,
  deliver: `deliver-${world}`,
  bulk: `bulk-${world}`,
  deadLetters: `dead-${world}`,
});

beforeAll(async () => {
  const all = Array.from({ length: worldCount }, (_, world) => Object.values(names(world))).flat();
  queues = await startEmbeddedQueues({ queues: all.map((name) => ({ name })) });
  client = queueClient({
    region: localRegion,
    credentials: localCredentials,
    endpoints: { sqs: queues.endpoint },
  });
});
afterAll(async () => {
  client.destroy();
  await queues.stop();
});

/** All messages that can be received now. */
const drain = async (queue: string): Promise<readonly Message[]> => {
  const messages: Message[] = [];
  for (;;) {
    const answer = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queues.urlOf(queue),
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ["All"],
      }),
    );
    if (answer.Messages === undefined || answer.Messages.length === 0) return messages;
    messages.push(...answer.Messages);
  }
};
const parsed = (message: Message): unknown => JSON.parse(message.Body ?? "");

const open = async (): Promise<QueueWorld & { readonly deadQueue: string }> => {
  const { start, follow, deliver, bulk, deadLetters } = names(worlds);
  worlds += 1;
  let broken = false;
  const urls = () => ({
    start: queues.urlOf(broken ? "no-such-queue" : start),
    follow: queues.urlOf(follow),
    deliver: queues.urlOf(deliver),
    bulk: queues.urlOf(bulk),
    deadLetters: queues.urlOf(deadLetters),
  });
  let queue = new SqsQueue(client, urls());
  return {
    deadQueue: deadLetters,
    queue: {
      requestStarts: (ids) => queue.requestStarts(ids),
      requestHookWork: (work) => queue.requestHookWork(work),
      wakeFollower: () => queue.wakeFollower(),
      wakeDeliverer: () => queue.wakeDeliverer(),
      wakeBulkRunner: () => queue.wakeBulkRunner(),
      setAside: (body, reason) => queue.setAside(body, reason),
    },
    starts: async () =>
      (await drain(start)).map((message) => startOperationSchema.parse(parsed(message)).operation_id),
    hookWork: async () => (await drain(start)).map((message) => startFromHookSchema.parse(parsed(message))),
    wakes: async () => {
      const messages = await drain(follow);
      for (const message of messages) wakeFollowerSchema.parse(parsed(message));
      return messages.length;
    },
    deliveries: async () => {
      const messages = await drain(deliver);
      for (const message of messages) wakeDelivererSchema.parse(parsed(message));
      return messages.length;
    },
    bulkRuns: async () => {
      const messages = await drain(bulk);
      for (const message of messages) wakeBulkRunnerSchema.parse(parsed(message));
      return messages.length;
    },
    dead: async () =>
      (await drain(deadLetters)).map((message) => ({
        body: message.Body ?? "",
        reason: message.MessageAttributes?.["reason"]?.StringValue ?? "",
      })),
    breakStarts: () => {
      broken = true;
      queue = new SqsQueue(client, urls());
    },
  };
};

queueContract("SQS", open);

describe("a queue that is gone", () => {
  it("makes NotQueued carry what SQS said", async () => {
    const world = await open();
    await client.send(new DeleteQueueCommand({ QueueUrl: queues.urlOf(names(worlds - 1).start) }));
    await expect(world.queue.requestStarts(["op_1"])).rejects.toMatchObject({
      operationIds: ["op_1"],
      cause: expect.any(Error),
    });
  });
});

describe("a reason that SQS would not take", () => {
  it.each([
    ["is empty", "", "unknown"],
    ["has control characters", "line\u0000one\u001btwo", "line one two"],
    ["is too long", "x".repeat(5_000), "x".repeat(1_000)],
  ])("is made fit when it %s", async (_, reason, taken) => {
    const world = await open();
    await world.queue.setAside("{}", reason);
    expect((await world.dead())[0]?.reason).toBe(taken);
  });
});
