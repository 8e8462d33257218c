import type { TableInstance, TableWorld } from "../contracts/store-world.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { Chance } from "./chance.ts";
import type { Effect, Effects } from "./sandbox.ts";
import { SimulatedCells } from "./simulated-cells.ts";
import { SimulatedDeliveries } from "./simulated-deliveries.ts";
import { SimulatedDocuments } from "./simulated-documents.ts";
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

/** Loses the replies to so many writes, so that the write token has to tell. */
const forgetful = (chance: Chance, replies: number): TableFaults => {
  let left = replies;
  return {
    ...calmTable(chance),
    afterWrite: () => {
      left -= 1;
      return { value: left < 0 ? "written" : "reply lost" };
    },
  };
};

/** An empty table as the simulation has it; `alwaysLost`: the reply to no write to a row or a cell ever comes. */
export const openSimulatedTable =
  (alwaysLost = false) =>
  async (): Promise<TableWorld> => {
    const clock = new VirtualClock();
    const table = new SimulatedTable(() => clock.now());
    const feed = sharedFeed(clock, true);
    const effects = atOnce(clock);
    const instance = (faults: TableFaults, feedFaults: TableFaults): TableInstance => ({
      store: new SimulatedOperations(table, effects, faults, true),
      cells: new SimulatedCells(table, effects, faults),
      feed: new SimulatedFeed(feed, effects, feedFaults),
      documents: new SimulatedDocuments(table, effects, faults),
      deliveries: new SimulatedDeliveries(table, effects, faults, true),
    });
    // Instances share the chance: no two writes ever have the same token.
    const chance = new Chance(1);
    const calm = calmTable(chance);
    const usual = alwaysLost ? forgetful(chance, Number.POSITIVE_INFINITY) : calm;
    return {
      one: instance(usual, calm),
      two: instance(usual, calm),
      clock,
      losing: async (replies) => {
        const lossy = forgetful(chance, replies);
        return instance(lossy, lossy);
      },
    };
  };
