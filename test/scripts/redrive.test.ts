import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, onTestFinished, test } from "vitest";
import { readDeployment } from "../../local/deployment.ts";
import { startEmbeddedQueues } from "../../local/embedded-queue.ts";
import { localCredentials, localRegion } from "../../local/embedded-table.ts";
import { queueDefinitions } from "../../local/queue-attributes.ts";
import { redrivable } from "../../scripts/redrive.ts";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);
const script = join(root, "scripts/redrive.ts");

const deployed = async () => (await readDeployment(join(root, "serverless.yml"), "local")).queues;

const startQueues = async () => {
  const queues = await startEmbeddedQueues({ queues: queueDefinitions(await deployed()) });
  const client = new SQSClient({
    region: localRegion,
    endpoint: queues.endpoint,
    credentials: localCredentials,
  });
  onTestFinished(async () => {
    client.destroy();
    await queues.stop();
  });
  return { ...queues, client };
};

test("each queue with dead letters can be asked for by one word", async () => {
  expect(redrivable(await deployed()).map(({ word }) => word)).toEqual([
    "start",
    "follow",
    "deliver",
    "bulk",
  ]);
});

test("the command sends dead letters back, with what they carry, and says how many", async () => {
  const { client, endpoint, urlOf } = await startQueues();
  for (let number = 0; number < 12; number += 1) {
    await client.send(
      new SendMessageCommand({
        QueueUrl: urlOf("switchyard-local-start-dead"),
        MessageBody: `letter ${number}`,
        MessageAttributes: { reason: { DataType: "String", StringValue: "no such operation" } },
      }),
    );
  }
  const { stdout } = await run(process.execPath, [script, "--endpoint", endpoint], { cwd: root });
  expect(stdout).toBe(
    ["start: 12", "follow: 0", "deliver: 0", "bulk: 0"]
      .map((said) => `${said} dead letters sent back\n`)
      .join(""),
  );

  const back = new Set<string>();
  for (let reads = 0; reads < 6; reads += 1) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: urlOf("switchyard-local-start"),
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ["All"],
      }),
    );
    for (const { Body, MessageAttributes } of Messages) {
      expect(MessageAttributes?.["reason"]?.StringValue).toBe("no such operation");
      back.add(Body ?? "");
    }
  }
  expect(back.size).toBe(12);
  const again = await run(process.execPath, [script, "--endpoint", endpoint, "--queue", "start"], {
    cwd: root,
  });
  expect(again.stdout).toBe("start: 0 dead letters sent back\n");
});

test.each([
  [
    "a queue that does not exist",
    ["--queue", "stop", "--endpoint", "http://127.0.0.1:9"],
    1,
    "there is start, follow",
  ],
  ["a stack that does not run", ["--state", "/nonexistent"], 1, "No embedded stack runs on this state"],
  ["a flag that does not exist", ["--all"], 2, "Usage: npm run redrive"],
])("%s is said plainly", async (_reason, argv, code, said) => {
  await expect(run(process.execPath, [script, ...argv], { cwd: root })).rejects.toMatchObject({
    code,
    stderr: expect.stringContaining(said),
  });
});

test.each(["--help", "-h"])("%s says how it is used, and nothing is sent", async (flag) => {
  const { stdout, stderr } = await run(process.execPath, [script, flag], { cwd: root });
  expect(stdout).toContain("Usage: npm run redrive");
  for (const word of ["--stage", "--region", "--endpoint", "--state", "--queue", "AWS_REGION"])
    expect(stdout).toContain(word);
  expect(stderr).toBe("");
});
