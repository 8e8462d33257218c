import { describe, expect, it } from "vitest";
import type { Phase } from "../../../lib/operation/observation.ts";
import { openTickWorld, type TickWorld } from "./tick-world.ts";

const saturday = (time: string): string => `2026-11-07T${time}.000Z`;
const sunday = (time: string): string => `2026-11-08T${time}.000Z`;
const monday = (time: string): string => `2026-11-09T${time}.000Z`;

const opened = async (fields: object = {}): Promise<TickWorld> => {
  const world = openTickWorld();
  world.provider.addServer(["env=dev"], { phase: "off" });
  await world.put("office", fields);
  await world.ticks(saturday("00:00:00"), saturday("00:05:00"));
  return world;
};
const switched = (world: TickWorld, phase: Phase): void => {
  const [server] = world.provider.servers;
  if (server === undefined) throw new Error("there is no server");
  server.phase = phase;
};
/** Ticks as often as they have something to do, which the cell says. */
const pass = async (world: TickWorld, from: string, to: string): Promise<void> => {
  for (let at = Date.parse(from); at < Date.parse(to); at += 600_000)
    await world.tickAt(new Date(at).toISOString());
};

describe("servers that somebody switches while no edge comes for days", () => {
  it("are noticed within the hour, told once, and left so until their next off-edge", async () => {
    const world = await opened();
    switched(world, "on");
    await pass(world, saturday("00:10:00"), saturday("02:00:00"));
    expect(world.said("schedule.drifted").map(({ data }) => data)).toMatchObject([
      { servers: [{ id: "server-1", because: expect.stringContaining("switched on by hand") }] },
    ]);
    await pass(world, saturday("02:00:00"), sunday("12:00:00"));
    expect(world.said("schedule.drifted")).toHaveLength(1);
    expect(world.powers()).toBe(0);
    await world.ticks(monday("18:58:00"), monday("19:03:00"));
    expect(world.phases()).toEqual(["off"]);
  });

  it("take two looks that agree: one that is in between is nobody's doing yet", async () => {
    const world = await opened();
    const look = world.provider.look.bind(world.provider);
    let count = 0;
    world.provider.look = async (asked) => {
      count += 1;
      const seen = await look(asked);
      return count % 2 === 1
        ? seen.map((one) => (one === null ? null : { ...one, phase: "on" as const }))
        : seen;
    };
    await pass(world, saturday("01:00:00"), saturday("02:00:00"));
    expect(count).toBeGreaterThan(1);
    expect(world.said("schedule.drifted")).toEqual([]);
  });

  it("are looked at once an hour, and what observes is not", async () => {
    const world = await opened();
    const lists = (): number => world.lists.filter((path) => path === "servers").length;
    const before = lists();
    await pass(world, saturday("01:10:00"), saturday("07:10:00"));
    expect(lists() - before).toBeLessThanOrEqual(7);
    expect(lists() - before).toBeGreaterThanOrEqual(5);
    const observing = await opened({ mode: "observe" });
    const seen = observing.lists.length;
    await pass(observing, saturday("01:10:00"), saturday("07:10:00"));
    expect(observing.lists.length).toBe(seen);
  });

  it("a look goes on where the last one had no more time, and holds up no edge", async () => {
    const world = openTickWorld();
    for (let made = 0; made < 450; made += 1) world.provider.addServer(["env=dev"], { phase: "off" });
    await world.clock.advanceTo(Date.parse(saturday("00:00:00")) - 1000);
    await world.put("office");
    const { reading } = world.provider;
    const cursors: (string | null)[] = [];
    let isShort = true;
    let pages = 0;
    world.provider.reading = (request) => {
      if (request.path[0] === "servers") {
        pages += 1;
        cursors.push(request.cursor);
      }
      return reading?.(request) ?? { form: "page", items: [], next: null };
    };
    const { tickSchedules } = await import("../../../lib/flows/tick-schedules.ts");
    const tick = async (at: string): Promise<void> => {
      await world.clock.advanceTo(Date.parse(at));
      pages = 0;
      const timeLeft = (): number => (isShort && pages >= 2 ? 0 : 90_000);
      await world.clock.runUntil(tickSchedules({ ports: world.ports, timeLeft }));
    };
    await tick(saturday("00:00:00"));
    await tick(saturday("01:01:00"));
    await tick(saturday("02:02:00"));
    expect(cursors).toEqual([null, "100", "200", "300", "400"]);
    isShort = false;
    cursors.length = 0;
    await tick(saturday("03:03:00"));
    await tick(monday("08:00:01"));
    expect(world.queue.starts).toHaveLength(450);
  });
});

describe("a server made in off time", () => {
  it.each<[unknown, Phase]>([
    ["leave", "on"],
    ["apply", "off"],
    [{ apply_after: "30m" }, "off"],
  ])("with new_servers: %j it is %s in the end", async (setting, phase) => {
    const world = await opened({ new_servers: setting });
    world.provider.addServer(["env=dev"], { phase: "on" });
    const [, made] = world.provider.servers;
    if (made !== undefined) Object.assign(made, { createdAt: world.clock.now() });
    await world.ticks(saturday("00:06:00"), saturday("00:20:00"));
    if (typeof setting === "object") expect(world.phases()[1]).toBe("on");
    await world.ticks(saturday("00:30:00"), saturday("00:45:00"));
    expect(world.phases()[1]).toBe(phase);
  });
});

describe("schedules that have servers in common", () => {
  it("are due at their own edges only, as long as they have none", async () => {
    const world = openTickWorld();
    for (const tag of ["a", "b"]) world.provider.addServer([tag], { phase: "on" });
    await world.put("a", { select: { tags: ["a"] } });
    await world.put("b", {
      select: { tags: ["b"] },
      periods: [{ days: ["mon"], from: "06:00", to: "20:00" }],
    });
    await world.tickAt("2026-11-02T09:00:00.000Z");
    const looks: number[] = [];
    const look = world.provider.look.bind(world.provider);
    world.provider.look = (asked) => {
      looks.push(asked.length);
      return look(asked);
    };
    await world.tickAt("2026-11-02T09:30:00.000Z");
    expect(looks).toEqual([]);
    await world.tickAt("2026-11-02T19:00:01.000Z");
    await world.carryOut();
    expect(world.phases()).toEqual(["off", "on"]);
  });

  it("are found out when a server comes to bear both tags, at the very edge of the weaker one", async () => {
    const world = openTickWorld();
    world.provider.addServer(["a"], { phase: "on" });
    // Wanted off by the stronger one only while the weaker one says nothing.
    await world.put("a", {
      select: { tags: ["a"] },
      periods: [{ days: ["sat"], from: "01:00", to: "02:00" }],
      default: "any",
    });
    await world.put("b", { select: { tags: ["b"] } });
    await world.ticks("2026-11-02T09:00:00.000Z", "2026-11-02T09:03:00.000Z");
    const [server] = world.provider.servers;
    if (server !== undefined) Object.assign(server, { tags: ["a", "b"] });
    await world.ticks("2026-11-02T19:00:00.000Z", "2026-11-02T19:01:00.000Z");
    expect(world.phases()).toEqual(["off"]);
    const [operation] = await world.operations();
    expect(operation?.schedule).toBe("a");
  });
});
