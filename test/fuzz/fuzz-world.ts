import { connectionSchema, dialectNames, type Connection } from "../../lib/connection.ts";
import { deliverWebhooks } from "../../lib/flows/deliver-webhooks.ts";
import { followOperations } from "../../lib/flows/follow-operations.ts";
import { runBulkJobs } from "../../lib/flows/run-bulk-jobs.ts";
import { startMessages } from "../../lib/flows/start-messages.ts";
import { sweepOrphans } from "../../lib/flows/sweep-orphans.ts";
import { routes } from "../../lib/http/routes.ts";
import { httpHandler } from "../../lib/lambda/http-stack.ts";
import { deliverHandler } from "../../lib/lambda/deliver-stack.ts";
import { queueHandler } from "../../lib/lambda/queue-stack.ts";
import { tickHandler } from "../../lib/lambda/tick-stack.ts";
import type { OpenLog } from "../../lib/log.ts";
import type { Provider } from "../../lib/ports/provider.ts";
import type { AdapterPorts } from "../../lib/providers/adapter-ports.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { openFlowWorld } from "../flows/flow-world.ts";
import { smallDialect } from "../http/small-dialect.ts";
import type { VirtualClock } from "../memory/virtual-clock.ts";
import { ofDialect } from "../providers/open-provider.ts";
import { Chance } from "../simulation/chance.ts";
import type { Effects } from "../simulation/sandbox.ts";
import { SimulatedOperations } from "../simulation/simulated-operations.ts";
import { SimulatedTable } from "../simulation/simulated-table.ts";
import { calmTable } from "../simulation/table-faults.ts";
import { canariesOf, canaryOf, CanaryWatch, type Canary } from "./canaries.ts";
import { EchoingClient, healthyProvider, receivers } from "./fuzz-provider.ts";
import { failingPort, watchedPorts } from "./watched-ports.ts";

const connectionOf = (
  name: string,
  provider: Connection["provider"],
  more: Partial<Connection> = {},
): Connection =>
  connectionSchema.parse({
    name,
    provider,
    api_url: "https://provider.example",
    secret: "env:PROVIDER_SECRET",
    rate_per_second: 1000,
    ...ofDialect[provider],
    ...more,
  });

/** One connection a dialect whose provider is in memory, and one whose provider repeats whatever it is sent. */
const connections: readonly Connection[] = [
  ...dialectNames.map((name) => connectionOf(name, name, { suspend_is_stop: true })),
  ...dialectNames.map((name) => connectionOf(`echo-${name}`, name)),
];

/** What does not work at the moment. */
export interface Weather {
  table: boolean;
  deadLetters: boolean;
}

/** Puts and reads that happen at once, or not at all. */
const atOnce = (clock: VirtualClock, weather: Weather): Effects => ({
  now: () => clock.now(),
  run: async (effect) => {
    if (weather.table) throw new Error("The table does not answer.");
    const answer = effect.apply();
    if ("error" in answer) throw answer.error;
    return answer.value;
  },
});

const openProviders = (
  base: Omit<AdapterPorts, "http">,
  clock: VirtualClock,
  chance: Chance,
): ReadonlyMap<string, Provider> => {
  const http = new EchoingClient(chance.split("echo"));
  return new Map(
    connections.map((connection) => [
      connection.name,
      connection.name.startsWith("echo-")
        ? dialects[connection.provider].open(connection, { ...base, http })
        : healthyProvider(connection, clock, chance.split(connection.name)),
    ]),
  );
};

/** A world of memory, with all that leaves it kept for the watch. */
const openPorts = (
  seed: number,
  canaries: readonly Canary[],
  weather: Weather,
  say: (text: string) => void,
) => {
  const { ports: base, clock } = openFlowWorld();
  const chance = new Chance(seed);
  const { secrets } = base;
  secrets.values.set("env:API_KEY", canaryOf(canaries, "api key"));
  secrets.values.set("env:PROVIDER_SECRET", canaryOf(canaries, "provider secret"));
  secrets.values.set("env:GUEST_PASSWORD", canaryOf(canaries, "account password"));
  secrets.values.set("env:SIGNING_KEY", canaryOf(canaries, "signing key"));
  secrets.values.set("env:HOOK_SECRET", canaryOf(canaries, "hook secret"));
  const table = new SimulatedTable(() => clock.now());
  const store = new SimulatedOperations(
    table,
    atOnce(clock, weather),
    calmTable(chance.split("table")),
    false,
  );
  const queue = failingPort(base.queue, "setAside", () => weather.deadLetters);
  const watched = watchedPorts({ ...base, queue, operations: store, log: { ...quietLog } }, say);
  const providers = openProviders(watched, clock, chance);
  const find = (name: string): Connection | null =>
    connections.find((connection) => connection.name === name) ?? null;
  const ports = {
    ...watched,
    providers: {
      connection: find,
      connections: () => connections,
      dialect: (connection: Connection) => dialects[connection.provider].dialect,
      provider: (connection: Connection): Provider => {
        const provider = providers.get(connection.name);
        if (provider === undefined) throw new Error(`There is no connection ${connection.name}.`);
        return provider;
      },
    },
    apiKeyReference: "env:API_KEY",
    http: receivers(chance.split("receivers")),
    signingKeyReference: "env:SIGNING_KEY",
    allowsLoopbackEndpoints: false,
    dialects: [smallDialect],
  };
  return { ports, clock, queue: base.queue, bus: base.bus };
};

const silence = (): void => {};
/** What it is told goes by the watch; nothing is remembered. */
const quietLog: OpenLog = {
  debug: silence,
  info: silence,
  warn: silence,
  error: silence,
  count: silence,
  flush: silence,
};

/** How an invocation ended: with an answer, or by what it threw. */
export type Ending = { readonly value: unknown } | { readonly thrown: string };

const context = { getRemainingTimeInMillis: () => 29_000 };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * The deployed handlers on ports in memory, which `renew` replaces by fresh ones: the world's identity stays, because
 * the description of the API is made once a world.
 */
export class FuzzWorld {
  readonly connections = connections.map(({ name, provider }) => ({ name, dialect: provider }));
  readonly weather: Weather = { table: false, deadLetters: false };
  /** The last error or warning that was logged. */
  lastError = "";
  canaries: readonly Canary[];
  watch: CanaryWatch;
  readonly #ports: ReturnType<typeof openPorts>["ports"];
  #opened: ReturnType<typeof openPorts>;
  /** What was said since the last look. */
  #said: string[] = [];
  readonly #handlers;

  constructor(seed: number) {
    this.canaries = canariesOf(seed);
    this.watch = new CanaryWatch(this.canaries);
    this.#opened = openPorts(seed, this.canaries, this.weather, (text) => this.say(text));
    // The description tells of all dialects. It is made once; views of them are made for each request, and take long
    // where no build has written them.
    this.#ports = { ...this.#opened.ports, dialects: Object.values(dialects).map(({ dialect }) => dialect) };
    const open = () => Promise.resolve(this.#ports);
    this.#handlers = {
      http: httpHandler(open, routes),
      start: queueHandler(open, startMessages),
      follow: tickHandler(open, followOperations),
      sweep: tickHandler(open, sweepOrphans),
      deliver: deliverHandler(open, deliverWebhooks),
      bulk: tickHandler(open, runBulkJobs),
    };
  }

  get queue() {
    return this.#opened.queue;
  }
  /** What the bus was given. */
  get published() {
    return this.#opened.bus.published;
  }
  get clock(): VirtualClock {
    return this.#opened.clock;
  }
  /** The ports as the handlers have them. */
  get ports() {
    return this.#ports;
  }

  /** A fresh world with other secrets. */
  renew(seed: number): void {
    this.canaries = canariesOf(seed);
    this.watch = new CanaryWatch(this.canaries);
    this.#opened = openPorts(seed, this.canaries, this.weather, (text) => this.say(text));
    Object.assign(this.#ports, this.#opened.ports);
    this.#said = [];
  }

  /** Runs a function as it is deployed, letting time pass while it sleeps. */
  async invoke(
    name: "http" | "start" | "follow" | "sweep" | "deliver" | "bulk",
    event: unknown,
  ): Promise<Ending> {
    const run: { ending: Ending | null } = { ending: null };
    const carryOut = async (): Promise<void> => {
      try {
        run.ending = { value: await this.#handlers[name](event, context) };
      } catch (error) {
        run.ending = { thrown: error instanceof Error ? (error.stack ?? error.message) : "unknown fault" };
      }
    };
    void carryOut();
    for (;;) {
      await turn();
      if (run.ending !== null) return run.ending;
      if (this.clock.sleeping > 0) await this.clock.advance(250);
    }
  }

  say(text: string): void {
    if (text.startsWith("log.error") || text.startsWith("log.warn")) this.lastError = text;
    this.#said.push(text);
  }

  /** All that was said since the last time. */
  heard(): readonly string[] {
    const said = this.#said;
    this.#said = [];
    return said;
  }
}
