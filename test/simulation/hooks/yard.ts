import * as z from "zod";
import { type Connection, connectionSchema } from "../../../lib/connection.ts";
import { deliverWebhooks, type DeliverPorts } from "../../../lib/flows/deliver-webhooks.ts";
import type { HttpWorld } from "../../../lib/http/route.ts";
import { receiveRoutes } from "../../../lib/http/receive-routes.ts";
import { settingsRoutes } from "../../../lib/http/settings-routes.ts";
import { deliverHandler } from "../../../lib/lambda/deliver-stack.ts";
import { httpHandler } from "../../../lib/lambda/http-stack.ts";
import type { OpenLog } from "../../../lib/log.ts";
import type { Providers } from "../../../lib/ports/provider.ts";
import { dialects } from "../../../lib/providers/registry.ts";
import { deliveryDueAt } from "../../../lib/webhook/delivery.ts";
import type { MemoryFeed } from "../../memory/memory-feed.ts";
import { openBudget } from "../../memory/open-budget.ts";
import { Mailbox, type Mailboxes } from "../mailboxes.ts";
import { Sandbox, type Invocation } from "../sandbox.ts";
import { SimulatedBus } from "../simulated-bus.ts";
import { SimulatedCells } from "../simulated-cells.ts";
import { SimulatedDeliveries } from "../simulated-deliveries.ts";
import { SimulatedDocuments } from "../simulated-documents.ts";
import { sharedFeed, SimulatedFeed } from "../simulated-feed.ts";
import { simulatedLog } from "../simulated-log.ts";
import { SimulatedOperations } from "../simulated-operations.ts";
import { SimulatedQueue } from "../simulated-queue.ts";
import { SimulatedSecrets } from "../simulated-secrets.ts";
import { SimulatedTable } from "../simulated-table.ts";
import { type TableFaults, tableFaults } from "../table-faults.ts";
import type { World } from "../world.ts";
import { Hearing } from "./hearing.ts";
import { Ledger } from "./ledger.ts";
import type { Receiver } from "./receivers.ts";
import { SimulatedHttp } from "./simulated-http.ts";

const functions = ["settings", "receive", "deliver"] as const;
export type FunctionName = (typeof functions)[number];
/** Milliseconds that a function may take (serverless.yml). */
const timeouts: Readonly<Record<FunctionName, number>> = {
  settings: 29_000,
  receive: 29_000,
  deliver: 90_000,
};

type Handler = (event: unknown, context: { getRemainingTimeInMillis: () => number }) => Promise<unknown>;

/** How an invocation ended, and how many rows it has put. */
export type Ending = { readonly value: unknown } | { readonly fault: string };

const leaseSchema = z.object({ until: z.number(), position: z.number(), is_reading: z.boolean() });
const minute = 60_000;

const connectionOf = (name: string): Connection =>
  connectionSchema.parse({
    name,
    provider: "scaleway-instance",
    secret: "env:PARIS",
    zone: "fr-par-1",
    project: "105bdce1-64c0-48ab-899d-868455867ecf",
  });

/** The two connections; nobody ever calls their provider. */
export const connections: readonly Connection[] = [connectionOf("lyon"), connectionOf("paris")];

const providers: Providers = {
  connection: (name) => connections.find((one) => one.name === name) ?? null,
  connections: () => connections,
  dialect: () => dialects["scaleway-instance"].dialect,
  provider: () => {
    throw new Error("Nobody calls a provider here.");
  },
};

/** The installation: the deployed handlers of webhooks in sandboxes that come and go, the queue, the bus and the clock. */
export class Yard {
  readonly world: World;
  readonly table: SimulatedTable;
  readonly ledger = new Ledger();
  readonly receivers = new Map<string, Receiver>();
  readonly mailboxes: Mailboxes & { readonly deliver: Mailbox };
  readonly hearing: Hearing;
  readonly feed: MemoryFeed;
  /** Invocations that go on. */
  running = 0;
  /** Rows that a hook's request has put, at most. */
  mostWrites = 0;
  readonly #faults: TableFaults;
  readonly #idle: Readonly<Record<FunctionName, { sandbox: Sandbox; handler: Handler }[]>> = {
    settings: [],
    receive: [],
    deliver: [],
  };
  #invocations = 0;
  #deliverers = 0;
  #sandboxes = 0;
  #nextTick = Number.POSITIVE_INFINITY;
  #armed = 0;
  #isOver: () => boolean = () => false;

  constructor(world: World) {
    this.world = world;
    const checks = world.settings.seed % 16 === 0;
    this.hearing = new Hearing(checks);
    this.table = new SimulatedTable(() => world.now);
    this.#faults = tableFaults(world);
    this.feed = sharedFeed({ now: () => world.now, sleep: () => Promise.resolve() }, checks);
    this.ledger.watch(world, this.table, this.feed);
    const wire = (name: string): Mailbox =>
      new Mailbox(world, {
        name,
        batchSize: 10,
        width: 5,
        visibilityMilliseconds: 540_000,
        maxReceiveCount: 5,
        deliver: (messages, over) => {
          const records = messages.map(({ id, body }) => ({ messageId: id, body }));
          this.invoke("deliver", { Records: records }, (ending) =>
            over("fault" in ending ? "all" : new Set()),
          );
        },
      });
    const nowhere = new Mailbox(world, {
      name: "start",
      batchSize: 10,
      width: 1,
      visibilityMilliseconds: 1,
      maxReceiveCount: 1,
      deliver: (_messages, over) => over(new Set()),
    });
    this.mailboxes = { start: nowhere, follow: nowhere, deliver: wire("deliver") };
    world.listeners.push((fact) => {
      if (fact.what === "published") this.#wake();
    });
  }

  /** What a sandbox has of the world. */
  portsIn(sandbox: Sandbox): HttpWorld & DeliverPorts & { readonly log: OpenLog } {
    const { table, world } = this;
    const faults = this.#faults;
    const checks = this.hearing.isListening;
    const ports = {
      operations: new SimulatedOperations(table, sandbox, faults, checks),
      cells: new SimulatedCells(table, sandbox, faults),
      documents: new SimulatedDocuments(table, sandbox, faults),
      deliveries: new SimulatedDeliveries(table, sandbox, faults, checks),
      feed: new SimulatedFeed(this.feed, sandbox, faults),
      queue: new SimulatedQueue(this.mailboxes, sandbox),
      bus: new SimulatedBus(sandbox),
      budget: openBudget,
      providers,
      secrets: new SimulatedSecrets(sandbox),
      clock: sandbox,
      randomness: { fraction: () => sandbox.chance.fraction(), token: () => sandbox.chance.token() },
      log: simulatedLog(world, sandbox.name),
      deployment: "sim",
      apiKeyReference: "env:API_KEY",
      signingKeyReference: "env:SIGNING_KEY",
      allowsLoopbackEndpoints: false,
      http: new SimulatedHttp(this.receivers, sandbox),
    };
    return this.hearing.ports(ports);
  }

  /** A sandbox of somebody who is no function of these. */
  sandbox(name: string): Sandbox {
    this.#sandboxes += 1;
    const label = `${name}-${this.#sandboxes}`;
    return new Sandbox(this.world, label, this.world.chance.split(label));
  }

  /** Runs a function with an event, in a sandbox that is free or a new one. */
  invoke(name: FunctionName, event: unknown, over: (ending: Ending) => void): void {
    const { world } = this;
    const { sandbox, handler } = this.#idle[name].pop() ?? this.#open(name);
    this.#invocations += 1;
    this.running += 1;
    if (name === "deliver") {
      this.#deliverers += 1;
      if (this.#deliverers > 1) world.sometimes("two deliverers at the same time");
    }
    const deadline = world.now + timeouts[name];
    const number = this.#invocations;
    const invocation: Invocation = { number, name, deadline, over: false, pending: 0, stalled: false };
    sandbox.current = invocation;
    const end = (ending: Ending): void => {
      this.running -= 1;
      if (name === "deliver") this.#deliverers -= 1;
      invocation.over = true;
      sandbox.current = null;
      this.expectTick();
      over(ending);
    };
    sandbox.onKilled = () => end({ fault: "killed" });
    world.at(deadline, () => {
      if (invocation.over) return;
      world.sometimes("an invocation was ended by its timeout");
      if (!invocation.stalled) this.hearing.overdue.push(`${name} ${number}`);
      sandbox.kill("its timeout");
    });
    const finish = (ending: Ending): void => {
      if (invocation.over) return;
      if (invocation.pending > 0) this.hearing.unfinished.push(`${name} ${number}`);
      end(ending);
      this.#idle[name].push({ sandbox, handler });
    };
    world.say(() => `${sandbox.name} begins invocation ${number}`);
    handler(event, { getRemainingTimeInMillis: () => deadline - world.now }).then(
      (value) => finish({ value }),
      (error: unknown) => {
        world.say(() => `${sandbox.name} throws ${String(error)}`);
        finish({ fault: error instanceof Error ? error.message : "unknown" });
      },
    );
  }

  /** The scheduler: a tick a minute, more or less; those that could find nothing are left out. */
  tickUntil(isOver: () => boolean): void {
    this.#isOver = isOver;
    this.expectTick();
  }

  /** Something has happened: the next tick comes within a minute. */
  expectTick(): void {
    const { world } = this;
    if (this.#nextTick <= world.now + minute) return;
    this.#arm(world.now + world.chance.between(500, minute));
  }

  #arm(at: number): void {
    this.#armed += 1;
    const number = this.#armed;
    this.#nextTick = at;
    this.world.at(at, () => {
      if (number === this.#armed) this.#minute();
    });
  }

  #minute(): void {
    const { world } = this;
    this.#nextTick = Number.POSITIVE_INFINITY;
    if (this.#isOver()) return;
    const next = this.nextDue;
    const isDue = next !== null && next <= world.now + 2500;
    if (this.isAtHand || isDue) {
      this.#tick();
      this.#arm(world.now + minute);
      return;
    }
    // Nothing can be found before: those ticks are left out.
    if (next !== null) {
      const before = world.chance.happens(0.9)
        ? world.chance.between(100, 1500)
        : world.chance.between(500, minute);
      this.#arm(Math.max(world.now + 1, next - before));
    }
  }

  #tick(): void {
    const { world } = this;
    const { faults } = world;
    const tick = (): void => this.invoke("deliver", {}, () => {});
    const late = faults.strikes("tick late", "scheduler") ? world.chance.between(1000, 50_000) : 0;
    if (faults.strikes("tick missed", "scheduler")) world.sometimes("a tick was missed");
    else world.after(late, tick);
    if (!faults.strikes("tick twice", "scheduler")) return;
    world.sometimes("a tick came twice");
    world.after(late + world.chance.between(0, 40), tick);
  }

  /** When the next delivery is due; null: none is. */
  get nextDue(): number | null {
    const dues = this.ledger.deliveries.map(deliveryDueAt).filter((due) => due !== null);
    return dues.length === 0 ? null : Math.min(...dues);
  }

  /** Whether nothing is awaited: no tick, no message. */
  get isIdle(): boolean {
    return this.#nextTick === Number.POSITIVE_INFINITY && this.mailboxes.deliver.outstanding === 0;
  }

  /** Whether a deliverer could find something beside deliveries that are due. */
  get isAtHand(): boolean {
    const standing = [...this.ledger.endpoints.keys()].flatMap((id) => this.ledger.standing(id) ?? []);
    const hasTask = standing.some(
      ({ outbox, deleted_at: deletedAt, catch_up: catchUp, state, id }) =>
        outbox.length > 0 ||
        deletedAt !== null ||
        (catchUp !== null && state === "enabled") ||
        (state === "disabled" &&
          this.ledger.deliveries.some((one) => one.endpoint === id && one.state === "pending")),
    );
    if (hasTask) return true;
    const cell = this.table.cells.get("deliverer");
    const lease = cell === undefined ? null : leaseSchema.parse(JSON.parse(cell.text));
    const isWanted = standing.some(({ state }) => state === "enabled");
    if (lease === null) return isWanted;
    return isWanted ? !lease.is_reading || lease.position < this.ledger.feedEnd : lease.is_reading;
  }

  /** The bus has a rule that wakes the deliverer; now and then it comes to nothing. */
  #wake(): void {
    const { world, mailboxes } = this;
    this.expectTick();
    if (world.faults.strikes("call never lands", "bus rule")) return world.sometimes("the bus woke nobody");
    mailboxes.deliver.send("{}");
  }

  /** Counts the rows that a hook's request puts, where no other one goes on beside it. */
  #count(sandbox: Sandbox): void {
    const run = sandbox.run.bind(sandbox);
    let counted: Invocation | null = null;
    let writes = 0;
    sandbox.run = (effect) => {
      if (sandbox.current !== counted) [counted, writes] = [sandbox.current, 0];
      if (effect.writes && /^(?:create|save|cell|document|delivery) /.test(effect.name)) writes += 1;
      if (this.running === 1) this.mostWrites = Math.max(this.mostWrites, writes);
      return run(effect);
    };
  }

  #open(name: FunctionName): { sandbox: Sandbox; handler: Handler } {
    const sandbox = this.sandbox(name);
    const ports = this.portsIn(sandbox);
    if (name === "receive") this.#count(sandbox);
    const open = (): Promise<typeof ports> => Promise.resolve(ports);
    const handlers: Readonly<Record<FunctionName, () => Handler>> = {
      settings: () => httpHandler(open, settingsRoutes),
      receive: () => httpHandler(open, receiveRoutes),
      deliver: () => deliverHandler(open, deliverWebhooks),
    };
    return { sandbox, handler: handlers[name]() };
  }
}
