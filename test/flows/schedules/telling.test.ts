import { describe, expect, it } from "vitest";
import * as z from "zod";
import { openApiWorld } from "./api-world.ts";

const monday = (time: string): string => `2026-11-02T${time}.000Z`;
const overrides = "/v1/schedules/office/overrides";
const idSchema = z.object({ id: z.string() });

describe("schedule.edge_applied", () => {
  it.each<[string, object, readonly (readonly [string, object?])[]]>([
    ["is paused", {}, [["/v1/schedules/office/pause"]]],
    ["is overridden", {}, [[overrides, { state: "on", for: "4h", reason: "r" }]]],
    ["only observes", { mode: "observe" }, []],
    ["has nothing to do", { select: { tags: ["env=nothing"] } }, []],
  ])("is not said of a schedule that %s: nothing was switched", async (_what, fields, requests) => {
    const { world, ask } = await openApiWorld(["on"], fields);
    await world.tickAt(monday("18:30:00"));
    for (const [path, body] of requests) expect((await ask("POST", path, body)).status).toBeLessThan(300);
    await world.ticks(monday("18:58:00"), monday("19:03:00"));
    expect(world.phases()).toEqual(["on"]);
    expect(world.said("schedule.edge_applied")).toEqual([]);
  });

  it("is not said of a stop of servers that are off already, nor of one that was snoozed", async () => {
    const off = await openApiWorld(["off"]);
    await off.world.ticks(monday("18:58:00"), monday("19:03:00"));
    expect(off.world.said("schedule.edge_applied")).toEqual([]);
    const { world, ask } = await openApiWorld(["on"]);
    await world.ticks(monday("18:44:00"), monday("18:47:00"));
    const path = z.string().parse(world.said("schedule.stop_announced")[0]?.data["snooze_path"]);
    expect((await ask("POST", path)).status).toBe(200);
    await world.ticks(monday("18:58:00"), monday("19:03:00"));
    expect(world.said("schedule.edge_applied")).toEqual([]);
  });

  it("names each server with its operation, and why", async () => {
    const { world } = await openApiWorld(["on", "off"]);
    await world.ticks(monday("18:58:00"), monday("19:03:00"));
    expect(world.said("schedule.edge_applied").map(({ data }) => data)).toMatchObject([
      {
        edge: { at: monday("19:00:00"), action: "off" },
        servers: [{ id: "server-1", operation_id: expect.stringMatching(/^op_/) }],
        server_count: 1,
        reason: expect.stringContaining("08:00-19:00"),
      },
    ]);
  });
});

describe("schedule.ready", () => {
  it("is said of every wake, with a callback or without, once the servers run", async () => {
    const { world, ask } = await openApiWorld(["off", "off"]);
    await world.tickAt(monday("21:00:00"));
    const wake = (key: string, more: object = {}) =>
      ask("POST", "/v1/schedules/office/wake", { lease: "2h", ...more }, { key });
    expect((await wake("one")).body["callback_id"]).toBeNull();
    await world.tickAt(monday("21:00:30"));
    expect(world.said("schedule.ready")).toEqual([]);
    await world.carryOut();
    await world.ticks(monday("21:02:00"), monday("21:05:00"));
    const ready = () => world.said("schedule.ready").map(({ data }) => data["server_count"]);
    expect(ready()).toEqual([2]);
    // They run already: whoever asks now is told as well.
    await wake("two", { servers: ["server-1"] });
    await world.ticks(monday("21:05:00"), monday("21:07:00"));
    expect(ready()).toEqual([2, 1]);
    // Repeats are not told again.
    await wake("one");
    await wake("two", { servers: ["server-1"] });
    await world.ticks(monday("21:07:00"), monday("21:10:00"));
    expect(ready()).toEqual([2, 1]);
  });

  it("is not said where the servers did not run before the lease was over", async () => {
    const { world, ask } = await openApiWorld(["off"]);
    world.provider.addServer(["env=dev"], { phase: "locked" });
    await world.tickAt(monday("21:00:00"));
    await ask("POST", "/v1/schedules/office/wake", { lease: "5m" }, { key: "k" });
    await world.carryOut();
    await world.ticks(monday("21:01:00"), monday("21:10:00"));
    expect(world.said("schedule.ready")).toEqual([]);
  });
});

describe("what is taken back", () => {
  const evening = async (path: string, request: object | undefined, fields: object = {}) => {
    const opened = await openApiWorld(["on"], fields);
    const { world, ask } = opened;
    await world.tickAt(monday("18:30:00"));
    const made = await ask("POST", path, request);
    await world.ticks(monday("18:58:00"), monday("19:05:00"));
    expect(world.phases()).toEqual(["on"]);
    return { ...opened, made: idSchema.safeParse(made.body).data?.id ?? "" };
  };
  const on = { state: "on", for: "4h", reason: "r" };
  const taken: readonly [string, string, object | undefined, (id: string) => readonly [string, string]][] = [
    ["an override", overrides, on, (id) => ["DELETE", `${overrides}/${id}`]],
    ["one of all schedules", "/v1/overrides", on, (id) => ["DELETE", `/v1/overrides/${id}`]],
    [
      "one of named servers",
      overrides,
      { ...on, servers: ["server-1"] },
      (id) => ["DELETE", `${overrides}/${id}`],
    ],
    [
      "one of a group",
      overrides,
      { ...on, select: { names: ["server-*"] } },
      (id) => ["DELETE", `${overrides}/${id}`],
    ],
    ["one that leaves alone", overrides, { ...on, state: "any" }, (id) => ["DELETE", `${overrides}/${id}`]],
    ["a window", overrides, { ...on, kind: "maintenance" }, (id) => ["DELETE", `${overrides}/${id}`]],
    ["a freeze", overrides, { ...on, state: "freeze" }, (id) => ["DELETE", `${overrides}/${id}`]],
    ["a pause", "/v1/schedules/office/pause", undefined, () => ["POST", "/v1/schedules/office/resume"]],
  ];

  it.each(taken)(
    "%s: the stop that this makes due is announced 15 minutes before, and can be snoozed",
    async (_what, path, request, back) => {
      const { world, ask, made } = await evening(path, request);
      const [method, end] = back(made);
      expect((await ask(method, end)).status).toBeLessThan(300);
      await world.ticks(monday("19:05:00"), monday("19:19:00"));
      expect(world.phases()).toEqual(["on"]);
      const notices = world.said("schedule.stop_announced").filter(({ time }) => time > monday("19:04:00"));
      expect(notices).toHaveLength(1);
      const { edge, snooze_path: snooze } = notices[0]?.data ?? {};
      expect(edge).toMatchObject({ action: "off" });
      await world.ticks(monday("19:19:00"), monday("19:24:00"));
      expect(world.phases()).toEqual(["off"]);
      expect(z.string().parse(snooze)).toMatch(/^\/snooze\//);
    },
  );

  it.each(taken)(
    "%s: with now=true the stop comes with the next tick",
    async (_what, path, request, back) => {
      const { world, ask, made } = await evening(path, request);
      const [method, end] = back(made);
      await ask(method, end, undefined, { query: "now=true" });
      await world.ticks(monday("19:05:00"), monday("19:08:00"));
      expect(world.phases()).toEqual(["off"]);
    },
  );

  it("now=true after a plain one ends the notice, too", async () => {
    const { world, ask, made } = await evening(overrides, on);
    await ask("DELETE", `${overrides}/${made}`);
    await world.ticks(monday("19:05:00"), monday("19:08:00"));
    expect(world.phases()).toEqual(["on"]);
    expect((await ask("DELETE", `${overrides}/${made}`, undefined, { query: "now=true" })).status).toBe(204);
    await world.ticks(monday("19:08:00"), monday("19:11:00"));
    expect(world.phases()).toEqual(["off"]);
  });

  it("has no notice where none is configured, where nothing is stopped, and gives it once", async () => {
    const none = await evening(overrides, on, { notice_minutes: 0 });
    await none.ask("DELETE", `${overrides}/${none.made}`);
    await none.world.ticks(monday("19:05:00"), monday("19:08:00"));
    expect(none.world.phases()).toEqual(["off"]);

    const { world, ask } = await openApiWorld(["on"]);
    await world.tickAt(monday("10:00:00"));
    const made = idSchema.parse((await ask("POST", overrides, on)).body).id;
    await ask("DELETE", `${overrides}/${made}`);
    expect((await ask("GET", overrides)).body["items"]).toEqual([]);

    const twice = await evening(overrides, on);
    for (let time = 0; time < 3; time += 1) await twice.ask("DELETE", `${overrides}/${twice.made}`);
    const listed = await twice.ask("GET", overrides);
    expect(listed.body["items"]).toMatchObject([
      { state: "on", reason: `${twice.made} was taken back: the stop that follows is announced first` },
    ]);
  });

  it("under a schedule that leaves servers alone outside: the stop that was kept from happening is done after the notice", async () => {
    const { world, ask, made } = await evening(overrides, on, { default: "any" });
    await ask("DELETE", `${overrides}/${made}`);
    await world.ticks(monday("19:05:00"), monday("19:18:00"));
    expect(world.phases()).toEqual(["on"]);
    await world.ticks(monday("19:18:00"), monday("19:24:00"));
    expect(world.phases()).toEqual(["off"]);
  });
});

describe("a link that snoozes", () => {
  it("is answered alike by GET and POST, whenever", async () => {
    const { world, ask } = await openApiWorld(["on"]);
    await world.ticks(monday("18:44:00"), monday("18:47:00"));
    const path = z.string().parse(world.said("schedule.stop_announced")[0]?.data["snooze_path"]);
    await world.ticks(monday("18:58:00"), monday("19:03:00"));
    expect(world.phases()).toEqual(["off"]);
    const answers = [await ask("GET", path), await ask("POST", path)];
    expect(answers.map(({ status, body }) => [status, body["code"]])).toEqual([
      [410, "SNOOZE_EXPIRED"],
      [410, "SNOOZE_EXPIRED"],
    ]);
  });
});
