import { connectionSchema, type Connection } from "../../lib/connection.ts";
import { acceptOperation } from "../../lib/flows/accept-operation.ts";
import { followOperations } from "../../lib/flows/follow-operations.ts";
import { afterStarts, startOperation } from "../../lib/flows/start-operations.ts";
import type { Turn } from "../../lib/flows/turn.ts";
import type { Operation } from "../../lib/operation/operation.ts";
import { CellBudget } from "../../lib/platform/cell-budget.ts";
import type { Ports } from "../../lib/ports/ports.ts";
import { MemoryBus } from "../memory/memory-bus.ts";
import { MemoryCells } from "../memory/memory-cells.ts";
import { MemoryDeliveries } from "../memory/memory-deliveries.ts";
import { MemoryDocuments } from "../memory/memory-documents.ts";
import { MemoryFeed } from "../memory/memory-feed.ts";
import { MemoryOperations } from "../memory/memory-operations.ts";
import { MemoryProvider, providersOf } from "../memory/memory-provider.ts";
import { MemoryQueue } from "../memory/memory-queue.ts";
import { MemorySecrets } from "../memory/memory-secrets.ts";
import { SeededRandomness } from "../memory/seeded-randomness.ts";
import { SilentLog } from "../memory/silent-log.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";

/** The flows as shipped, on ports in memory and a virtual clock; one connection with this ceiling of calls a second. */
export const openFlowWorld = (
  ratePerSecond = 100,
  more: Partial<Pick<Connection, "orphans" | "limits" | "prices">> = {},
) => {
  const clock = new VirtualClock();
  const randomness = new SeededRandomness(1);
  const cells = new MemoryCells();
  const bus = new MemoryBus();
  const provider = new MemoryProvider(clock);
  const connection = connectionSchema.parse({
    name: "paris",
    provider: "scaleway-instance",
    zone: "fr-par-1",
    secret: "env:KEY",
    rate_per_second: ratePerSecond,
    ...more,
  });
  const ports = {
    operations: new MemoryOperations(clock),
    cells,
    documents: new MemoryDocuments(clock),
    deliveries: new MemoryDeliveries(clock),
    feed: new MemoryFeed(clock),
    queue: new MemoryQueue(),
    bus,
    budget: new CellBudget({ cells, clock, randomness }),
    providers: providersOf(provider, connection),
    secrets: new MemorySecrets(clock, { "env:KEY": "k" }),
    clock,
    randomness,
    log: new SilentLog(),
    deployment: "test",
  } satisfies Ports;
  const turn = (): Turn => {
    const end = clock.now() + 90_000;
    return { ports, timeLeft: () => end - clock.now() };
  };
  const accept = async (key: string): Promise<Operation> => {
    const input = { name: key, type: "DEV1-S", image: "ubuntu_noble" };
    return (await acceptOperation({ connection: "paris", kind: "server.create", input }, key, ports))
      .operation;
  };
  const load = async (id: string): Promise<Operation> => {
    const operation = await ports.operations.load(id);
    if (operation === null) throw new Error(`There is no operation ${id}.`);
    return operation;
  };
  return {
    clock,
    ports,
    bus,
    provider,
    turn,
    accept,
    load,
    /** Starts an operation as a message would. */
    start: async (id: string): Promise<void> => {
      const work = (async () => {
        const invocation = turn();
        await afterStarts([await startOperation(await load(id), invocation)], invocation);
      })();
      await clock.runUntil(work);
    },
    /** Ticks once a minute until the operation is done or the minutes are over. */
    tick: async (id: string, minutes: number): Promise<Operation> => {
      for (let minute = 0; minute < minutes; minute += 1) {
        const next = clock.now() + 60_000;
        await clock.runUntil(followOperations(turn()));
        const operation = await load(id);
        if (operation.ended_at !== null) return operation;
        if (clock.now() < next) await clock.advanceTo(next);
      }
      return load(id);
    },
  };
};
