import { describe, expect, it } from "vitest";
import { openTickWorld, type TickWorld } from "./tick-world.ts";

const monday = (time: string): string => `2026-11-02T${time}.000Z`;

/** A schedule that stops nothing that is on for less than half an hour. */
const guarded = async (phase: "on" | "off" | null, fields: object = {}): Promise<TickWorld> => {
  const world = openTickWorld();
  if (phase !== null) world.provider.addServer(["env=dev"], { phase });
  await world.put("office", { guards: { min_uptime: "30m" }, ...fields });
  return world;
};
const delays = (world: TickWorld): number => world.said("schedule.server_delayed").length;
const switchTo = (world: TickWorld, phase: "on" | "off"): void => {
  for (const server of world.provider.servers) server.phase = phase;
};

describe("a server that is on for less than min_uptime is not stopped", () => {
  it.each<[string, "on" | "off" | null, (world: TickWorld) => void]>([
    ["somebody has started it", "off", (world) => switchTo(world, "on")],
    ["it was just made", null, (world) => world.provider.addServer(["env=dev"], { phase: "on" })],
  ])("whoever has started it: %s", async (_why, before, change) => {
    const world = await guarded(before, { mode: "stop-only" });
    await world.ticks(monday("18:40:00"), monday("18:55:00"));
    change(world);
    await world.ticks(monday("18:55:00"), monday("19:20:00"));
    expect(world.phases()).toEqual(["on"]);
    expect(delays(world)).toBe(1);
    await world.ticks(monday("19:20:00"), monday("19:35:00"));
    expect(world.phases()).toEqual(["off"]);
  });

  it("nor at the second stop after a first one", async () => {
    const world = await guarded("on", { mode: "stop-only", periods: twice });
    await world.ticks(monday("17:00:00"), monday("18:05:00"));
    expect(world.phases()).toEqual(["off"]);
    await world.ticks(monday("18:05:00"), monday("18:50:00"));
    switchTo(world, "on");
    await world.ticks(monday("18:50:00"), monday("19:10:00"));
    expect(world.phases()).toEqual(["on"]);
  });

  it("one that was seen on before is stopped in time", async () => {
    const world = await guarded("on");
    await world.ticks(monday("18:25:00"), monday("18:26:00"));
    await world.ticks(monday("18:58:00"), monday("19:03:00"));
    expect([world.phases(), delays(world)]).toEqual([["off"], 0]);
  });
});

const days = ["mon", "tue", "wed", "thu", "fri"];
const twice = [
  { days, from: "08:00", to: "18:00" },
  { days, from: "18:10", to: "19:00" },
];
