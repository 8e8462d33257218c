import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQSClient } from "@aws-sdk/client-sqs";
import { setTimeout as sleep } from "node:timers/promises";
import { checkedConnections } from "../lib/checked-connections.ts";
import { connectionsOfFile } from "../lib/connections.ts";
import { startBus } from "./bus-endpoint.ts";
import { type ConnectionSource, simulatedDocument, simulatedSecret } from "./default-connection.ts";
import {
  type DeployedFunction,
  type DeployedQueue,
  type Deployment,
  localStage,
  readDeployment,
} from "./deployment.ts";
import { embeddedQueueArn, type EmbeddedQueues, startEmbeddedQueues } from "./embedded-queue.ts";
import { localCredentials, localRegion, startEmbeddedTable } from "./embedded-table.ts";
import { applyEnvironment, localEnvironment } from "./environment.ts";
import { startEventSource } from "./event-source.ts";
import { createRunner, importHandlers, type Invoke } from "./function-runner.ts";
import { startHttpFront } from "./http-front.ts";
import { httpFunctions } from "./http-functions.ts";
import { queueDefinitions, releaseReceived } from "./queue-attributes.ts";
import { startSchedule } from "./schedules.ts";
import { type StackFile, type StateDirectory, takeStateDirectory } from "./state-directory.ts";

/** How an embedded stack is to be started. It sets this process's environment: one stack a process. */
export interface StackOptions {
  /** Root of the repository: where serverless.yml and functions/ are. */
  readonly root: string;
  readonly port: number;
  /** Whether another port will do when this one is taken. */
  readonly exactPort: boolean;
  /** Null: nothing outlives the process. */
  readonly stateDirectory: string | null;
  /** Whether to begin with an empty state directory. */
  readonly reset: boolean;
  readonly connections: ConnectionSource;
  /** Told of what failed outside of any handler. */
  readonly report: (message: string, error: unknown) => void;
}

export interface Stack {
  readonly url: string;
  readonly queueEndpoint: string;
  /** The simulated provider, where there is one. */
  readonly simulatorUrl: string | null;
  /** Resolves within a second: what has begun is told to end, what did not end goes on at the next start. */
  readonly stop: () => Promise<void>;
}

/** Durations and latencies of the simulated provider are the real one's divided by it. */
export const simulatorSpeed = 20;
export const simulatorSeed = 42;
const tableName = "switchyard-local";
const busName = "switchyard-local";
/** How long invocations that have begun may take to end when the stack stops. */
const graceMilliseconds = 600;

/** Stops parts in the reverse order of their start. */
class Parts {
  readonly #stops: (() => unknown)[] = [];
  add(stop: () => unknown): void {
    this.#stops.push(stop);
  }
  /** Each is stopped, whatever becomes of the others. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).toReversed()) await Promise.allSettled([(async () => stop())()]);
  }
}

const queueById = (deployment: Deployment, id: string): DeployedQueue => {
  const queue = deployment.queues.find((candidate) => candidate.id === id);
  if (queue === undefined) throw new Error(`serverless.yml has no queue ${id}`);
  return queue;
};

/** Starts the simulated provider; its code is loaded only where it is needed. */
const startProvider = async (options: StackOptions, state: StateDirectory | null, parts: Parts) => {
  if (options.connections.from !== "simulator") return null;
  const { startSimulator } = await import("../simulators/start-simulator.ts");
  const simulator = await startSimulator({
    dialect: "scaleway-instance",
    seed: simulatorSeed,
    speed: simulatorSpeed,
    latency: { factor: 1 / simulatorSpeed },
    secret: simulatedSecret,
    ...(state === null ? {} : { stateDirectory: state.provider }),
  });
  parts.add(() => simulator.close());
  return simulator.url;
};

/** The configuration document that the functions read; null where the environment itself says it. */
const configFileOf = (
  { connections }: StackOptions,
  state: StateDirectory | null,
  simulatorUrl: string | null,
  parts: Parts,
): string | null => {
  if (connections.from === "file") return connections.path;
  if (simulatorUrl === null) return null;
  let path = state?.configFile;
  if (path === undefined) {
    const folder = mkdtempSync(join(tmpdir(), "switchyard-"));
    parts.add(() => rmSync(folder, { recursive: true, force: true }));
    path = join(folder, "simulated.yaml");
  }
  writeFileSync(path, simulatedDocument(simulatorUrl), { mode: 0o600 });
  return path;
};

interface Engines {
  readonly queues: EmbeddedQueues;
  readonly tableEndpoint: string;
  readonly simulatorUrl: string | null;
}

const startEngines = async (
  options: StackOptions,
  deployment: Deployment,
  state: StateDirectory | null,
  parts: Parts,
): Promise<Engines> => {
  if (state !== null) releaseReceived(state.queues);
  const [queues, table, simulatorUrl] = await Promise.all([
    startEmbeddedQueues({
      queues: queueDefinitions(deployment.queues),
      ...(state === null ? {} : { dataDir: state.queues }),
    }),
    startEmbeddedTable({ table: tableName, ...(state === null ? {} : { path: state.table }) }),
    startProvider(options, state, parts),
  ]);
  parts.add(() => queues.stop());
  parts.add(() => table.stop());
  return { queues, tableEndpoint: table.endpoint, simulatorUrl };
};

/** Connects functions to what makes them run, as their triggers say. */
const wire = (
  options: StackOptions,
  deployment: Deployment,
  wiring: {
    readonly invoke: Invoke;
    readonly settled: () => Promise<unknown>;
    readonly client: SQSClient;
    readonly queues: EmbeddedQueues;
    readonly parts: Parts;
  },
): void => {
  const { invoke, parts } = wiring;
  const run = (called: DeployedFunction, event: unknown): void => {
    invoke(called, event).catch((error: unknown) => options.report(`${called.name} failed`, error));
  };
  const sources: { readonly stop: () => Promise<void> }[] = [];
  for (const called of deployment.functions) {
    for (const trigger of called.triggers) {
      if (trigger.on === "queue") {
        const { name } = queueById(deployment, trigger.queue);
        const { batchSize, maximumConcurrency, partialFailures } = trigger;
        sources.push(
          startEventSource({
            client: wiring.client,
            queueUrl: wiring.queues.urlOf(name),
            queueArn: embeddedQueueArn(name),
            batchSize,
            maximumConcurrency,
            partialFailures,
            invoke: (event) => invoke(called, event),
            report: options.report,
          }),
        );
      } else if (trigger.on === "schedule" && trigger.enabled) {
        for (const expression of trigger.rate) {
          const fire = (event: unknown): void => run(called, event);
          const schedule = startSchedule({ expression, input: trigger.input, fire });
          parts.add(() => schedule.stop());
        }
      }
    }
  }
  // Then wait for what has begun; then ask the sources to begin nothing more: parts stop in the reverse order.
  parts.add(() => Promise.race([wiring.settled(), sleep(graceMilliseconds)]));
  parts.add(() => void sources.map(({ stop }) => stop()));
};

const writeStackFile = (path: string, content: StackFile): void =>
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);

/** Rules of serverless.yml: to functions by `eventBridge`, to queues as resources. */
const rulesOf = (
  deployment: Deployment,
  invoke: Invoke,
  send: (queueName: string, body: string) => Promise<unknown>,
) => [
  ...deployment.functions.flatMap((called) =>
    called.triggers.flatMap((trigger) =>
      trigger.on === "bus"
        ? [{ pattern: trigger.pattern, deliver: (event: unknown) => invoke(called, event) }]
        : [],
    ),
  ),
  ...deployment.rules.flatMap(({ pattern, targets }) =>
    targets.map((target) => ({
      pattern,
      deliver: (event: unknown) => send(queueById(deployment, target).name, JSON.stringify(event)),
    })),
  ),
];

/** @throws Error when the API does not answer that it is well */
const mustAnswer = async (url: string): Promise<void> => {
  const answer = await fetch(`${url}/healthz`);
  const body = await answer.text();
  if (!answer.ok) throw new Error(`The API is not well: ${answer.status} ${body}`);
};

const startParts = async (options: StackOptions, parts: Parts): Promise<Omit<Stack, "stop">> => {
  const deployment = await readDeployment(join(options.root, "serverless.yml"), localStage);
  if (options.connections.from === "file")
    checkedConnections(await connectionsOfFile(options.connections.path));
  const state =
    options.stateDirectory === null ? null : takeStateDirectory(options.stateDirectory, options.reset);
  if (state !== null) parts.add(() => state.release());
  const front = await startHttpFront(options);
  parts.add(() => front.stop());
  const { queues, tableEndpoint, simulatorUrl } = await startEngines(options, deployment, state, parts);
  const client = new SQSClient({
    region: localRegion,
    endpoint: queues.endpoint,
    credentials: localCredentials,
  });
  parts.add(() => client.destroy());
  const stopping = new AbortController();
  const { invoke, settled } = createRunner(importHandlers(options.root), stopping.signal);
  const send = async (queueName: string, body: string): Promise<unknown> => {
    const { SendMessageCommand } = await import("@aws-sdk/client-sqs");
    return client.send(new SendMessageCommand({ QueueUrl: queues.urlOf(queueName), MessageBody: body }));
  };
  const bus = await startBus({ busName, rules: rulesOf(deployment, invoke, send), report: options.report });
  parts.add(() => bus.stop());
  const settings = {
    deployment: localStage,
    table: tableName,
    bus: busName,
    endpoints: { table: tableEndpoint, queue: queues.endpoint, bus: bus.endpoint },
    startQueueUrl: queues.urlOf(queueById(deployment, "StartQueue").name),
    followQueueUrl: queues.urlOf(queueById(deployment, "FollowQueue").name),
    deadLetterQueueUrl: queues.urlOf(queueById(deployment, "StartDeadLetters").name),
    deliverQueueUrl: queues.urlOf(queueById(deployment, "DeliverQueue").name),
    bulkQueueUrl: queues.urlOf(queueById(deployment, "BulkQueue").name),
    signingKey: state === null ? randomBytes(32).toString("base64url") : state.signingKey(),
    configFile: configFileOf(options, state, simulatorUrl, parts),
    simulated: simulatorUrl !== null,
  };
  applyEnvironment(process.env, localEnvironment(deployment, settings, process.env));
  wire(options, deployment, { invoke, settled, client, queues, parts });
  const functionFor = httpFunctions(deployment);
  front.serve((event) => invoke(functionFor(event.rawPath), event));
  parts.add(() => stopping.abort());
  if (state !== null) {
    writeStackFile(state.stackFile, { pid: process.pid, url: front.url, queue_endpoint: queues.endpoint });
  }
  await mustAnswer(front.url);
  return { url: front.url, queueEndpoint: queues.endpoint, simulatorUrl };
};

/**
 * Starts the embedded stack in this process and resolves when requests are answered.
 * @throws PortBusy, StateInUse, BadConfiguration, ZodError when serverless.yml says what cannot be run here
 */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  const parts = new Parts();
  let stopped = false;
  // What fails because the stack stops under it is no news: it goes on at the next start.
  const report: StackOptions["report"] = (message, error) => {
    if (!stopped) options.report(message, error);
  };
  const stop = (): Promise<void> => {
    stopped = true;
    return parts.stop();
  };
  try {
    return { ...(await startParts({ ...options, report }, parts)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
