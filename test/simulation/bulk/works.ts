import type { Connection } from "../../../lib/connection.ts";
import { followOperations } from "../../../lib/flows/follow-operations.ts";
import { runBulkJobs } from "../../../lib/flows/run-bulk-jobs.ts";
import { bulkRoutes } from "../../../lib/http/bulk-routes.ts";
import type { HttpWorld } from "../../../lib/http/route.ts";
import { httpHandler } from "../../../lib/lambda/http-stack.ts";
import { tickHandler } from "../../../lib/lambda/tick-stack.ts";
import type { OpenLog } from "../../../lib/log.ts";
import { CellBudget } from "../../../lib/platform/cell-budget.ts";
import type { EventFeed } from "../../../lib/ports/event-feed.ts";
import type { Ports } from "../../../lib/ports/ports.ts";
import { Overheard } from "../../fuzz/overheard.ts";
import type { Weather } from "../exchange.ts";
import { Mailbox, type Mailboxes } from "../mailboxes.ts";
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
import { LeanFeed, LeanWorld } from "./lean-world.ts";
import { drawPoison, type Poison } from "./poison.ts";

const functions = ["bulk", "run", "follow"] as const;
export type FunctionName = (typeof functions)[number];
/** Milliseconds that a function may take (serverless.yml). */
const timeouts: Readonly<Record<FunctionName, number>> = { bulk: 29_000, run: 900_000, follow: 90_000 };
/** In a part of the seeds a runner has much less time, so that one takes over from another again and again. */
const hastyMilliseconds = 90_000;

type Handler = (event: unknown, context: { getRemainingTimeInMillis: () => number }) => Promise<unknown>;
interface Open {
  readonly sandbox: Sandbox;
  readonly handler: Handler;
}

/** How an invocation ended. */
export type Ending = { readonly value: unknown } | { readonly fault: string };

const minute = 60_000;

/** The installation: the deployed handlers of bulk jobs in sandboxes that come and go, their queues, the clock, and the provider. */
export class Works {
  readonly world: World;
  readonly site: Site;
  readonly table: SimulatedTable;
  readonly mailboxes: Mailboxes & { readonly bulk: Mailbox };
  readonly connection: Connection;
  readonly overheard: Overheard;
  readonly poison: Poison;
  /** Invocations that go on. */
  running = 0;
  /** Faults with which invocations ended by themselves. */
  readonly thrown: string[] = [];
  readonly #checks: boolean;
  readonly #isHasty: boolean;
  readonly #feed: EventFeed;
  readonly #faults: TableFaults;
  readonly #weather: Weather = { stormUntil: 0, forbiddenUntil: 0, asked: new Set() };
  readonly #idle: Readonly<Record<FunctionName, Open[]>> = { bulk: [], run: [], follow: [] };
  readonly #going: Record<FunctionName, number> = { bulk: 0, run: 0, follow: 0 };
  #invocations = 0;
  #sandboxes = 0;

  constructor(
    world: World,
    personality: Personality,
    connection: Connection,
    poison: Poison = drawPoison(world, world instanceof LeanWorld),
  ) {
    this.world = world;
    this.connection = connection;
    this.#checks = world.settings.seed % 16 === 0;
    this.#isHasty = world.chance.split("timeouts").happens(0.5);
    this.overheard = new Overheard(this.#checks);
    this.poison = poison;
    this.site = openSite(world, personality);
    this.table = new SimulatedTable(() => world.now);
    this.#faults = tableFaults(world);
    this.#feed =
      world instanceof LeanWorld
        ? new LeanFeed(() => world.now)
        : sharedFeed({ now: () => world.now, sleep: () => Promise.resolve() }, this.#checks);
    const wire = (name: "run" | "follow"): Mailbox =>
      new Mailbox(world, {
        name,
        batchSize: 10,
        width: 2,
        visibilityMilliseconds: 720_000,
        maxReceiveCount: 5,
        deliver: (_messages, over) =>
          this.invoke(name, {}, (ending) => over("fault" in ending ? "all" : new Set())),
      });
    const follow = wire("follow");
    this.mailboxes = { start: follow, follow, bulk: wire("run") };
  }

  /** Whether nothing is due, under way or owed. */
  get isQuiet(): boolean {
    const { bulk, follow } = this.mailboxes;
    return (
      this.running === 0 &&
      bulk.outstanding === 0 &&
      follow.outstanding === 0 &&
      this.site.cloud.landing === 0 &&
      this.table.isQuiet &&
      (this.table.cells.get("follower")?.text.includes('"owed":[]') ?? true)
    );
  }

  /** Runs a function with an event, in a sandbox that is free or a new one. */
  invoke(name: FunctionName, event: unknown, over: (ending: Ending) => void): void {
    const { world } = this;
    const { sandbox, handler } = this.#idle[name].pop() ?? this.#open(name);
    this.#invocations += 1;
    this.#count(name, 1);
    const number = this.#invocations;
    const deadline = world.now + (name === "run" && this.#isHasty ? hastyMilliseconds : timeouts[name]);
    const invocation: Invocation = { number, name, deadline, over: false, pending: 0, stalled: false };
    sandbox.current = invocation;
    const end = (ending: Ending): void => {
      this.#count(name, -1);
      invocation.over = true;
      sandbox.current = null;
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
      end(ending);
      this.#idle[name].push({ sandbox, handler });
    };
    world.say(() => `${sandbox.name} begins invocation ${number}`);
    handler(event, { getRemainingTimeInMillis: () => deadline - world.now }).then(
      (value) => finish({ value }),
      (error: unknown) => {
        const fault = wordsOf(error);
        this.thrown.push(`${name}: ${fault}`);
        world.say(() => `${sandbox.name} throws ${fault}`);
        finish({ fault });
      },
    );
  }

  #count(name: FunctionName, change: 1 | -1): void {
    this.running += change;
    this.#going[name] += change;
    if (change === 1 && name === "run" && this.#going.run > 1)
      this.world.sometimes("two runners at the same time");
  }

  /** The scheduler: one tick a minute for the runner and for the follower, more or less. */
  tickUntil(isOver: () => boolean): void {
    for (const name of ["run", "follow"] as const) {
      const { world } = this;
      const chance = world.chance.split(`scheduler of ${name}`);
      const each = (at: number): void =>
        world.at(at, () => {
          if (isOver()) return;
          this.#tick(name, () => chance.between(1000, 50_000));
          each(at + minute);
        });
      each(world.now + chance.between(500, minute));
    }
  }

  #tick(name: FunctionName, lateness: () => number): void {
    const { world } = this;
    const tick = (): void => this.invoke(name, {}, () => {});
    const late = world.faults.strikes("tick late", name) ? lateness() : 0;
    if (world.faults.strikes("tick missed", name)) world.sometimes("a tick was missed");
    else world.after(late, tick);
    if (!world.faults.strikes("tick twice", name)) return;
    world.sometimes("a tick came twice");
    world.after(late + 20, tick);
  }

  #portsIn(sandbox: Sandbox): HttpWorld & Ports & { readonly log: OpenLog } {
    const { table, connection } = this;
    const faults = this.#faults;
    const cells = new SimulatedCells(table, sandbox, faults);
    const randomness = { fraction: () => sandbox.chance.fraction(), token: () => sandbox.chance.token() };
    const budget = new CellBudget({ cells, clock: sandbox, randomness });
    const secrets = new SimulatedSecrets(sandbox);
    const provider = new SimulatedProvider(
      this.site,
      sandbox,
      { budget, secrets },
      connection,
      this.#weather,
    );
    return this.overheard.ports({
      operations: this.poison.kept(new SimulatedOperations(table, sandbox, faults, this.#checks)),
      cells,
      documents: new SimulatedDocuments(table, sandbox, faults),
      deliveries: new SimulatedDeliveries(table, sandbox, faults, this.#checks),
      feed: new SimulatedFeed(this.#feed, sandbox, faults),
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
      log: simulatedLog(this.world, sandbox.name),
      deployment: "sim",
      apiKeyReference: "env:API_KEY",
      signingKeyReference: "env:SIGNING_KEY",
      allowsLoopbackEndpoints: false,
    });
  }

  #open(name: FunctionName): Open {
    this.#sandboxes += 1;
    const label = `${name}-${this.#sandboxes}`;
    const sandbox = new Sandbox(this.world, label, this.world.chance.split(label));
    const ports = this.#portsIn(sandbox);
    const open = (): Promise<typeof ports> => Promise.resolve(ports);
    const handlers: Readonly<Record<FunctionName, () => Handler>> = {
      bulk: () => httpHandler(open, bulkRoutes),
      run: () => tickHandler(open, runBulkJobs),
      follow: () => tickHandler(open, followOperations),
    };
    return { sandbox, handler: handlers[name]() };
  }
}

const wordsOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join("; ");
  return error instanceof Error ? error.message : "unknown";
};
