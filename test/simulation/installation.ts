import * as z from "zod";
import type { Connection } from "../../lib/connection.ts";
import { followOperations } from "../../lib/flows/follow-operations.ts";
import { sweepOrphans } from "../../lib/flows/sweep-orphans.ts";
import { startMessages } from "../../lib/flows/start-messages.ts";
import type { HttpWorld } from "../../lib/http/route.ts";
import { apiRoutes } from "../../lib/http/api-routes.ts";
import { httpHandler } from "../../lib/lambda/http-stack.ts";
import { queueHandler } from "../../lib/lambda/queue-stack.ts";
import { tickHandler } from "../../lib/lambda/tick-stack.ts";
import type { Ports } from "../../lib/ports/ports.ts";
import type { OpenLog } from "../../lib/log.ts";
import { CellBudget } from "../../lib/platform/cell-budget.ts";
import { Overheard } from "../fuzz/overheard.ts";
import type { MemoryFeed } from "../memory/memory-feed.ts";
import type { Cloud } from "./cloud.ts";
import type { Weather } from "./exchange.ts";
import { Mailbox, type Mailboxes, type Message } from "./mailboxes.ts";
import { Sandbox, type Invocation } from "./sandbox.ts";
import { SimulatedBus } from "./simulated-bus.ts";
import { SimulatedCells } from "./simulated-cells.ts";
import { SimulatedDeliveries } from "./simulated-deliveries.ts";
import { SimulatedDocuments } from "./simulated-documents.ts";
import { sharedFeed, SimulatedFeed } from "./simulated-feed.ts";
import { SimulatedOperations } from "./simulated-operations.ts";
import type { Personality } from "./personality.ts";
import { SimulatedProvider } from "./simulated-provider.ts";
import { SimulatedQueue } from "./simulated-queue.ts";
import { SimulatedSecrets } from "./simulated-secrets.ts";
import { openSite, type Site } from "./site.ts";
import { SimulatedTable } from "./simulated-table.ts";
import { type TableFaults, tableFaults } from "./table-faults.ts";
import { simulatedLog } from "./simulated-log.ts";
import type { World } from "./world.ts";

type FunctionName = "api" | "start" | "follow" | "sweep";
/** Milliseconds that a function may take (serverless.yml). */
const timeouts: Readonly<Record<FunctionName, number>> = {
  api: 29_000,
  start: 30_000,
  follow: 120_000,
  sweep: 120_000,
};

type Handler = (event: unknown, context: { getRemainingTimeInMillis: () => number }) => Promise<unknown>;

/** How an invocation ended. */
export type Ending = { readonly value: unknown } | { readonly fault: string };

const failuresSchema = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });

/** The installation: the deployed handlers in sandboxes that come and go, their queues, the clock, and the provider. */
export class Installation {
  readonly world: World;
  readonly site: Site;
  readonly table: SimulatedTable;
  readonly mailboxes: Mailboxes;
  readonly connection: Connection;
  readonly overheard: Overheard;
  /** Invocations that go on. */
  running = 0;
  /** Whether rows and events are copied and parsed on their way; a part of the seeds is enough. */
  readonly #checks: boolean;
  readonly #feed: MemoryFeed;
  readonly #faults: TableFaults;
  readonly #webhookFaults: TableFaults;
  readonly #weather: Weather = { stormUntil: 0, forbiddenUntil: 0, asked: new Set() };
  readonly #idle: Readonly<Record<FunctionName, { sandbox: Sandbox; handler: Handler }[]>> = {
    api: [],
    start: [],
    follow: [],
    sweep: [],
  };
  #invocations = 0;
  #followers = 0;
  #sandboxes = 0;

  constructor(world: World, personality: Personality) {
    this.world = world;
    this.#checks = world.settings.seed % 16 === 0;
    this.overheard = new Overheard(this.#checks);
    this.site = openSite(world, personality);
    this.table = new SimulatedTable(() => world.now);
    this.#faults = tableFaults(world);
    this.#webhookFaults = tableFaults(world, "table of webhooks");
    this.#feed = sharedFeed({ now: () => world.now, sleep: () => Promise.resolve() }, this.#checks);
    const { connection } = personality;
    const { orphans } = world.settings;
    this.connection = orphans === null ? connection : { ...connection, orphans };
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

  get cloud(): Cloud {
    return this.site.cloud;
  }

  /** Whether nothing is due, under way or owed. */
  get isQuiet(): boolean {
    const { start, follow } = this.mailboxes;
    return (
      start.outstanding === 0 &&
      follow.outstanding === 0 &&
      this.cloud.landing === 0 &&
      this.table.isQuiet &&
      this.#owesNothing
    );
  }

  /** What the follower's lease owes is not to be seen in the rows: ticks may be missed, but it has to be said. */
  get #owesNothing(): boolean {
    return this.table.cells.get("follower")?.text.includes('"owed":[]') ?? true;
  }

  /** Runs a function with an event, in a sandbox that is free or a new one. */
  invoke(name: FunctionName, event: unknown, over: (ending: Ending) => void): void {
    const { world } = this;
    const { sandbox, handler } = this.#idle[name].pop() ?? this.#open(name);
    this.#invocations += 1;
    this.running += 1;
    if (name === "follow") {
      this.#followers += 1;
      if (this.#followers > 1) world.sometimes("two followers at the same time");
    }
    const invocation: Invocation = {
      number: this.#invocations,
      name,
      deadline: world.now + timeouts[name],
      over: false,
      pending: 0,
      stalled: false,
    };
    sandbox.current = invocation;
    const end = (ending: Ending): void => {
      this.running -= 1;
      if (name === "follow") this.#followers -= 1;
      invocation.over = true;
      sandbox.current = null;
      over(ending);
    };
    sandbox.onKilled = () => end({ fault: "killed" });
    world.at(invocation.deadline, () => {
      if (invocation.over) return;
      world.record({ what: "invocation overdue", name, stalled: invocation.stalled });
      world.sometimes("an invocation was ended by its timeout");
      sandbox.kill("its timeout");
    });
    const finish = (ending: Ending): void => {
      if (invocation.over) return;
      world.record({ what: "invocation over", name, pending: invocation.pending });
      this.overheard.answer(ending);
      end(ending);
      this.#idle[name].push({ sandbox, handler });
    };
    world.say(() => `${sandbox.name} begins invocation ${invocation.number}`);
    const context = { getRemainingTimeInMillis: () => invocation.deadline - world.now };
    handler(event, context).then(
      (value) => finish({ value }),
      (error: unknown) => finish({ fault: error instanceof Error ? error.message : "unknown" }),
    );
  }

  /** The scheduler: one tick a minute for the follower and one in five minutes for the sweeper, more or less. */
  tickUntil(isOver: () => boolean): void {
    this.#tick("follow", 60_000, isOver);
    if (this.world.settings.orphans !== null) this.#tick("sweep", 300_000, isOver);
  }

  #tick(name: "follow" | "sweep", every: number, isOver: () => boolean): void {
    const { world } = this;
    const { faults } = world;
    const chance = world.chance.split(name === "follow" ? "scheduler" : `scheduler of ${name}`);
    const tick = (): void => this.invoke(name, {}, () => {});
    const minute = (at: number): void =>
      world.at(at, () => {
        if (isOver()) return;
        const late = faults.strikes("tick late", "scheduler") ? chance.between(1000, 50_000) : 0;
        if (faults.strikes("tick missed", "scheduler")) world.sometimes("a tick was missed");
        else world.after(late, tick);
        // Sweeps are few: two at once would come too seldom by the fault alone.
        if (faults.strikes("tick twice", "scheduler") || (name === "sweep" && chance.happens(0.15))) {
          world.sometimes("a tick came twice");
          world.after(late + chance.between(0, 40), tick);
        }
        minute(at + every);
      });
    minute(world.now + chance.between(500, every));
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

  #open(name: FunctionName): { sandbox: Sandbox; handler: Handler } {
    this.#sandboxes += 1;
    const { world, table, site, connection } = this;
    const label = `${name}-${this.#sandboxes}`;
    const sandbox = new Sandbox(world, label, world.chance.split(label));
    const cells = new SimulatedCells(table, sandbox, this.#faults);
    const randomness = { fraction: () => sandbox.chance.fraction(), token: () => sandbox.chance.token() };
    const budget = new CellBudget({ cells, clock: sandbox, randomness });
    const secrets = new SimulatedSecrets(sandbox);
    const provider = new SimulatedProvider(site, sandbox, { budget, secrets }, connection, this.#weather);
    const ports: HttpWorld & Ports & { readonly log: OpenLog } = {
      operations: new SimulatedOperations(table, sandbox, this.#faults, this.#checks),
      cells,
      documents: new SimulatedDocuments(table, sandbox, this.#webhookFaults),
      deliveries: new SimulatedDeliveries(table, sandbox, this.#webhookFaults, this.#checks),
      feed: new SimulatedFeed(this.#feed, sandbox, this.#faults),
      queue: new SimulatedQueue(this.mailboxes, sandbox),
      bus: new SimulatedBus(sandbox),
      budget,
      providers: {
        connection: (asked) => (asked === connection.name ? connection : null),
        connections: () => [connection],
        dialect: () => provider.dialect,
        provider: () => provider,
      },
      secrets,
      clock: sandbox,
      randomness,
      log: simulatedLog(world, label),
      deployment: "sim",
      apiKeyReference: "env:API_KEY",
      signingKeyReference: "env:SIGNING_KEY",
      allowsLoopbackEndpoints: false,
    };
    const heard = this.overheard.ports(ports);
    const open = (): Promise<typeof ports> => Promise.resolve(heard);
    const handlers: Readonly<Record<FunctionName, () => Handler>> = {
      api: () => httpHandler(open, apiRoutes),
      start: () => queueHandler(open, startMessages),
      follow: () => tickHandler(open, followOperations),
      sweep: () => tickHandler(open, sweepOrphans),
    };
    return { sandbox, handler: handlers[name]() };
  }
}
