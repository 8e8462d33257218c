import { mkdtemp, rm } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { queueClient } from "../../lib/aws/clients.ts";
import { embeddedQueueArn, type EmbeddedQueues, startEmbeddedQueues } from "../../local/embedded-queue.ts";
import { localCredentials, localRegion } from "../../local/embedded-table.ts";

const clientOf = ({ endpoint }: EmbeddedQueues): SQSClient =>
  queueClient({ region: localRegion, credentials: localCredentials, endpoints: { sqs: endpoint } });
const receive = async (queues: EmbeddedQueues, name: string): Promise<readonly Message[]> => {
  const client = clientOf(queues);
  const answer = await client.send(
    new ReceiveMessageCommand({ QueueUrl: queues.urlOf(name), MaxNumberOfMessages: 10 }),
  );
  client.destroy();
  return answer.Messages ?? [];
};
const send = async (queues: EmbeddedQueues, name: string, body: string): Promise<void> => {
  const client = clientOf(queues);
  await client.send(new SendMessageCommand({ QueueUrl: queues.urlOf(name), MessageBody: body }));
  client.destroy();
};
const attributeOf = async (queues: EmbeddedQueues, name: string, attribute: "VisibilityTimeout") => {
  const client = clientOf(queues);
  const answer = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queues.urlOf(name), AttributeNames: [attribute] }),
  );
  client.destroy();
  return answer.Attributes?.[attribute];
};

describe("the embedded queues", () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "switchyard-queue-"));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it("have URLs whose host is where they are", async () => {
    const queues = await startEmbeddedQueues({ queues: [{ name: "start" }] });
    expect(queues.urlOf("start")).toBe(`${queues.endpoint}/000000000000/start`);
    await send(queues, "start", "hello");
    expect((await receive(queues, "start")).map(({ Body }) => Body)).toEqual(["hello"]);
    await queues.stop();
  });

  it("are not to be had at any other address of the machine", async () => {
    const queues = await startEmbeddedQueues({ queues: [] });
    const { port } = new URL(queues.endpoint);
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === "IPv4" && !internal);
    for (const { address } of others)
      await expect(fetch(`http://${address}:${port}/`)).rejects.toThrow("fetch failed");
    expect(new URL(queues.endpoint).hostname).toBe("127.0.0.1");
    await queues.stop();
  });

  it("keep messages and attributes in a folder from one start to the next", async () => {
    const definition = { name: "start", attributes: { VisibilityTimeout: "180" } };
    const first = await startEmbeddedQueues({ queues: [definition], dataDir });
    await send(first, "start", "kept");
    await first.stop();
    const second = await startEmbeddedQueues({ queues: [definition], dataDir });
    expect(await attributeOf(second, "start", "VisibilityTimeout")).toBe("180");
    expect((await receive(second, "start")).map(({ Body }) => Body)).toEqual(["kept"]);
    await second.stop();
  });

  it("keep a message that was received and not deleted, and forget one that was", async () => {
    const definition = { name: "start", attributes: { VisibilityTimeout: "0" } };
    const first = await startEmbeddedQueues({ queues: [definition], dataDir });
    for (const body of ["done", "not done"]) await send(first, "start", body);
    const client = clientOf(first);
    for (const { Body, ReceiptHandle } of await receive(first, "start")) {
      if (Body === "done")
        await client.send(new DeleteMessageCommand({ QueueUrl: first.urlOf("start"), ReceiptHandle }));
    }
    client.destroy();
    await first.stop();
    const second = await startEmbeddedQueues({ queues: [definition], dataDir });
    expect((await receive(second, "start")).map(({ Body }) => Body)).toEqual(["not done"]);
    await second.stop();
  });

  it("take on changed attributes at the next start", async () => {
    const first = await startEmbeddedQueues({
      queues: [{ name: "start", attributes: { VisibilityTimeout: "30" } }],
      dataDir,
    });
    await first.stop();
    const second = await startEmbeddedQueues({
      queues: [{ name: "start", attributes: { VisibilityTimeout: "60" } }],
      dataDir,
    });
    expect(await attributeOf(second, "start", "VisibilityTimeout")).toBe("60");
    await second.stop();
  });

  it("hand a message that was received too often to the dead letters", async () => {
    const redrive = { deadLetterTargetArn: embeddedQueueArn("dead"), maxReceiveCount: 2 };
    const queues = await startEmbeddedQueues({
      queues: [
        { name: "dead" },
        { name: "start", attributes: { VisibilityTimeout: "0", RedrivePolicy: JSON.stringify(redrive) } },
      ],
    });
    await send(queues, "start", "poison");
    expect(await receive(queues, "start")).toHaveLength(1);
    expect(await receive(queues, "start")).toHaveLength(1);
    expect(await receive(queues, "start")).toHaveLength(0);
    expect((await receive(queues, "dead")).map(({ Body }) => Body)).toEqual(["poison"]);
    await queues.stop();
  });
});
