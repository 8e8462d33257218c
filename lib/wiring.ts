import { AwsSecrets } from "./aws/aws-secrets.ts";
import { busClient, queueClient, tableClient } from "./aws/clients.ts";
import { DynamoCells } from "./aws/dynamo-cells.ts";
import { DynamoFeed } from "./aws/dynamo-feed.ts";
import { DynamoOperations } from "./aws/dynamo-operations.ts";
import { EventBridgeBus } from "./aws/eventbridge-bus.ts";
import { SqsQueue } from "./aws/sqs-queue.ts";
import { processSettings, type Settings } from "./config.ts";
import type { Connection } from "./connection.ts";
import { BadConfiguration, connectionsOf, connectionsOfFile, scwConnection } from "./connections.ts";
import { createLog, type OpenLog } from "./log.ts";
import { CellBudget } from "./platform/cell-budget.ts";
import { systemClock } from "./platform/system-clock.ts";
import { systemRandomness } from "./platform/system-randomness.ts";
import { createUndiciHttpClient } from "./platform/undici-http-client.ts";
import type { Ports } from "./ports/ports.ts";
import type { Dialect, Provider, Providers } from "./ports/provider.ts";
import type { Secrets } from "./ports/secrets.ts";
import type { AdapterPorts } from "./providers/adapter-ports.ts";
import { dialects } from "./providers/registry.ts";

/** The world as the deployed functions have it. */
export interface OpenPorts extends Ports {
  /** Where the API key is kept. */
  readonly apiKeyReference: string;
  readonly log: OpenLog;
  /** Every dialect that there is, configured or not: the API describes them all. */
  readonly dialects: readonly Dialect[];
}

const providersFor = (connections: readonly Connection[], ports: AdapterPorts): Providers => {
  const byName = new Map(connections.map((connection) => [connection.name, connection]));
  const opened = new Map<string, Provider>();
  return {
    connection: (name) => byName.get(name) ?? null,
    connections: () => connections,
    dialect: (connection) => dialects[connection.provider].dialect,
    provider: (connection) => {
      const provider = opened.get(connection.name) ?? dialects[connection.provider].open(connection, ports);
      opened.set(connection.name, provider);
      return provider;
    },
  };
};

const checkedByDialect = (connections: readonly Connection[]): readonly Connection[] => {
  for (const connection of connections) {
    const fault = dialects[connection.provider].dialect.checkConnection(connection);
    if (fault !== null)
      throw new BadConfiguration(`Connection ${connection.name}, ${fault.field}: ${fault.detail}`);
  }
  return connections;
};

const loadConnections = async (settings: Settings, secrets: Secrets): Promise<readonly Connection[]> => {
  if (settings.configFile !== null) return connectionsOfFile(settings.configFile);
  if (settings.configParameter === null) return (await scwConnection(settings.environment)).connections;
  const reference = settings.configParameter;
  return connectionsOf(await secrets.read(reference), reference);
};

/** Puts the world together for these settings. The only place that knows both the ports and what is behind them. */
export const portsFor = async (settings: Settings): Promise<OpenPorts> => {
  const clock = systemClock;
  const log = createLog({ level: settings.logLevel });
  const usesScw = settings.configFile === null && settings.configParameter === null;
  const environment = usesScw
    ? (await scwConnection(settings.environment)).environment
    : settings.environment;
  const secrets = new AwsSecrets(settings.aws, environment, clock);
  const access = {
    client: tableClient(settings.aws),
    table: settings.table,
    clock,
    randomness: systemRandomness,
  };
  const cells = new DynamoCells(access);
  const budget = new CellBudget({ cells, clock, randomness: systemRandomness });
  const connections = checkedByDialect(await loadConnections(settings, secrets));
  return {
    operations: new DynamoOperations(access, log),
    cells,
    feed: new DynamoFeed(access, cells),
    queue: new SqsQueue(queueClient(settings.aws), {
      start: settings.startQueueUrl,
      follow: settings.followQueueUrl,
      deadLetters: settings.deadLetterQueueUrl,
    }),
    bus: new EventBridgeBus(busClient(settings.aws), settings.bus),
    budget,
    providers: providersFor(connections, { http: createUndiciHttpClient(), budget, secrets, log, clock }),
    secrets,
    clock,
    randomness: systemRandomness,
    log,
    deployment: settings.deployment,
    apiKeyReference: settings.apiKeyReference,
    dialects: Object.values(dialects).map(({ dialect }) => dialect),
  };
};

let opened: Promise<OpenPorts> | null = null;

/** The world of this process, put together at the first call; a failure is not kept. */
export const openPorts = async (): Promise<OpenPorts> => {
  opened ??= portsFor(processSettings());
  try {
    return await opened;
  } catch (error) {
    opened = null;
    throw error;
  }
};
