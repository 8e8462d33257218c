import { type BasePorts, basePorts } from "./base-wiring.ts";
import { processSettings, type Settings } from "./config.ts";
import type { Configuration, Connection } from "./connection.ts";
import { checkedConnections } from "./checked-connections.ts";
import { configurationOf, configurationOfFile, scwConnection } from "./connections.ts";
import type { TokenIssuer } from "./flows/token-keys.ts";
import type { OpenLog } from "./log.ts";
import { CellBudget } from "./platform/cell-budget.ts";
import { createUndiciHttpClient } from "./platform/undici-http-client.ts";
import type { Ports } from "./ports/ports.ts";
import type { Dialect, Provider, Providers } from "./ports/provider.ts";
import type { Secrets } from "./ports/secrets.ts";
import type { AdapterPorts } from "./providers/adapter-ports.ts";
import { dialects } from "./providers/registry.ts";

/** The world as the functions have it that know providers. Those that publish have a bus beside it. */
export interface OpenPorts extends Omit<Ports, "bus">, BasePorts {
  /** Where the API key is kept. */
  readonly apiKeyReference: string;
  /** Whose tokens are taken as keys are; null: nobody's. */
  readonly tokens: TokenIssuer | null;
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

const loadConfiguration = async (settings: Settings, secrets: Secrets): Promise<Configuration> => {
  if (settings.configFile !== null) return configurationOfFile(settings.configFile);
  const reference = settings.configParameter;
  if (reference !== null) return configurationOf(await secrets.read(reference), reference);
  return { connections: [...(await scwConnection(settings.environment)).connections], access: {} };
};

/** Puts the world together for these settings. The only place that knows both the ports and what is behind them. */
export const portsFor = async (settings: Settings): Promise<OpenPorts> => {
  const usesScw = settings.configFile === null && settings.configParameter === null;
  const environment = usesScw
    ? (await scwConnection(settings.environment)).environment
    : settings.environment;
  const base = basePorts(settings, environment);
  const { cells, clock, log, randomness, secrets } = base;
  const budget = new CellBudget({ cells, clock, randomness });
  const configuration = await loadConfiguration(settings, secrets);
  const connections = checkedConnections(configuration.connections);
  const http = createUndiciHttpClient();
  const { jwt } = configuration.access;
  return {
    ...base,
    budget,
    providers: providersFor(connections, { http, budget, secrets, log, clock }),
    apiKeyReference: settings.apiKeyReference,
    tokens: jwt === undefined ? null : { settings: jwt, http },
    dialects: Object.values(dialects).map(({ dialect }) => dialect),
  };
};

let opened: Promise<OpenPorts> | null = null;

/**
 * The world of this process, put together at the first call; a failure is not kept.
 * @param settings those of the process, unless whoever asks knows better
 */
export const openPorts = async (settings: () => Settings = processSettings): Promise<OpenPorts> => {
  opened ??= portsFor(settings());
  try {
    return await opened;
  } catch (error) {
    opened = null;
    throw error;
  }
};
