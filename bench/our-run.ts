import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { simulatedSecret, simulatedSecretVariable } from "../local/default-connection.ts";
import { type Deployment, localStage, readDeployment } from "../local/deployment.ts";
import { localCredentials, localRegion } from "../local/embedded-table.ts";
import { localEnvironment } from "../local/environment.ts";
import { bundles } from "./bundles.ts";
import { Child, usageSchema } from "./child.ts";
import {
  allToldSchema,
  busName,
  enginesReadySchema,
  enginesReportSchema,
  tableName,
} from "./engine-messages.ts";
import { answeredSchema, bulkPath } from "./http-request.ts";
import type { Run } from "./outcome.ts";
import type { ProviderProcess } from "./provider-process.ts";

/** How the servers are asked for. */
export type Asked = "messages" | "apart" | "bulk";

/** What our side is asked to do. */
export interface OurTask {
  readonly servers: number;
  /** The ceiling in the connection; below the provider's own limit. */
  readonly ratePerSecond: number;
  /** `messages`: a request each, over the queue; `apart`: the same, each on a connection of its own; `bulk`: one bulk job. */
  readonly asked: Asked;
  /** After this many milliseconds whatever has not ended counts as lost. */
  readonly patienceMilliseconds: number;
}

/** After the last event, what is still written (marks, the lease, long polls) is waited for. */
const settleMilliseconds = 2500;

const connectionName = (task: OurTask, index: number): string =>
  task.asked === "apart" ? `single-${index + 1}` : "bench";

const configuration = (task: OurTask, url: string): string =>
  JSON.stringify({
    connections: Array.from({ length: task.asked === "apart" ? task.servers : 1 }, (_, index) => ({
      name: connectionName(task, index),
      provider: "scaleway-instance",
      api_url: url,
      zone: "fr-par-1",
      project: "105bdce1-64c0-48ab-899d-868455867ecf",
      secret: `env:${simulatedSecretVariable}`,
      rate_per_second: task.ratePerSecond,
      confirm_over: 1_000_000,
    })),
  });

const queueName = ({ queues }: Deployment, id: string): string => {
  const name = queues.find((queue) => queue.id === id)?.name;
  if (name === undefined) throw new Error(`serverless.yml has no queue ${id}`);
  return name;
};

const environmentOf = (
  deployment: Deployment,
  engines: z.infer<typeof enginesReadySchema>,
  configFile: string,
): Record<string, string> => {
  const urlOf = (id: string): string => `${engines.queue}/000000000000/${queueName(deployment, id)}`;
  const environment = localEnvironment(
    deployment,
    {
      deployment: localStage,
      table: tableName,
      bus: busName,
      endpoints: { table: engines.table, queue: engines.queue, bus: engines.bus },
      startQueueUrl: urlOf("StartQueue"),
      followQueueUrl: urlOf("FollowQueue"),
      deadLetterQueueUrl: urlOf("StartDeadLetters"),
      deliverQueueUrl: urlOf("DeliverQueue"),
      bulkQueueUrl: urlOf("BulkQueue"),
      signingKey: "bench-signing-key-of-no-worth-at-all",
      configFile,
      simulated: true,
    },
    { SWITCHYARD_LOG_LEVEL: process.env["SWITCHYARD_LOG_LEVEL"] },
  );
  const set = Object.entries(environment).flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
  return {
    ...z.record(z.string(), z.string()).parse(Object.fromEntries(set)),
    [simulatedSecretVariable]: simulatedSecret,
  };
};

/** Asks for all servers with one bulk job. */
const requestBulk = async (task: OurTask, functions: Child, token: string): Promise<void> => {
  const body = JSON.stringify({
    connection: connectionName(task, 0),
    kind: "server.create",
    count: task.servers,
    template: { name: "bench-{{index}}", type: "DEV1-S", image: "ubuntu_noble" },
  });
  functions.send({ path: bulkPath, key: "bench", token, body });
  const { answer } = await functions.next(answeredSchema);
  if (answer.statusCode !== 202)
    throw new Error(`The bulk job was answered ${answer.statusCode}: ${answer.body}`);
};

/** Sends the requests as an outside sender does: whole requests, each with its idempotency key, ten to a batch. */
const request = async (task: OurTask, queueUrl: string, endpoint: string): Promise<void> => {
  const client = new SQSClient({ region: localRegion, endpoint, credentials: localCredentials });
  const entries = Array.from({ length: task.servers }, (_, index) => ({
    Id: String(index),
    MessageBody: JSON.stringify({
      connection: connectionName(task, index),
      kind: "server.create",
      input: { name: `bench-${index + 1}`, type: "DEV1-S", image: "ubuntu_noble" },
      idempotency_key: `bench-${index + 1}`,
    }),
  }));
  for (let from = 0; from < entries.length; from += 10) {
    await client.send(
      new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries.slice(from, from + 10) }),
    );
  }
  client.destroy();
};

/** Provisions servers with the deployed functions; they, the stand-ins and the provider are processes of their own. */
export const runOurs = async (task: OurTask, provider: ProviderProcess): Promise<Run> => {
  const deployment = await readDeployment(join(import.meta.dirname, "../serverless.yml"), localStage);
  const folder = mkdtempSync(join(tmpdir(), "switchyard-bench-"));
  const configFile = join(folder, "connections.yaml");
  writeFileSync(configFile, configuration(task, provider.url));
  const engines = Child.start("engines.ts", { expected: task.servers });
  const children = [engines];
  try {
    const ready = await engines.next(enginesReadySchema);
    const environment = environmentOf(deployment, ready, configFile);
    const functions = Child.start(
      "our-client.ts",
      { queueEndpoint: ready.queue, bundles: (await bundles()).functions },
      environment,
    );
    children.push(functions);
    await functions.next(z.object({ ready: z.literal(true) }));
    functions.send("go");
    const startedAt = Date.now();
    const told = engines.next(allToldSchema);
    const startQueue = `${ready.directQueue}/000000000000/${queueName(deployment, "StartQueue")}`;
    if (task.asked === "bulk") await requestBulk(task, functions, environment["SWITCHYARD_API_KEY"] ?? "");
    else await request(task, startQueue, ready.directQueue);
    await Promise.race([told, sleep(task.patienceMilliseconds, undefined, { ref: false })]);
    await sleep(settleMilliseconds);
    functions.send("report");
    const usage = await functions.next(usageSchema);
    engines.send("report");
    const { counts, ends, usage: engineUsage } = await engines.next(enginesReportSchema);
    return {
      requested: task.servers,
      startedAt,
      claims: ends.map(({ resourceId, state, error, endedAt, toldAt }) => ({
        serverId: resourceId,
        error: state === "succeeded" ? null : (error ?? state),
        seenAt: endedAt,
        toldAt,
      })),
      servers: await provider.servers(),
      calls: await provider.calls(),
      ...usage,
      engines: counts,
      engineUsage,
    };
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
};
