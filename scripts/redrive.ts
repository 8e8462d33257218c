import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { type DeployedQueue, localStage, readDeployment } from "../local/deployment.ts";
import { localCredentials, localRegion } from "../local/embedded-table.ts";
import { stackFileSchema } from "../local/state-directory.ts";

/** Seconds in which one dead letter must have been sent back; then it becomes visible again. */
const visibilitySeconds = 60;

/** A dead letter, sent first and deleted after: a death in between doubles it, and starting twice does no harm. */
const sendBack = async (client: SQSClient, from: string, to: string, message: Message): Promise<void> => {
  await client.send(
    new SendMessageCommand({
      QueueUrl: to,
      MessageBody: message.Body,
      ...(message.MessageAttributes === undefined ? {} : { MessageAttributes: message.MessageAttributes }),
    }),
  );
  await client.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle: message.ReceiptHandle }));
};

/** How many messages the queue says that it holds (SQS calls it approximate). */
const countOf = async (client: SQSClient, queueUrl: string): Promise<number> => {
  const command = new GetQueueAttributesCommand({
    QueueUrl: queueUrl,
    AttributeNames: ["ApproximateNumberOfMessages"],
  });
  return Number((await client.send(command)).Attributes?.["ApproximateNumberOfMessages"] ?? 0);
};

/**
 * Sends the dead letters of a queue back to where they came from: as many as there are when it begins, so that letters
 * which come right back do not keep it going.
 * @returns how many
 */
export const redrive = async (client: SQSClient, from: string, to: string): Promise<number> => {
  const limit = await countOf(client, from);
  let sent = 0;
  while (sent < limit) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: from,
        MaxNumberOfMessages: Math.min(10, limit - sent),
        WaitTimeSeconds: 1,
        VisibilityTimeout: visibilitySeconds,
        MessageAttributeNames: ["All"],
      }),
    );
    if (Messages.length === 0) return sent;
    await Promise.all(Messages.map((message) => sendBack(client, from, to, message)));
    sent += Messages.length;
  }
  return sent;
};

/** A queue's name, its dead letters' name, and the word by which it is asked for: the last of its name. */
export const redrivable = (queues: readonly DeployedQueue[]) =>
  queues.flatMap(({ name, deadLetters }) => {
    const dead = queues.find(({ id }) => id === deadLetters?.queue);
    return dead === undefined ? [] : [{ word: name.split("-").at(-1) ?? name, name, deadName: dead.name }];
  });

const usage = `Usage: npm run redrive -- [flags]     sends dead letters back to their queues

  --stage S        of the deployment of stage S, with the ambient AWS credentials
  --region R       where that is (default: AWS_REGION)
  --endpoint URL   of the queues at this endpoint
  --state DIR      of the embedded stack that runs on this state (default: .switchyard)
  --queue NAME     only of the queue NAME (start, follow, deliver, bulk; default: of each)
  --help, -h       this text

Environment, where --stage is given: what the AWS SDK reads (AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, …).
Twice does no harm: a letter is sent back first and deleted after.`;

const options = {
  stage: { type: "string" },
  region: { type: "string" },
  endpoint: { type: "string" },
  state: { type: "string" },
  queue: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;
const readFlags = () => parseArgs({ options, strict: true }).values;
type Flags = ReturnType<typeof readFlags>;

const endpointOf = async (flags: Flags): Promise<string> => {
  if (flags.endpoint !== undefined) return flags.endpoint;
  const file = join(flags.state ?? ".switchyard", "stack.json");
  try {
    return stackFileSchema.parse(JSON.parse(await readFile(file, "utf8"))).queue_endpoint;
  } catch (cause) {
    throw new Error(
      `No embedded stack runs on this state (${file}). Start it, or say --stage or --endpoint.`,
      {
        cause,
      },
    );
  }
};

const clientFor = async (flags: Flags): Promise<SQSClient> =>
  flags.stage !== undefined && flags.endpoint === undefined
    ? new SQSClient(flags.region === undefined ? {} : { region: flags.region })
    : new SQSClient({
        region: localRegion,
        endpoint: await endpointOf(flags),
        credentials: localCredentials,
      });

const urlOf = async (client: SQSClient, name: string): Promise<string> => {
  try {
    return (await client.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl ?? "";
  } catch (cause) {
    if (cause instanceof QueueDoesNotExist) throw new Error(`There is no queue ${name}.`, { cause });
    throw cause;
  }
};

const main = async (): Promise<void> => {
  const flags = readFlags();
  if (flags.help === true) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const file = resolve(import.meta.dirname, "..", "serverless.yml");
  const all = redrivable((await readDeployment(file, flags.stage ?? localStage)).queues);
  const chosen = all.filter(({ word }) => flags.queue === undefined || flags.queue === word);
  if (chosen.length === 0)
    throw new Error(`There is no queue ${flags.queue}; there is ${all.map(({ word }) => word).join(", ")}.`);
  const client = await clientFor(flags);
  for (const { word, name, deadName } of chosen) {
    const sent = await redrive(client, await urlOf(client, deadName), await urlOf(client, name));
    process.stdout.write(`${word}: ${sent} dead ${sent === 1 ? "letter" : "letters"} sent back\n`);
  }
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    await main();
  } catch (error) {
    const isUsage = error instanceof TypeError && "code" in error;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(isUsage ? `${message}\n\n${usage}\n` : `${message}\n`);
    process.exitCode = isUsage ? 2 : 1;
  }
}
