import { describe, expect, it } from "vitest";
import { followOperations } from "../../lib/flows/follow-operations.ts";
import { startMessages } from "../../lib/flows/start-messages.ts";
import type { ProviderCall } from "../../lib/ports/provider.ts";
import { openFlowWorld } from "./flow-world.ts";

/** So many creates at once at this ceiling, five workers on their messages, and one follower. */
const burst = async (count: number, ratePerSecond: number) => {
  const world = openFlowWorld(ratePerSecond);
  const { clock, ports, provider } = world;
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push((await world.accept(`key ${index}`)).id);
  const began = clock.now();
  const counts = { loads: 0, creates: 0 };
  let lastCreate = 0;
  const load = ports.operations.load.bind(ports.operations);
  ports.operations.load = (id) => {
    counts.loads += 1;
    return load(id);
  };
  const send = provider.send.bind(provider);
  provider.send = (call: ProviderCall) => {
    if (call.do === "create") {
      counts.creates += 1;
      lastCreate = clock.now() - began;
    }
    return send(call);
  };
  const waiting = [...ids];
  const worker = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, 10).map((id) => ({
        id: `message ${id}`,
        body: JSON.stringify({ operation_id: id }),
        receiveCount: 1,
      }));
      await startMessages(batch, world.turn());
    }
  };
  const follower = async (): Promise<void> => {
    await clock.sleep(300);
    for (let tick = 0; tick < 10; tick += 1) {
      await followOperations(world.turn());
      const rows = await ports.operations.loadMany(ids);
      if (rows.every(({ ended_at: ended }) => ended !== null)) return;
      await clock.sleep(500);
    }
  };
  await clock.runUntil(Promise.all([...Array.from({ length: 5 }, worker), follower()]));
  const rows = await ports.operations.loadMany(ids);
  const ends = rows.map(({ ended_at: ended }) => Date.parse(ended ?? "") - began);
  return { ...counts, lastCreate, last: Math.max(...ends), rows };
};

describe("a burst at a ceiling", () => {
  it("is taken on as fast as the ceiling allows, each once", async () => {
    const { creates, lastCreate, last, rows } = await burst(60, 5);
    expect(rows.map(({ state }) => state)).toEqual(rows.map(() => "succeeded"));
    expect(creates).toBe(60);
    // A create and a power-on each, and some looks: 28 s of calls.
    expect(lastCreate).toBeLessThan(35_000);
    expect(last).toBeLessThan(42_000);
  });

  it("of hundreds costs no more reads than there are operations", async () => {
    const { creates, loads } = await burst(200, 10);
    expect(creates).toBe(200);
    expect(loads).toBeLessThan(300);
  });

  it("waits for a place again where the table failed for a moment", async () => {
    const world = openFlowWorld(5);
    const { id } = await world.accept("unlucky");
    const load = world.ports.cells.load.bind(world.ports.cells);
    let faults = 1;
    world.ports.cells.load = (key) => {
      if (!key.startsWith("budget/") || faults === 0) return load(key);
      faults -= 1;
      return Promise.reject(new Error("throttled"));
    };
    await world.clock.runUntil(followOperations(world.turn()));
    expect(faults).toBe(0);
    expect((await world.tick(id, 3)).state).toBe("succeeded");
  });
});
