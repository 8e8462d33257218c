import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openScheduleWorld, type ScheduleWorld } from "./schedule-world.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** Schedules through the deployed handlers: the API, the tick, and what starts and follows operations. */
describe("a schedule at a provider over HTTP", () => {
  let world: ScheduleWorld;
  beforeAll(async () => {
    world = await openScheduleWorld();
  });
  afterAll(() => world.stop());

  it("stops and starts a server by an override, wakes it, and says all of it in order", async () => {
    const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    const schedule = {
      connection: "paris",
      select: { tags: ["env=dev"] },
      timezone: "UTC",
      periods: [{ days, from: "00:00", to: "24:00" }],
    };
    expect((await world.ask("PUT", "/v1/schedules/always", schedule)).status).toBeLessThan(300);
    await world.tick();
    expect(world.state()).toBe("running");

    const until = new Date(Date.now() + 3_600_000).toISOString();
    const off = await world.ask(
      "POST",
      "/v1/schedules/always/overrides",
      { state: "off", until, reason: "a pause" },
      "off",
    );
    expect(off.status).toBe(201);
    await world.tick();
    await world.carryOut();
    expect(world.state()).toBe("stopped");

    const woken = await world.ask(
      "POST",
      "/v1/schedules/always/wake",
      { lease: "10m", servers: [world.server] },
      "wake",
    );
    expect(woken.status).toBe(202);
    await world.carryOut();
    expect(world.state()).toBe("running");
    await world.tick();

    const said = world.events.filter(({ subject }) => subject === "schedule/always");
    expect(said.map(({ sequence }) => sequence)).toEqual(said.map((_, index) => index + 1));
    expect(said.map(({ type }) => type.replace("switchyard.schedule.", ""))).toEqual(
      expect.arrayContaining(["created", "override_added", "edge_applied", "woken"]),
    );
    const { openPorts } = await import("../../lib/wiring.ts");
    const { operations } = await (await openPorts()).operations.list({}, null, 50);
    const own = operations.filter(({ schedule: name }) => name === "always").toReversed();
    expect(own.map(({ kind, state: end }) => [kind, end])).toEqual([
      ["server.stop", "succeeded"],
      ["server.start", "succeeded"],
    ]);
  });

  it("does not know a link that it has not made", async () => {
    expect((await world.ask("POST", "/snooze/abc.def")).status).toBe(404);
    expect((await world.ask("GET", "/snooze/abc.def")).status).toBe(404);
  });
});
