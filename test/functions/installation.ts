import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { SwitchyardEvent } from "../../events/event.ts";
import { eventSchema } from "../../events/event.ts";
import { operationRequestSchema, type OperationRequest } from "../../events/operation-request.ts";
import { acceptOperation } from "../../lib/flows/accept-operation.ts";
import type { Operation } from "../../lib/operation/operation.ts";
import { startBus } from "../../local/bus-endpoint.ts";
import { startEmbeddedQueues } from "../../local/embedded-queue.ts";
import { localCredentials, localRegion, startEmbeddedTable } from "../../local/embedded-table.ts";
import { startSimulator, type Simulator } from "../../simulators/start-simulator.ts";
import { v4Server } from "../providers/convoy-v4-panel.ts";

export type DialectName =
  | "scaleway-instance"
  | "scaleway-compute"
  | "scaleway-draft"
  | "convoy-v0"
  | "scaleway-v1"
  | "convoy-v4";

const owner = "105bdce1-64c0-48ab-899d-868455867ecf";
const places = {
  "scaleway-instance": { zone: "fr-par-1", project: owner },
  "scaleway-compute": { region: "par1", organization: owner },
  "scaleway-draft": { organization: owner },
  "convoy-v0": {},
  "convoy-v4": {},
  "scaleway-v1": { organization: owner },
} as const;
/** A server that each dialect can make. */
export const machines = {
  "scaleway-instance": { type: "DEV1-S", image: "ubuntu_noble" },
  "scaleway-compute": { type: "VC1S", image: "85917034-46b0-4cc5-8b48-f0a2245e357e" },
  "scaleway-draft": { image: "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397" },
  "convoy-v0": { type: "new", node_id: 1, user_id: 1, template_id: 1 },
  "scaleway-v1": { image: "image-1" },
  "convoy-v4": v4Server,
} as const;

const contextOf = (seconds: number) => {
  const end = Date.now() + seconds * 1000;
  return { getRemainingTimeInMillis: () => end - Date.now() };
};

/** The functions as deployed, on an embedded table, queue and bus and a simulated provider. One a test file. */
export interface Installation {
  readonly simulator: Simulator;
  /** Everything that came over the bus. */
  readonly events: readonly SwitchyardEvent[];
  /** Takes a request as the API does, and gives the operation's id. */
  readonly accept: (request: unknown, key: string) => Promise<string>;
  /** Invokes the deployed `start-operation` with these message bodies; gives what failed. */
  readonly start: (bodies: readonly unknown[], receiveCount?: number) => Promise<readonly string[]>;
  /** Invokes the deployed `follow-operations` as the clock does. */
  readonly follow: () => Promise<void>;
  /** Accepts, starts and follows to the end. */
  readonly run: (request: unknown, key: string) => Promise<Operation>;
  readonly operation: (id: string) => Promise<Operation>;
  readonly deadLetters: () => Promise<readonly { readonly body: string; readonly reason: string | null }[]>;
  readonly stop: () => Promise<void>;
}

const startParts = async (dialect: DialectName, speed: number) => {
  const events: SwitchyardEvent[] = [];
  const table = await startEmbeddedTable({ table: "switchyard-test" });
  const queues = await startEmbeddedQueues({
    queues: ["start", "follow", "deliver", "bulk", "dead"].map((name) => ({ name })),
  });
  const simulator = await startSimulator({ dialect, seed: 7, speed });
  const bus = await startBus({
    busName: "bus",
    rules: [{ pattern: {}, deliver: async (event) => events.push(eventSchema.parse(event["detail"])) }],
    report: (message, error) => {
      throw new Error(message, { cause: error });
    },
  });
  return { events, table, queues, simulator, bus };
};

const environmentOf = (parts: Awaited<ReturnType<typeof startParts>>, configFile: string) => ({
  SWITCHYARD_TABLE: "switchyard-test",
  SWITCHYARD_START_QUEUE_URL: parts.queues.urlOf("start"),
  SWITCHYARD_FOLLOW_QUEUE_URL: parts.queues.urlOf("follow"),
  SWITCHYARD_DEAD_LETTER_QUEUE_URL: parts.queues.urlOf("dead"),
  SWITCHYARD_DELIVER_QUEUE_URL: parts.queues.urlOf("deliver"),
  SWITCHYARD_BULK_QUEUE_URL: parts.queues.urlOf("bulk"),
  SWITCHYARD_SIGNING_KEY_REFERENCE: "env:SWITCHYARD_SIGNING_KEY",
  SWITCHYARD_SIGNING_KEY: "a signing key of more than thirty-two bytes",
  SWITCHYARD_BUS: "bus",
  SWITCHYARD_DEPLOYMENT: "test",
  SWITCHYARD_API_KEY_REFERENCE: "env:SWITCHYARD_API_KEY",
  SWITCHYARD_API_KEY: "swy_test",
  SWITCHYARD_LOG_LEVEL: "ERROR",
  SWITCHYARD_CONFIG: configFile,
  PROVIDER_SECRET: "11111111-2222-4333-8444-555555555555",
  AWS_REGION: localRegion,
  AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  AWS_ENDPOINT_URL_DYNAMODB: parts.table.endpoint,
  AWS_ENDPOINT_URL_SQS: parts.queues.endpoint,
  AWS_ENDPOINT_URL_EVENTBRIDGE: parts.bus.endpoint,
  POWERTOOLS_METRICS_DISABLED: "true",
});

/** Starts everything and imports the handlers that are deployed. `speed` divides the provider's durations. */
export const openInstallation = async (
  dialect: DialectName,
  speed = 40,
  more: readonly {
    readonly name: string;
    /** Whatever else stands in the configuration of a connection. */
    readonly [setting: string]: unknown;
  }[] = [{ name: "paris" }],
  environment: Readonly<Record<string, string>> = {},
): Promise<Installation> => {
  const parts = await startParts(dialect, speed);
  const folder = mkdtempSync(join(tmpdir(), "switchyard-test-"));
  const configFile = join(folder, "switchyard.yaml");
  const connection = {
    provider: dialect,
    api_url: parts.simulator.url,
    secret: "env:PROVIDER_SECRET",
    rate_per_second: 200,
    ...places[dialect],
  };
  writeFileSync(configFile, JSON.stringify({ connections: more.map((one) => ({ ...connection, ...one })) }));
  Object.assign(process.env, environmentOf(parts, configFile), environment);
  const { handler: startHandler } = await import("../../functions/start-operation.ts");
  const { handler: followHandler } = await import("../../functions/follow-operations.ts");
  const { openPorts } = await import("../../lib/wiring.ts");
  const ports = await openPorts();
  const sqs = new SQSClient({
    region: localRegion,
    endpoint: parts.queues.endpoint,
    credentials: localCredentials,
  });

  const accept = async (request: unknown, key: string): Promise<string> => {
    const parsed: OperationRequest = operationRequestSchema.parse(request);
    return (await acceptOperation(parsed, key, ports)).operation.id;
  };
  const start = async (bodies: readonly unknown[], receiveCount = 1): Promise<readonly string[]> => {
    const Records = bodies.map((body, index) => ({
      messageId: `m${index}`,
      body: typeof body === "string" ? body : JSON.stringify(body),
      attributes: { ApproximateReceiveCount: String(receiveCount) },
    }));
    const { batchItemFailures } = await startHandler({ Records }, contextOf(30));
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  const follow = async (): Promise<void> => {
    await followHandler({ source: "aws.events" }, contextOf(90));
  };
  const operation = async (id: string): Promise<Operation> => {
    const found = await ports.operations.load(id);
    if (found === null) throw new Error(`There is no operation ${id}.`);
    return found;
  };
  return {
    simulator: parts.simulator,
    events: parts.events,
    accept,
    start,
    follow,
    operation,
    run: async (request, key) => {
      const id = await accept(request, key);
      await start([{ v: 1, operation_id: id }]);
      await follow();
      return operation(id);
    },
    deadLetters: async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: parts.queues.urlOf("dead"),
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ["All"],
          VisibilityTimeout: 0,
        }),
      );
      return Messages.map(({ Body = "", MessageAttributes }) => ({
        body: Body,
        reason: MessageAttributes?.["reason"]?.StringValue ?? null,
      }));
    },
    stop: async () => {
      sqs.destroy();
      await parts.simulator.close();
      await parts.bus.stop();
      await parts.queues.stop();
      await parts.table.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
