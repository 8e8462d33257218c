import { dueContract } from "../contracts/operation-due.ts";
import { operationStoreContract } from "../contracts/operation-store.ts";
import type { StoreWorld } from "../contracts/store-world.ts";
import { operationListingContract } from "../contracts/operation-listing.ts";
import { MemoryOperations } from "./memory-operations.ts";
import { VirtualClock } from "./virtual-clock.ts";

const open = async (): Promise<StoreWorld> => {
  const clock = new VirtualClock();
  const store = new MemoryOperations(clock);
  return { store, other: store, clock };
};

operationStoreContract("in memory", open);
dueContract("in memory", open);
operationListingContract("in memory", open);
