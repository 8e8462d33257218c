import { describe, expect, it } from "vitest";
import { bootstrapCaller } from "../../../lib/access/caller.ts";
import { addOverride, cancelOverride } from "../../../lib/flows/overrides.ts";
import { pauseSchedule, resumeSchedule } from "../../../lib/flows/pause-schedule.ts";
import { liftStop, setStop } from "../../../lib/flows/stop-switch.ts";
import type { Phase } from "../../../lib/operation/observation.ts";
import { openTickWorld, type TickWorld } from "./tick-world.ts";

const monday = (time: string): string => `2026-11-02T${time}.000Z`;
const tuesday = (time: string): string => `2026-11-03T${time}.000Z`;
const wednesday = (time: string): string => `2026-11-04T${time}.000Z`;

const opened = async (phases: readonly Phase[], fields: object = {}): Promise<TickWorld> => {
  const world = openTickWorld();
  for (const phase of phases) world.provider.addServer(["env=dev"], { phase });
  await world.put("office", fields);
  return world;
};

/** Somebody switches the first server by hand. */
const byHand = (world: TickWorld, phase: Phase): void => {
  const [server] = world.provider.servers;
  if (server === undefined) throw new Error("there is no server");
  server.phase = phase;
};

const evening = async (world: TickWorld, day = monday): Promise<void> =>
  world.ticks(day("18:58:00"), day("19:03:00"));
const morning = async (world: TickWorld, day = tuesday): Promise<void> =>
  world.ticks(day("07:58:00"), day("08:03:00"));
const reasons = (world: TickWorld, type: string): readonly unknown[] =>
  world.said(type).flatMap(({ data }) => {
    const { servers } = data;
    return Array.isArray(servers)
      ? servers.map((one) =>
          typeof one === "object" && one !== null && "because" in one ? one.because : null,
        )
      : [];
  });

describe("servers that people switch by hand", () => {
  it("started at night, stays on until the next off-edge", async () => {
    const world = await opened(["on"]);
    await evening(world);
    await world.clock.advanceTo(Date.parse(monday("22:00:00")));
    byHand(world, "on");
    await world.ticks(monday("22:01:00"), monday("22:05:00"));
    expect(world.phases()).toEqual(["on"]);
    await morning(world);
    await evening(world, tuesday);
    expect(world.phases()).toEqual(["off"]);
    expect(world.powers()).toBe(2);
  });

  it("started at night, survives the next off-edge once with `retain`", async () => {
    const world = await opened(["on"], { retain: true });
    await evening(world);
    byHand(world, "on");
    await morning(world);
    await evening(world, tuesday);
    expect(world.phases()).toEqual(["on"]);
    await morning(world, wednesday);
    await evening(world, wednesday);
    expect(world.phases()).toEqual(["off"]);
  });

  it("stopped at work, stays off until the next on-edge, and that is told", async () => {
    const world = await opened(["on"]);
    await evening(world);
    await morning(world);
    await world.clock.advanceTo(Date.parse(tuesday("11:00:00")));
    byHand(world, "off");
    await world.ticks(tuesday("11:01:00"), tuesday("11:05:00"));
    expect(world.phases()).toEqual(["off"]);
    await evening(world, tuesday);
    expect(reasons(world, "schedule.drifted")).toHaveLength(1);
    await morning(world, wednesday);
    expect(world.phases()).toEqual(["on"]);
  });

  it("is put right each minute where that is enforced, and left alone when it flaps", async () => {
    const world = await opened(["on"], { mode: "enforce" });
    await world.ticks(monday("09:00:00"), monday("09:02:00"));
    for (let minute = 2; minute < 40; minute += 2) {
      byHand(world, "off");
      await world.ticks(
        monday(`09:${String(minute).padStart(2, "0")}:00`),
        monday(`09:${String(minute + 2).padStart(2, "0")}:00`),
      );
    }
    expect(world.powers()).toBe(3);
    expect(world.said("schedule.flapping").length).toBeGreaterThan(0);
  });

  it("is left alone by the very next tick when it is no longer enforced", async () => {
    const world = await opened(["on"], { mode: "enforce" });
    await world.ticks(monday("09:00:00"), monday("09:02:00"));
    await world.put("office", { mode: "respect" });
    byHand(world, "off");
    await world.ticks(monday("09:02:00"), monday("09:05:00"));
    expect(world.powers()).toBe(0);
  });

  it("is not taken for switched by hand while our own operation is at work", async () => {
    const world = await opened(["on"], { hold: "4h" });
    await world.tickAt(monday("19:00:01"));
    await world.tickAt(monday("19:01:00"));
    await world.carryOut();
    await world.ticks(monday("19:02:00"), monday("19:05:00"));
    await morning(world);
    expect(world.said("schedule.drifted")).toEqual([]);
    expect(world.phases()).toEqual(["on"]);
  });
});

describe("what keeps servers as they are", () => {
  it.each([
    ["locked", "the provider has locked it"],
    ["unknown", "nobody knows how it stands"],
    ["failed", "nobody knows how it stands"],
  ] as const)("a server that is %s is left alone, and that is told", async (phase, words) => {
    const world = await opened([phase, "on"]);
    await evening(world);
    expect(world.phases()).toEqual([phase, "off"]);
    expect(reasons(world, "schedule.server_left_alone").join()).toContain(words);
  });

  it("a server that is deleted between two edges is nobody's concern", async () => {
    const world = await opened(["on", "on"]);
    await evening(world);
    world.provider.remove({ type: "server", id: "server-1" });
    await morning(world);
    expect(world.phases()).toEqual(["on"]);
    expect(world.said("schedule.missed")).toEqual([]);
  });

  it("a server that is stopped in place is billed, and powered off where that is asked for", async () => {
    const world = await opened(["standby"], { cleanup_standby: true });
    await world.ticks(monday("21:00:00"), monday("21:07:00"));
    expect(world.powers()).toBe(1);
  });

  it("a paused schedule does nothing until it is resumed, then what is wanted", async () => {
    const world = await opened(["on"]);
    await world.tickAt(monday("18:00:00"));
    await world.clock.runUntil(pauseSchedule("office", { reason: "a move" }, bootstrapCaller, world.ports));
    await evening(world);
    expect(world.powers()).toBe(0);
    await world.clock.runUntil(resumeSchedule("office", bootstrapCaller, world.ports));
    await world.ticks(monday("19:10:00"), monday("19:20:00"));
    expect(world.phases()).toEqual(["off"]);
  });

  it("an observing schedule sends nothing, and says what it would have done", async () => {
    const world = await opened(["on"], { mode: "observe" });
    await evening(world);
    expect(world.powers()).toBe(0);
    expect(await world.operations()).toEqual([]);
    expect(world.said("schedule.edge_observed").map(({ data }) => data)).toMatchObject([{ server_count: 1 }]);
  });

  it("starts that the stop switch refuses are told, tried again, and done when it is lifted", async () => {
    const world = await opened(["off"]);
    await world.tickAt(tuesday("07:50:00"));
    const stop = {
      until: tuesday("12:00:00"),
      reason: "a fire",
      set_at: tuesday("07:50:00"),
      set_by: "test",
    };
    await world.clock.runUntil(setStop(stop, world.ports));
    await world.ticks(tuesday("07:58:00"), tuesday("08:20:00"));
    expect(world.powers()).toBe(0);
    expect(world.said("schedule.server_delayed")).toHaveLength(1);
    expect(world.said("schedule.missed")).toHaveLength(1);
    await world.clock.runUntil(liftStop("test", world.ports));
    await world.ticks(tuesday("08:20:00"), tuesday("08:23:00"));
    expect(world.phases()).toEqual(["on"]);
  });

  it("a stop is done although the stop switch holds: it lets less run", async () => {
    const world = await opened(["on"]);
    await world.tickAt(monday("18:50:00"));
    const stop = { until: tuesday("12:00:00"), reason: "a fire", set_at: monday("18:50:00"), set_by: "test" };
    await world.clock.runUntil(setStop(stop, world.ports));
    await evening(world);
    expect(world.phases()).toEqual(["off"]);
  });

  it("a provider that does not answer is asked again, and nothing is lost", async () => {
    const world = await opened(["on"]);
    await world.tickAt(monday("18:59:00"));
    const look = world.provider.look.bind(world.provider);
    world.provider.look = async () => {
      throw new Error("never seen");
    };
    await expect(world.tickAt(monday("19:00:01"))).rejects.toThrow(/1 pieces of work failed/);
    world.provider.look = look;
    await world.ticks(monday("19:01:00"), monday("19:04:00"));
    expect(world.phases()).toEqual(["off"]);
  });

  it("one schedule's fault keeps no other waiting", async () => {
    const world = await opened(["on"]);
    world.provider.addServer(["env=broken"], { phase: "on" });
    await world.put("broken", { select: { tags: ["env=broken"] } });
    await world.tickAt(monday("18:59:00"));
    const { documents } = world.ports;
    const failing: typeof documents = {
      load: async (folder, name) => {
        if (folder.startsWith("schedule-servers/broken@")) throw new Error("this one is broken");
        return documents.load(folder, name);
      },
      save: (folder, ...more) => documents.save(folder, ...more),
      remove: (folder, ...more) => documents.remove(folder, ...more),
      list: (folder, after, limit) => documents.list(folder, after, limit),
    };
    await expect(world.tickAt(monday("19:00:01"), { ...world.ports, documents: failing })).rejects.toThrow(
      /1 pieces of work failed/,
    );
    await world.carryOut();
    await world.ticks(monday("19:01:00"), monday("19:02:00"));
    expect(world.phases()).toEqual(["off", "off"]);
  });
});

describe("exceptions", () => {
  const until = (time: string, state: "on" | "off" = "on") => ({
    state,
    until: monday(time),
    reason: "a release",
  });

  it("an override keeps servers on, and its end stops them, once, with notice", async () => {
    const world = await opened(["on"]);
    await world.tickAt(monday("18:30:00"));
    await world.clock.runUntil(addOverride("office", until("21:00:00"), "k", bootstrapCaller, world.ports));
    await evening(world);
    expect(world.powers()).toBe(0);
    await world.ticks(monday("20:40:00"), monday("21:03:00"));
    expect(world.phases()).toEqual(["off"]);
    const announced = world.said("schedule.stop_announced").map(({ data }) => data["edge"]);
    expect(announced).toMatchObject([{ at: monday("21:00:00") }]);
  });

  it("an override that is taken back returns what is wanted at the next tick", async () => {
    const world = await opened(["on"]);
    await world.tickAt(monday("18:30:00"));
    const added = addOverride("office", until("23:00:00"), "k", bootstrapCaller, world.ports);
    const made = await world.clock.runUntil(added);
    if (!("override" in made)) throw new Error("it is a freeze");
    await evening(world);
    await world.clock.runUntil(cancelOverride("office", made.override.id, bootstrapCaller, world.ports));
    await world.ticks(monday("19:30:00"), monday("19:33:00"));
    expect(world.phases()).toEqual(["off"]);
  });

  it("an override that a tick did not see is not lost, although the tick was later than it", async () => {
    const world = await opened(["on"]);
    await world.tickAt(monday("18:59:00"));
    await world.clock.advanceTo(Date.parse(monday("18:59:59")));
    // Asked for before the edge; its document is written after the tick has read all of them.
    const { documents } = world.ports;
    let write: () => Promise<unknown> = async () => {};
    const late: typeof documents = {
      load: (folder, name) => documents.load(folder, name),
      save: (folder, ...more) => {
        if (folder !== "schedule-overrides") return documents.save(folder, ...more);
        write = () => documents.save(folder, ...more);
        return Promise.resolve(true);
      },
      remove: (folder, ...more) => documents.remove(folder, ...more),
      list: (folder, after, limit) => documents.list(folder, after, limit),
    };
    const asking = addOverride("office", until("23:00:00"), "k", bootstrapCaller, {
      ...world.ports,
      documents: late,
    });
    await world.clock.runUntil(asking);
    await world.tickAt(monday("19:00:01"));
    await write();
    await world.carryOut();
    expect(world.phases()).toEqual(["off"]);
    await world.clock.runUntil(pauseSchedule("office", {}, bootstrapCaller, world.ports));
    await world.clock.runUntil(resumeSchedule("office", bootstrapCaller, world.ports));
    await world.ticks(monday("19:01:00"), monday("19:04:00"));
    expect(world.phases()).toEqual(["on"]);
  });
});
