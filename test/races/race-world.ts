import { connectionSchema } from "../../lib/connection.ts";
import { acceptOperation } from "../../lib/flows/accept-operation.ts";
import { awaitOperation } from "../../lib/flows/await-operation.ts";
import { followOperations } from "../../lib/flows/follow-operations.ts";
import { sweepOrphans } from "../../lib/flows/sweep-orphans.ts";
import type { Turn } from "../../lib/flows/turn.ts";
import { dueAt } from "../../lib/operation/due-at.ts";
import { madeBy } from "../../lib/operation/marker.ts";
import { isDone, type Operation } from "../../lib/operation/operation.ts";
import type { Ports } from "../../lib/ports/ports.ts";
import type { ProviderCall } from "../../lib/ports/provider.ts";
import { MemoryBus } from "../memory/memory-bus.ts";
import { MemoryFeed } from "../memory/memory-feed.ts";
import { MemoryProvider, providersOf } from "../memory/memory-provider.ts";
import { MemoryQueue } from "../memory/memory-queue.ts";
import { MemorySecrets } from "../memory/memory-secrets.ts";
import { SeededRandomness } from "../memory/seeded-randomness.ts";
import { SilentLog } from "../memory/silent-log.ts";
import { Chance } from "../simulation/chance.ts";
import { SimulatedCells } from "../simulation/simulated-cells.ts";
import { SimulatedDeliveries } from "../simulation/simulated-deliveries.ts";
import { SimulatedDocuments } from "../simulation/simulated-documents.ts";
import { SimulatedOperations } from "../simulation/simulated-operations.ts";
import { SimulatedTable } from "../simulation/simulated-table.ts";
import { calmTable, type TableFaults } from "../simulation/table-faults.ts";
import { type Gate, openGate } from "./gate.ts";
import { RaceClock } from "./race-clock.ts";
import { emptyHistory, type RaceHistory } from "./race-history.ts";
import { gatedBudget, gatedBus, gatedEffects, gatedFeed, gatedProvider, gatedQueue } from "./race-ports.ts";

/** A change to the ports of everybody, for the tests that show that a broken rule is noticed. */
export type Breakage = (ports: Ports, history: RaceHistory) => Ports;

const connection = connectionSchema.parse({
  name: "paris",
  provider: "scaleway-instance",
  zone: "fr-par-1",
  secret: "env:KEY",
  orphans: { delete: true },
});

/** Milliseconds from one sweep to the next. */
export const sweepsApart = 300_000;

/** A table whose writes go on record. */
class RecordedTable extends SimulatedTable {
  readonly #history: RaceHistory;

  constructor(now: () => number, history: RaceHistory) {
    super(now);
    this.#history = history;
  }

  override write(operation: Operation, token: string, indexLag: number): void {
    this.#history.writes.push(operation);
    super.write(operation, token, indexLag);
  }
}

/** The world of one race: the flows as shipped, on ports that can be held up one call at a time. */
export class RaceWorld {
  readonly clock = new RaceClock();
  readonly history = emptyHistory();
  readonly provider = new MemoryProvider(this.clock.through(openGate));
  readonly queue = new MemoryQueue();
  /** The ports of one who has the world for themselves. */
  readonly ports: Ports;
  readonly #table = new RecordedTable(this.clock.now, this.history);
  readonly #bus = new MemoryBus();
  readonly #feed = new MemoryFeed(this.clock.through(openGate));
  readonly #faults: TableFaults = {
    ...calmTable(new Chance(1)),
    overtaken: () => {
      this.history.overtaken += 1;
    },
  };
  readonly #randomness = new SeededRandomness(1);
  readonly #breakage: Breakage;

  constructor(breakage: Breakage = (ports) => ports) {
    this.#breakage = breakage;
    this.ports = this.portsThrough(openGate);
  }

  /** The ports as an actor has them whose calls go through this gate. */
  portsThrough(gate: Gate): Ports {
    const { clock, history, provider } = this;
    const effects = gatedEffects(gate, clock);
    const gated = gatedProvider(provider, gate, clock, history, (call) => this.#operationOf(call));
    const ports: Ports = {
      operations: new SimulatedOperations(this.#table, effects, this.#faults, false),
      cells: new SimulatedCells(this.#table, effects, this.#faults),
      documents: new SimulatedDocuments(this.#table, effects, this.#faults),
      deliveries: new SimulatedDeliveries(this.#table, effects, this.#faults, false),
      feed: gatedFeed(this.#feed, gate),
      queue: gatedQueue(this.queue, gate),
      bus: gatedBus(this.#bus, gate),
      budget: gatedBudget(gate),
      providers: providersOf(gated, connection),
      secrets: new MemorySecrets(clock.through(openGate), { "env:KEY": "k" }),
      clock: clock.through(gate),
      randomness: this.#randomness,
      log: new SilentLog(),
      deployment: "test",
    };
    return this.#breakage(ports, history);
  }

  turnOf(ports: Ports): Turn {
    const end = this.clock.now() + 90_000;
    return { ports, timeLeft: () => end - this.clock.now() };
  }

  /** Takes a request before the race. */
  async accepted(key = "key"): Promise<string> {
    const { operation } = await acceptOperation(requestFor(key), key, this.ports);
    return operation.id;
  }

  async load(id: string): Promise<Operation> {
    const operation = await this.ports.operations.load(id);
    if (operation === null) throw new Error(`There is no operation ${id}.`);
    return operation;
  }

  /** After the race: followers go on as in life until everything has ended and is told, then all is written down. `sweeps`: how many come at last. */
  async settle(sweeps: number): Promise<void> {
    for (let round = 0; round < 60 && !this.#isAtRest(); round += 1) {
      const next = Math.min(
        ...[...this.#table.rows.values()].map(({ operation }) => dueAt(operation) ?? Infinity),
      );
      if (Number.isFinite(next) && next > this.clock.now()) this.clock.advance(next - this.clock.now());
      else if (round > 0) this.clock.advance(1_000);
      const turn = this.turnOf(this.ports);
      await this.clock.runUntil(followOperations(turn));
    }
    for (let count = 0; count < sweeps; count += 1) {
      this.clock.advance(sweepsApart);
      await this.clock.runUntil(sweepOrphans(this.turnOf(this.ports)));
    }
    this.history.isSwept = sweeps > 0;
    for (const id of this.#table.rows.keys()) {
      const standing = await awaitOperation(id, 0, this.turnOf(this.ports));
      if (standing !== null) this.history.standing.push(standing);
    }
    this.history.published.push(...this.#bus.published);
    this.history.fed.push(...this.#feed.appended);
    for (const { id, tags, boots } of this.provider.servers)
      this.history.servers.push({ id, operationId: madeBy(tags), boots });
  }

  #isAtRest(): boolean {
    const out = new Set(this.#bus.published.map(({ id }) => id));
    return [...this.#table.rows.values()].every(
      ({ operation }) =>
        isDone(operation) && operation.outbox.every(({ id }) => out.has(id)) && dueAt(operation) === null,
    );
  }

  #operationOf(call: ProviderCall): string {
    if (call.do === "create") return call.marker.operation.slice("swy:op=".length);
    if (!("resource" in call)) return "unknown";
    const server = this.provider.servers.find(({ id }) => id === call.resource.id);
    return (server === undefined ? null : madeBy(server.tags)) ?? "unknown";
  }
}

/** A request for a server; the same key asks for the same one. */
export const requestFor = (key: string) => ({
  connection: "paris",
  kind: "server.create" as const,
  input: { name: key, type: "DEV1-S", image: "ubuntu_noble" },
});
