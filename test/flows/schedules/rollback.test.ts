import { describe, expect, it } from "vitest";
import { bootstrapCaller } from "../../../lib/access/caller.ts";
import { explainServer } from "../../../lib/flows/schedule-questions.ts";
import { openTickWorld, type TickWorld } from "./tick-world.ts";

const tuesday = (time: string): string => `2026-11-03T${time}.000Z`;
const wednesday = (time: string): string => `2026-11-04T${time}.000Z`;

const inGroup = (tag: string) => ({ select: { tags: [tag] } });

/** The world of two databases, one of which never starts, a cache, and an app that needs both. */
const failing = async (policy: string, fields: object = {}): Promise<TickWorld> => {
  const world = openTickWorld();
  world.provider.addServer(["db"], { phase: "off" });
  world.provider.addServer(["db"], { phase: "locked" });
  world.provider.addServer(["cache"], { phase: "off" });
  world.provider.addServer(["app"], { phase: "off" });
  await world.put("db", inGroup("db"));
  await world.put("cache", inGroup("cache"));
  const needs = [{ schedule: "db", on_failure: policy, timeout: "5m" }, "cache"];
  await world.put("app", { ...inGroup("app"), needs, ...fields });
  return world;
};

describe("what was started for a group of which a part has failed", () => {
  it("`hold`: the app is not started, and what it needs stays on", async () => {
    const world = await failing("hold");
    await world.ticks(tuesday("07:58:00"), tuesday("08:15:00"));
    expect(world.phases()).toEqual(["on", "locked", "on", "off"]);
    const told = JSON.stringify(world.said("schedule.server_left_alone").map(({ data }) => data));
    expect(told).toContain("db, which it needs, is not ready after 5 min");
  });

  it("`continue`: the app is started all the same, and says so", async () => {
    const world = await failing("continue");
    await world.ticks(tuesday("07:58:00"), tuesday("08:15:00"));
    expect(world.phases()).toEqual(["on", "locked", "on", "on"]);
    expect(JSON.stringify(world.said("schedule.edge_applied").at(-1)?.data)).toContain("is not ready after");
  });

  it("`rollback`: what this edge has started is stopped again, each with its reason", async () => {
    const world = await failing("rollback");
    await world.ticks(tuesday("07:58:00"), tuesday("08:15:00"));
    expect(world.phases()).toEqual(["off", "locked", "off", "off"]);
    const made = world.said("schedule.override_added");
    expect(made.map(({ subject }) => subject).toSorted()).toEqual(["schedule/cache", "schedule/db"]);
    for (const { data } of made) {
      expect(data).toMatchObject({ by: "schedule:app", override: { until: tuesday("19:00:00") } });
      expect(data["reason"]).toContain("started for app, which was not started: db, which it needs");
    }
    const operations = (await world.operations()).map(({ kind }) => kind);
    expect(operations.toSorted()).toEqual(["server.start", "server.start", "server.stop", "server.stop"]);
  });

  it("stays so until the next off-edge, and the next day is begun anew", async () => {
    const world = await failing("rollback");
    await world.ticks(tuesday("07:58:00"), tuesday("08:15:00"));
    await world.ticks(tuesday("18:55:00"), tuesday("19:05:00"));
    expect(world.phases()).toEqual(["off", "locked", "off", "off"]);
    const powers = world.powers();
    const [, second] = world.provider.servers;
    if (second !== undefined) second.phase = "off";
    await world.ticks(wednesday("07:58:00"), wednesday("08:10:00"));
    expect(world.phases()).toEqual(["on", "on", "on", "on"]);
    expect(world.powers()).toBe(powers + 4);
  });

  it("leaves on what was on before this edge", async () => {
    const world = await failing("rollback");
    const [first] = world.provider.servers;
    if (first !== undefined) first.phase = "on";
    await world.ticks(tuesday("07:58:00"), tuesday("08:15:00"));
    expect(world.phases()).toEqual(["on", "locked", "off", "off"]);
  });

  it("leaves on what another schedule needs that is on", async () => {
    const world = await failing("rollback");
    world.provider.addServer(["shop"], { phase: "on" });
    await world.put("shop", { ...inGroup("shop"), needs: ["cache"] });
    await world.ticks(tuesday("07:58:00"), tuesday("08:15:00"));
    expect(world.phases()).toEqual(["off", "locked", "on", "off", "on"]);
    expect(JSON.stringify(world.said("schedule.server_delayed"))).toContain("servers of shop, which need it");
  });

  it("is explained by the exception that it is, which is weaker than any other", async () => {
    const world = await failing("rollback");
    await world.ticks(tuesday("07:58:00"), tuesday("08:15:00"));
    const { reading } = world.provider;
    world.provider.reading = (request) =>
      request.path.length === 2
        ? { form: "item", item: { id: "server-1", name: "server-1", tags: ["db"], raw: null } }
        : (reading?.(request) ?? { form: "page", items: [], next: null });
    const explained = explainServer("db", "server-1", null, bootstrapCaller, world.ports);
    const { desired, chain } = await world.clock.runUntil(explained);
    expect(desired).toBe("off");
    expect(chain[0]?.rule).toMatch(/^rollback ovr_/);
    expect(chain[0]?.because).toContain("started for app");
  });
});
