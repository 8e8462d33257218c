import * as z from "zod";
import type { Connection } from "../../../lib/connection.ts";
import { followOperations } from "../../../lib/flows/follow-operations.ts";
import { startMessages } from "../../../lib/flows/start-messages.ts";
import { tickSchedules } from "../../../lib/flows/tick-schedules.ts";
import { apiRoutes } from "../../../lib/http/api-routes.ts";
import { schedulesRoutes } from "../../../lib/http/schedules-routes.ts";
import { httpHandler } from "../../../lib/lambda/http-stack.ts";
import { queueHandler } from "../../../lib/lambda/queue-stack.ts";
import { tickHandler } from "../../../lib/lambda/tick-stack.ts";
import { CellBudget } from "../../../lib/platform/cell-budget.ts";
import { Overheard } from "../../fuzz/overheard.ts";
import type { MemoryFeed } from "../../memory/memory-feed.ts";
import { Exchange, type Weather } from "../exchange.ts";
import { Mailbox, type Mailboxes, type Message } from "../mailboxes.ts";
import type { Personality } from "../personality.ts";
import { Sandbox, type Invocation } from "../sandbox.ts";
import { SimulatedBus } from "../simulated-bus.ts";
import { SimulatedCells } from "../simulated-cells.ts";
import { SimulatedDeliveries } from "../simulated-deliveries.ts";
import { SimulatedDocuments } from "../simulated-documents.ts";
import { sharedFeed, SimulatedFeed } from "../simulated-feed.ts";
import { simulatedLog } from "../simulated-log.ts";
import { SimulatedOperations } from "../simulated-operations.ts";
import { SimulatedProvider } from "../simulated-provider.ts";
import { SimulatedQueue } from "../simulated-queue.ts";
import { SimulatedSecrets } from "../simulated-secrets.ts";
import { SimulatedTable } from "../simulated-table.ts";
import { openSite, type Site } from "../site.ts";
import { type TableFaults, tableFaults } from "../table-faults.ts";
import type { World } from "../world.ts";
import { ListingProvider } from "./listing-provider.ts";
import { Scheduler } from "./scheduler.ts";
import { TurningClock } from "./turning-clock.ts";

export type FunctionName = "schedules" | "api" | "tick" | "start" | "follow";
/** Milliseconds that a function may take (serverless.yml). */
const timeouts: Readonly<Record<FunctionName, number>> = {
  schedules: 29_000,
  api: 29_000,
  tick: 90_000,
  start: 30_000,
  follow: 90_000,
};

type Handler = (event: unknown, context: { getRemainingTimeInMillis: () => number }) => Promise<unknown>;
interface Open {
  readonly sandbox: Sandbox;
  readonly handler: Handler;
}

/** How an invocation ended. */
export type Ending = { readonly value: unknown } | { readonly fault: string };

const failuresSchema = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });

const wordsOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join("; ");
  return error instanceof Error ? error.message : "unknown";
};

/** The installation: the deployed handlers of schedules in sandboxes that come and go, the clock, and the provider. */
export class Plant {
  readonly world: World;
  readonly site: Site;
  readonly table: SimulatedTable;
  readonly mailboxes: Mailboxes;
  readonly connection: Connection;
  readonly overheard: Overheard;
  readonly scheduler: Scheduler;
  /** Servers that are protected at the provider. */
  readonly protected = new Set<string>();
  /** Invocations that go on. */
  running = 0;
  /** Faults with which ticks ended by themselves. */
  readonly thrown: { readonly at: number; readonly name: string; readonly fault: string }[] = [];
  readonly #checks: boolean;
  readonly #pageSize: number;
  readonly #feed: MemoryFeed;
  readonly #faults: TableFaults;
  readonly #weather: Weather = { stormUntil: 0, forbiddenUntil: 0, asked: new Set() };
  readonly #idle: Readonly<Record<FunctionName, Open[]>> = {
    schedules: [],
    api: [],
    tick: [],
    start: [],
    follow: [],
  };
  #tickers = 0;
  #invocations = 0;
  #sandboxes = 0;

  constructor(world: World, personality: Personality) {
    this.world = world;
    this.connection = personality.connection;
    this.#checks = world.settings.seed % 16 === 0;
    this.overheard = new Overheard(this.#checks);
    this.#pageSize = world.chance.split("pages").pick([2, 3, 100, 100]);
    this.site = openSite(world, personality);
    this.table = new SimulatedTable(() => world.now);
    this.#faults = tableFaults(world);
    this.#feed = sharedFeed({ now: () => world.now, sleep: () => Promise.resolve() }, this.#checks);
    this.scheduler = new Scheduler(this);
    const wire = (name: "start" | "follow", visibility: number, width: number): Mailbox =>
      new Mailbox(world, {
        name,
        batchSize: 10,
        width,
        visibilityMilliseconds: visibility,
        maxReceiveCount: 5,
        deliver: (messages, over) => this.#deliver(name, messages, over),
      });
    this.mailboxes = { start: wire("start", 180_000, 5), follow: wire("follow", 720_000, 2) };
  }

  /** Whether nothing is under way: no operation, no message, no call. */
  get isQuiet(): boolean {
    const { start, follow } = this.mailboxes;
    const outstanding = start.outstanding + follow.outstanding + this.site.cloud.landing;
    return this.running === 0 && outstanding === 0 && !this.scheduler.isFollowerNeeded;
  }

  /** Runs a function with an event, in a sandbox that is free or a new one. */
  invoke(name: FunctionName, event: unknown, over: (ending: Ending) => void): void {
    const { world } = this;
    const { sandbox, handler } = this.#idle[name].pop() ?? this.#open(name);
    this.#invocations += 1;
    this.#count(name, 1);
    const number = this.#invocations;
    const deadline = world.now + timeouts[name];
    const invocation: Invocation = { number, name, deadline, over: false, pending: 0, stalled: false };
    sandbox.current = invocation;
    const end = (ending: Ending): void => {
      this.#count(name, -1);
      invocation.over = true;
      sandbox.current = null;
      this.scheduler.expect();
      over(ending);
    };
    sandbox.onKilled = () => end({ fault: "killed" });
    world.at(deadline, () => {
      if (invocation.over) return;
      world.record({ what: "invocation overdue", name, stalled: invocation.stalled });
      world.sometimes("an invocation was ended by its timeout");
      sandbox.kill("its timeout");
    });
    const finish = (ending: Ending): void => {
      if (invocation.over) return;
      world.record({ what: "invocation over", name, pending: invocation.pending });
      this.overheard.answer(ending);
      this.#idle[name].push({ sandbox, handler });
      end(ending);
    };
    world.say(() => `${sandbox.name} begins invocation ${number}`);
    handler(event, { getRemainingTimeInMillis: () => deadline - world.now }).then(
      (value) => finish({ value }),
      (error: unknown) => {
        const fault = wordsOf(error);
        this.thrown.push({ at: world.now, name, fault });
        world.say(() => `${sandbox.name} throws ${fault}`);
        finish({ fault });
      },
    );
  }

  #count(name: FunctionName, change: 1 | -1): void {
    this.running += change;
    if (name !== "tick") return;
    this.#tickers += change;
    if (change === 1 && this.#tickers > 1) this.world.sometimes("two tickers at the same time");
  }

  #deliver(
    name: "start" | "follow",
    messages: readonly Message[],
    over: (failed: ReadonlySet<string> | "all") => void,
  ): void {
    const records = messages.map(({ id, body, receiveCount }) => ({
      messageId: id,
      body,
      attributes: { ApproximateReceiveCount: String(receiveCount) },
    }));
    this.invoke(name, { Records: records }, (ending) => {
      if ("fault" in ending) return over("all");
      const { batchItemFailures } = failuresSchema.parse(ending.value);
      over(new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)));
    });
  }

  #portsIn(sandbox: Sandbox) {
    const { table, connection, site, world } = this;
    const faults = this.#faults;
    const cells = new SimulatedCells(table, sandbox, faults);
    const randomness = { fraction: () => sandbox.chance.fraction(), token: () => sandbox.chance.token() };
    const budget = new CellBudget({ cells, clock: sandbox, randomness });
    const secrets = new SimulatedSecrets(sandbox);
    const exchange = new Exchange(site, sandbox, budget, connection, this.#weather);
    const inner = new SimulatedProvider(site, sandbox, { budget, secrets }, connection, this.#weather);
    const pageSize = this.#pageSize;
    const provider = new ListingProvider(inner, {
      site,
      sandbox,
      budget,
      exchange,
      connection,
      pageSize,
      protected: this.protected,
    });
    return this.overheard.ports({
      operations: new SimulatedOperations(table, sandbox, faults, this.#checks),
      cells,
      documents: new SimulatedDocuments(table, sandbox, faults),
      deliveries: new SimulatedDeliveries(table, sandbox, faults, this.#checks),
      feed: new SimulatedFeed(this.#feed, sandbox, faults),
      queue: new SimulatedQueue(this.mailboxes, sandbox),
      bus: new SimulatedBus(sandbox),
      budget,
      providers: {
        connection: (asked: string) => (asked === connection.name ? connection : null),
        connections: () => [connection],
        dialect: () => provider.dialect,
        provider: () => provider,
      },
      secrets,
      clock: sandbox,
      randomness,
      log: simulatedLog(world, sandbox.name),
      deployment: "sim",
      apiKeyReference: "env:API_KEY",
      signingKeyReference: "env:SIGNING_KEY",
      allowsLoopbackEndpoints: false,
    });
  }

  #open(name: FunctionName): Open {
    this.#sandboxes += 1;
    const label = `${name}-${this.#sandboxes}`;
    const chance = this.world.chance.split(label);
    const sandbox =
      name === "tick" ? new TurningClock(this.world, label, chance) : new Sandbox(this.world, label, chance);
    const ports = this.#portsIn(sandbox);
    const open = (): Promise<typeof ports> => Promise.resolve(ports);
    const handlers: Readonly<Record<FunctionName, () => Handler>> = {
      schedules: () => httpHandler(open, schedulesRoutes),
      api: () => httpHandler(open, apiRoutes),
      tick: () => tickHandler(open, tickSchedules),
      start: () => queueHandler(open, startMessages),
      follow: () => tickHandler(open, followOperations),
    };
    return { sandbox, handler: handlers[name]() };
  }
}
