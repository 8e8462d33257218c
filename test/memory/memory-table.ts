import type { TableWorld } from "../contracts/store-world.ts";
import { MemoryCells } from "./memory-cells.ts";
import { MemoryDeliveries } from "./memory-deliveries.ts";
import { MemoryDocuments } from "./memory-documents.ts";
import { MemoryFeed } from "./memory-feed.ts";
import { MemoryOperations } from "./memory-operations.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** An empty table in memory. Nothing is lost on the way to it. */
export const openMemoryTable = async (): Promise<TableWorld> => {
  const clock = new VirtualClock();
  const table = {
    store: new MemoryOperations(clock),
    cells: new MemoryCells(),
    feed: new MemoryFeed(clock),
    documents: new MemoryDocuments(clock),
    deliveries: new MemoryDeliveries(clock),
  };
  return { one: table, two: table, clock, losing: async () => table };
};
