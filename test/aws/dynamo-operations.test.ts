import { describe } from "vitest";
import { DynamoOperations } from "../../lib/aws/dynamo-operations.ts";
import { dueContract } from "../contracts/operation-due.ts";
import { operationStoreContract } from "../contracts/operation-store.ts";
import type { StoreWorld } from "../contracts/store-world.ts";
import { operationListingContract } from "../contracts/operation-listing.ts";
import { dynoxideEngine, hasDynoxide } from "../dynoxide-engine.ts";
import { SeededRandomness } from "../memory/seeded-randomness.ts";
import { SilentLog } from "../memory/silent-log.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import { dynaliteEngine, type RunningEngine, tableEngine } from "../table-engine.ts";

const run = (name: string, start: () => Promise<RunningEngine>): void => {
  const engine = tableEngine(start);
  const open = async (): Promise<StoreWorld> => {
    const clock = new VirtualClock({ automatic: true });
    const table = await engine.freshTable();
    const instance = (seed: number): DynamoOperations =>
      new DynamoOperations(
        { client: engine.client(), table, clock, randomness: new SeededRandomness(seed) },
        new SilentLog(),
      );
    return { store: instance(1), other: instance(2), clock };
  };
  operationStoreContract(name, open);
  dueContract(name, open);
  operationListingContract(name, open);
};

describe("on dynalite", () => {
  run("dynalite", dynaliteEngine);
});
describe.skipIf(!hasDynoxide)("on dynoxide", () => {
  run("dynoxide", dynoxideEngine);
});
