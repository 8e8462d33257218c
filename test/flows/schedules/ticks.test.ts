import { describe, expect, it } from "vitest";
import * as z from "zod";
import { bootstrapCaller } from "../../../lib/access/caller.ts";
import { confirmTick, sayReady } from "../../../lib/flows/tick-answers.ts";
import { tickSchedules } from "../../../lib/flows/tick-schedules.ts";
import { openTickWorld } from "./tick-world.ts";

const monday = (time: string): string => `2026-11-02T${time}.000Z`;
const tuesday = (time: string): string => `2026-11-03T${time}.000Z`;

const withServers = async (phases: readonly ("on" | "off" | "standby")[], fields: object = {}) => {
  const world = openTickWorld();
  for (const phase of phases) world.provider.addServer(["env=dev"], { phase });
  await world.put("office", fields);
  return world;
};

describe("a tick", () => {
  it("stops the servers at the off-edge and starts them at the on-edge, once each", async () => {
    const world = await withServers(["on", "on"]);
    await world.ticks(monday("18:59:00"), monday("19:03:00"));
    expect(world.phases()).toEqual(["off", "off"]);
    await world.ticks(tuesday("07:59:00"), tuesday("08:03:00"));
    expect(world.phases()).toEqual(["on", "on"]);
    expect(world.powers()).toBe(4);
    const operations = await world.operations();
    expect(operations.map(({ kind, schedule, requested_by: by }) => [kind, schedule, by])).toEqual([
      ["server.stop", "office", "schedule:office"],
      ["server.stop", "office", "schedule:office"],
      ["server.start", "office", "schedule:office"],
      ["server.start", "office", "schedule:office"],
    ]);
  });

  it("says which servers an edge has switched, and by which operations", async () => {
    const world = await withServers(["on"]);
    await world.ticks(monday("18:59:00"), monday("19:03:00"));
    const [operation] = await world.operations();
    expect(world.said("schedule.edge_applied").map(({ data }) => data)).toMatchObject([
      {
        edge: { action: "off" },
        server_count: 1,
        servers: [{ id: "server-1", operation_id: operation?.id }],
      },
    ]);
  });

  it("leaves servers alone that no schedule selects", async () => {
    const world = await withServers(["on"]);
    world.provider.addServer(["env=prod"], { phase: "on" });
    await world.ticks(monday("18:59:00"), monday("19:03:00"));
    expect(world.phases()).toEqual(["off", "on"]);
  });

  it("costs one read while nothing is due", async () => {
    const world = await withServers(["on"]);
    await world.tickAt(monday("09:00:00"));
    let reads = 0;
    const load = world.ports.cells.load.bind(world.ports.cells);
    const refuse = (): never => {
      throw new Error("nothing else may be asked");
    };
    const cells = {
      load: (key: string) => {
        reads += 1;
        return load(key);
      },
      save: refuse,
    };
    const documents = { load: refuse, save: refuse, remove: refuse, list: refuse };
    await world.tickAt(monday("09:01:00"), { ...world.ports, cells, documents });
    expect(reads).toBe(1);
  });
});

describe("ticks that are late, doubled or missing", () => {
  it("a tick that is repeated in the same minute changes nothing", async () => {
    const world = await withServers(["on"]);
    await world.tickAt(monday("18:59:00"));
    for (let count = 0; count < 3; count += 1) await world.tickAt(monday("19:00:01"));
    await world.carryOut();
    await world.tickAt(monday("19:00:20"));
    await world.ticks(monday("19:01:00"), monday("19:03:00"));
    expect(world.powers()).toBe(1);
    expect(await world.operations()).toHaveLength(1);
  });

  it("a tick that comes 20 minutes late applies the edge then, once", async () => {
    const world = await withServers(["on"]);
    await world.tickAt(monday("18:50:00"));
    await world.ticks(monday("19:20:00"), monday("19:23:00"));
    expect(world.phases()).toEqual(["off"]);
    expect(world.powers()).toBe(1);
  });

  it("of several edges that were missed, only the latest is applied", async () => {
    const world = await withServers(["on"], { catch_up: { minutes: 10_000, percent: 100, late: "2d" } });
    await world.tickAt(monday("18:50:00"));
    await world.ticks(tuesday("09:00:00"), tuesday("09:03:00"));
    expect(world.powers()).toBe(0);
    expect(world.phases()).toEqual(["on"]);
  });

  it("a clock that goes back two minutes repeats nothing", async () => {
    const world = await withServers(["on"]);
    await world.tickAt(monday("18:59:00"));
    await world.tickAt(monday("19:00:01"));
    await world.carryOut();
    const back = { now: () => world.clock.now() - 120_000, sleep: (time: number) => world.clock.sleep(time) };
    await world.put("other", { select: { tags: ["env=none"] } });
    await world.tickAt(monday("19:00:30"), { ...world.ports, clock: back });
    await world.ticks(monday("19:01:00"), monday("19:04:00"));
    expect(world.powers()).toBe(1);
    expect(world.phases()).toEqual(["off"]);
  });

  it("after an outage that would change many servers, a person is asked, once, and then it is done", async () => {
    const world = await withServers(["on", "on", "on"]);
    await world.tickAt(monday("18:50:00"));
    await world.ticks(monday("19:45:00"), monday("19:50:00"));
    expect(world.powers()).toBe(0);
    const [asked, ...more] = world.said("schedule.confirmation_needed");
    expect(more).toEqual([]);
    expect(asked?.data).toMatchObject({ server_count: 3 });
    const id = z.string().parse(asked?.data["confirm_id"]);
    await world.clock.runUntil(confirmTick("office", id, bootstrapCaller, world.ports));
    await world.ticks(monday("19:50:00"), monday("19:53:00"));
    expect(world.phases()).toEqual(["off", "off", "off"]);
    expect(world.powers()).toBe(3);
  });

  it("tells what was not reached, also when we were the ones who were down", async () => {
    const world = await withServers(["on"], { catch_up: { minutes: 30, percent: 100, late: "1h" } });
    await world.tickAt(monday("18:50:00"));
    await world.ticks(monday("22:00:00"), monday("22:04:00"));
    expect(world.powers()).toBe(0);
    expect(world.said("schedule.edge_skipped")).toHaveLength(1);
    expect(world.said("schedule.missed")).toHaveLength(1);
  });

  it("a pass whose time is over is gone on with at the next tick", async () => {
    const world = await withServers(Array.from({ length: 450 }, () => "on" as const));
    await world.tickAt(monday("18:30:00"));
    await world.clock.advanceTo(Date.parse(monday("19:00:01")));
    let pages = 0;
    const timeLeft = (): number => (pages > 2 ? 0 : 90_000);
    const { reading } = world.provider;
    world.provider.reading = (request) => {
      pages += 1;
      if (reading === null) throw new Error("nothing can be read");
      return reading(request);
    };
    await world.clock.runUntil(tickSchedules({ ports: world.ports, timeLeft }));
    const first = world.queue.starts.length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(450);
    await world.tickAt(monday("19:01:00"));
    expect(world.queue.starts.length).toBe(450);
    expect(new Set(world.queue.starts).size).toBe(450);
    const counted = world.said("schedule.edge_applied").map(({ data }) => data["server_count"]);
    expect(counted.reduce((sum: number, count) => sum + z.number().parse(count), 0)).toBe(450);
  });
});

describe("what a tick holds to", () => {
  it("no more servers are switched at a time than the schedule says", async () => {
    const world = await withServers(["on", "on", "on"], { stagger: { max_parallel: 1 } });
    await world.tickAt(monday("18:59:00"));
    await world.tickAt(monday("19:00:01"));
    expect(world.queue.starts).toHaveLength(1);
    await world.ticks(monday("19:01:00"), monday("19:08:00"));
    expect(world.phases()).toEqual(["off", "off", "off"]);
    expect(world.powers()).toBe(3);
  });

  it("more than `max_affected` are not switched before a person has confirmed it", async () => {
    const world = await withServers(["on", "on", "on"], { guards: { max_affected: 2 } });
    await world.ticks(monday("18:59:00"), monday("19:04:00"));
    expect(world.powers()).toBe(0);
    expect(world.said("schedule.confirmation_needed")).toHaveLength(1);
  });

  it("what a schedule needs is started first, and it waits until that runs", async () => {
    const world = openTickWorld();
    const app = world.provider.addServer(["app"], { phase: "off" });
    const db = world.provider.addServer(["db"], { phase: "off" });
    await world.put("db", { select: { tags: ["db"] } });
    await world.put("app", { select: { tags: ["app"] }, needs: ["db"] });
    await world.ticks(tuesday("07:58:00"), tuesday("08:06:00"));
    expect(world.phases()).toEqual(["on", "on"]);
    const operations = await world.operations();
    expect(operations.map(({ resource }) => resource?.id)).toEqual([db, app]);
  });

  it("what is needed is not stopped before what needs it", async () => {
    const world = openTickWorld();
    const app = world.provider.addServer(["app"], { phase: "on" });
    const db = world.provider.addServer(["db"], { phase: "on" });
    await world.put("db", { select: { tags: ["db"] } });
    await world.put("app", { select: { tags: ["app"] }, needs: ["db"] });
    await world.ticks(monday("18:58:00"), monday("19:06:00"));
    expect(world.phases()).toEqual(["off", "off"]);
    expect((await world.operations()).map(({ resource }) => resource?.id)).toEqual([app, db]);
  });

  it("waits until the port of what it needs answers, at the servers' own addresses", async () => {
    const world = openTickWorld();
    world.provider.addServer(["db"], { phase: "off" });
    world.provider.addServer(["app"], { phase: "off" });
    const { reading } = world.provider;
    world.provider.reading = (request) => {
      const page = reading?.(request);
      if (page?.form !== "page") throw new Error("nothing can be read");
      return {
        ...page,
        items: page.items.map(({ id, tags }) => ({
          id,
          name: id,
          tags: tags ?? [],
          raw: { public_ip: { address: "198.51.100.7" } },
        })),
      };
    };
    const asked: string[] = [];
    let isOpen = false;
    const prober = {
      connects: async (address: string, port: number) => {
        asked.push(`${address}:${port}`);
        return isOpen;
      },
      answers: async () => false,
    };
    Object.assign(world.ports, { prober });
    await world.put("db", { select: { tags: ["db"] } });
    await world.put("app", {
      select: { tags: ["app"] },
      needs: [{ schedule: "db", ready: "tcp:5432", timeout: "1h" }],
    });
    await world.ticks(tuesday("07:58:00"), tuesday("08:06:00"));
    expect(world.phases()).toEqual(["on", "off"]);
    expect(new Set(asked)).toEqual(new Set(["198.51.100.7:5432"]));
    isOpen = true;
    await world.ticks(tuesday("08:06:00"), tuesday("08:09:00"));
    expect(world.phases()).toEqual(["on", "on"]);
  });

  it("waits for somebody who says that what it needs is ready", async () => {
    const world = openTickWorld();
    world.provider.addServer(["db"], { phase: "off" });
    world.provider.addServer(["app"], { phase: "off" });
    await world.put("db", { select: { tags: ["db"] } });
    await world.put("app", {
      select: { tags: ["app"] },
      needs: [{ schedule: "db", ready: "callback", timeout: "1h" }],
    });
    await world.ticks(tuesday("07:58:00"), tuesday("08:06:00"));
    expect(world.phases()).toEqual(["on", "off"]);
    await world.clock.runUntil(sayReady("db", bootstrapCaller, world.ports));
    await world.ticks(tuesday("08:06:00"), tuesday("08:09:00"));
    expect(world.phases()).toEqual(["on", "on"]);
  });

  it("what the provider does not have is asked for again, slowly, and told", async () => {
    const world = await withServers(["off"]);
    world.provider.mishaps.power = Array.from(
      { length: 40 },
      () => ({ kind: "refuse", code: "OUT_OF_STOCK" }) as const,
    );
    await world.ticks(tuesday("07:59:00"), tuesday("08:35:00"));
    expect(world.phases()).toEqual(["off"]);
    expect(world.said("schedule.missed")).toHaveLength(1);
    const tries = (await world.operations()).length;
    expect(tries).toBeGreaterThan(2);
    expect(tries).toBeLessThan(6);
    world.provider.mishaps.power = [];
    await world.ticks(tuesday("08:35:00"), tuesday("08:50:00"));
    expect(world.phases()).toEqual(["on"]);
  });

  it("a schedule of a connection that is not configured is said so, once, and holds up nobody", async () => {
    const world = await withServers(["on"]);
    await world.put("gone");
    const { providers } = world.ports;
    const without = {
      ...providers,
      connection: (name: string) => (name === "paris" ? null : providers.connection(name)),
    };
    await world.tickAt(monday("18:59:00"), { ...world.ports, providers: without });
    await world.put("gone", { description: "again" });
    await world.tickAt(monday("19:00:01"), { ...world.ports, providers: without });
    expect(world.said("schedule.alert").filter(({ subject }) => subject === "schedule/office")).toHaveLength(
      1,
    );
  });

  it(
    "a hundred thousand servers are not held: their pages are asked for one after the other",
    { timeout: 300_000 },
    async () => {
      const world = await withServers([]);
      const count = 100_000;
      const ids = Array.from({ length: count }, (_, index) => `s${index}`);
      world.provider.reading = ({ limit, cursor }) => {
        const from = cursor === null ? 0 : Number(cursor);
        const items = ids
          .slice(from, from + limit)
          .map((id) => ({ id, name: id, tags: ["env=prod"], raw: null }));
        return { form: "page", items, next: from + limit < count ? String(from + limit) : null };
      };
      await world.tickAt(monday("18:59:00"));
      await world.tickAt(monday("19:00:01"));
      expect(world.provider.calls.filter((call) => call === "look")).toEqual([]);
      expect(world.provider.calls.filter((call) => call === "read servers").length).toBeGreaterThanOrEqual(
        count / 100,
      );
    },
  );
});
