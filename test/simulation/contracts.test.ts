import { cellsContract } from "../contracts/cells.ts";
import { eventFeedContract } from "../contracts/event-feed.ts";
import { dueContract } from "../contracts/operation-due.ts";
import { operationListingContract } from "../contracts/operation-listing.ts";
import { operationStoreContract } from "../contracts/operation-store.ts";
import type { StoreWorld } from "../contracts/store-world.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { Chance } from "./chance.ts";
import type { Effect, Effects } from "./sandbox.ts";
import { SimulatedCells } from "./simulated-cells.ts";
import { sharedFeed, SimulatedFeed } from "./simulated-feed.ts";
import { SimulatedOperations } from "./simulated-operations.ts";
import { SimulatedTable } from "./simulated-table.ts";
import { calmTable, type TableFaults } from "./table-faults.ts";

/** Effects that happen at once and never fail. */
const atOnce = (clock: VirtualClock): Effects => ({
  now: () => clock.now(),
  run: async <Value>(effect: Effect<Value>): Promise<Value> => {
    const reply = effect.apply();
    if ("error" in reply) throw reply.error;
    return reply.value;
  },
});

/** A table that loses the reply of every write, so that the write token has to tell. */
const forgetful = (chance: Chance): TableFaults => ({
  ...calmTable(chance),
  afterWrite: () => ({ value: "reply lost" }),
});

const stores = (faults: TableFaults) => async (): Promise<StoreWorld> => {
  const clock = new VirtualClock();
  const table = new SimulatedTable(() => clock.now());
  const open = () => new SimulatedOperations(table, atOnce(clock), faults, true);
  return { store: open(), other: open(), clock };
};

for (const [name, faults] of [
  ["simulated", calmTable(new Chance(1))],
  ["simulated, with every reply lost", forgetful(new Chance(2))],
] as const) {
  operationStoreContract(name, stores(faults));
  dueContract(name, stores(faults));
  operationListingContract(name, stores(faults));
  cellsContract(name, async () => {
    const clock = new VirtualClock();
    const table = new SimulatedTable(() => clock.now());
    const open = () => new SimulatedCells(table, atOnce(clock), faults);
    return { cells: open(), other: open() };
  });
}

eventFeedContract("simulated", async () => {
  const clock = new VirtualClock();
  const feed = sharedFeed(clock);
  const open = () => new SimulatedFeed(feed, atOnce(clock), calmTable(new Chance(1)));
  return { feed: open(), other: open(), clock };
});
