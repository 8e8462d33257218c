import { describe, expect, it } from "vitest";
import { bootstrapCaller } from "../../../lib/access/caller.ts";
import {
  addOverride,
  cancelOverride,
  extendOverride,
  listOverrides,
  type Made,
} from "../../../lib/flows/overrides.ts";
import { RequestRefused } from "../../../lib/flows/request-refused.ts";
import { overrideRequestSchema, type OverrideRequest } from "../../../lib/schedule/override.ts";
import { openTickWorld, type TickWorld } from "./tick-world.ts";

const monday = (time: string): string => `2026-11-02T${time}.000Z`;

const opened = async (): Promise<TickWorld> => {
  const world = openTickWorld();
  for (const tag of ["env=dev", "env=test"]) world.provider.addServer([tag], { phase: "on" });
  await world.put("office");
  await world.put("test", { select: { tags: ["env=test"] } });
  await world.tickAt(monday("18:30:00"));
  return world;
};
const add = (world: TickWorld, name: string | null, request: OverrideRequest, key = "k"): Promise<Made> =>
  world.clock.runUntil(addOverride(name, request, key, bootstrapCaller, world.ports));
const evening = (world: TickWorld): Promise<void> => world.ticks(monday("18:58:00"), monday("19:03:00"));
const idOf = (made: Made): string => ("freeze" in made ? made.freeze.id : made.override.id);

describe("a freeze", () => {
  it("of all schedules has nothing done until its end, and then what is wanted", async () => {
    const world = await opened();
    await add(world, null, { state: "freeze", until: monday("20:00:00"), reason: "an audit" });
    await evening(world);
    expect(world.powers()).toBe(0);
    await world.ticks(monday("19:59:00"), monday("20:03:00"));
    expect(world.phases()).toEqual(["off", "off"]);
  });

  it("of one schedule leaves the others at work", async () => {
    const world = await opened();
    await add(world, "office", { state: "freeze", for: "2h", reason: "a move" });
    await evening(world);
    expect(world.phases()).toEqual(["on", "off"]);
  });

  it("is listed, given another end and taken back like any override", async () => {
    const world = await opened();
    const made = await add(world, null, { state: "freeze", for: "2h", reason: "an audit" });
    const list = () => world.clock.runUntil(listOverrides(null, bootstrapCaller, world.ports));
    expect(await list()).toEqual([made]);
    const ports = world.ports;
    const longer = extendOverride(null, idOf(made), monday("22:00:00"), "k2", bootstrapCaller, ports);
    expect(await world.clock.runUntil(longer)).toMatchObject({ freeze: { until: monday("22:00:00") } });
    await evening(world);
    expect(world.powers()).toBe(0);
    await world.clock.runUntil(cancelOverride(null, idOf(made), bootstrapCaller, ports));
    expect(await list()).toEqual([]);
    await world.ticks(monday("19:10:00"), monday("19:13:00"));
    expect(world.phases()).toEqual(["on", "on"]);
    await world.ticks(monday("19:13:00"), monday("19:20:00"));
    expect(world.phases()).toEqual(["off", "off"]);
  });

  it("is made once by the same key, and told to each schedule once", async () => {
    const world = await opened();
    const request = { state: "freeze" as const, for: "2h", reason: "an audit" };
    expect(idOf(await add(world, null, request))).toBe(idOf(await add(world, null, request)));
    await evening(world);
    expect(world.said("schedule.paused").map(({ subject }) => subject)).toEqual([
      "schedule/office",
      "schedule/test",
    ]);
  });

  it("that has not begun yet holds up nobody", async () => {
    const world = await opened();
    const from = monday("19:30:00");
    await add(world, null, { state: "freeze", from, until: monday("20:00:00"), reason: "an audit" });
    await evening(world);
    expect(world.phases()).toEqual(["off", "off"]);
  });
});

describe("a maintenance window", () => {
  it("keeps servers on, and its end is an edge", async () => {
    const world = await opened();
    await add(world, "office", {
      state: "on",
      kind: "maintenance",
      until: monday("20:00:00"),
      reason: "backup",
    });
    await evening(world);
    expect(world.phases()).toEqual(["on", "off"]);
    await world.ticks(monday("19:59:00"), monday("20:03:00"));
    expect(world.phases()).toEqual(["off", "off"]);
  });

  it("is weaker than an override, whichever came first", async () => {
    const world = await opened();
    await add(world, "office", { state: "off", until: monday("20:00:00"), reason: "no" }, "k1");
    await add(world, "office", { state: "on", kind: "maintenance", for: "2h", reason: "backup" }, "k2");
    await evening(world);
    expect(world.phases()).toEqual(["off", "off"]);
  });

  it("taken back, it returns at once where no notice is wanted", async () => {
    const world = await opened();
    const made = await add(world, null, { state: "on", kind: "maintenance", for: "4h", reason: "backup" });
    await evening(world);
    expect(world.phases()).toEqual(["on", "on"]);
    await world.clock.runUntil(cancelOverride(null, idOf(made), bootstrapCaller, world.ports, true));
    await world.ticks(monday("19:10:00"), monday("19:13:00"));
    expect(world.phases()).toEqual(["off", "off"]);
  });
});

describe("an override", () => {
  it("of all schedules is weaker than one of a schedule, and that than one of a group", async () => {
    const world = await opened();
    await add(world, null, { state: "on", for: "4h", reason: "all" }, "all");
    await evening(world);
    expect(world.phases()).toEqual(["on", "on"]);
    await add(world, "office", { state: "off", for: "3h", reason: "one" }, "one");
    await world.ticks(monday("19:10:00"), monday("19:13:00"));
    expect(world.phases()).toEqual(["off", "on"]);
    const group = { names: ["server-1"] };
    await add(world, "office", { state: "on", for: "2h", reason: "group", select: group }, "group");
    await world.ticks(monday("19:20:00"), monday("19:23:00"));
    expect(world.phases()).toEqual(["on", "on"]);
  });

  it("of another schedule is not found under this one's name", async () => {
    const world = await opened();
    const made = await add(world, "office", { state: "on", for: "4h", reason: "r" });
    for (const name of ["test", null])
      await expect(
        world.clock.runUntil(cancelOverride(name, idOf(made), bootstrapCaller, world.ports)),
      ).rejects.toThrow(RequestRefused);
  });

  it.each<[string, object, string]>([
    ["neither until nor for", {}, "until"],
    ["both", { until: monday("20:00:00"), for: "2h" }, "for"],
    ["a window that is off", { for: "2h", kind: "maintenance", state: "off" }, "state"],
    ["a freeze of some servers", { for: "2h", state: "freeze", servers: ["a"] }, "servers"],
    ["a freeze of a group", { for: "2h", state: "freeze", select: { names: ["a"] } }, "select"],
  ])("is refused: %s", (_name, fields, path) => {
    const read = overrideRequestSchema.safeParse({ state: "on", reason: "r", ...fields });
    expect(read.error?.issues.map((issue) => issue.path.join("/"))).toContain(path);
  });
});
