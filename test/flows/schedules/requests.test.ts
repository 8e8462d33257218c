import { describe, expect, it } from "vitest";
import * as z from "zod";
import { ProviderDoubt } from "../../../lib/ports/provider.ts";
import { answerOf, openApiWorld } from "./api-world.ts";
import { mortal } from "./mortal.ts";

const monday = (time: string): string => `2026-11-02T${time}.000Z`;
const overrides = "/v1/schedules/office/overrides";
const wake = "/v1/schedules/office/wake";
const idSchema = z.object({ id: z.string(), until: z.string(), state: z.string() });
const itemsSchema = z.object({ items: z.array(z.looseObject({ id: z.string(), state: z.string() })) });
const wokenSchema = z.object({ override: idSchema.loose(), callback_id: z.string().nullable() });

describe("an idempotency key of a schedule", () => {
  it.each<[string, object, object]>([
    ["the other state", { state: "on", for: "2h" }, { state: "off", for: "2h" }],
    ["another length", { state: "on", for: "2h" }, { state: "on", for: "4h" }],
    ["a freeze in place of an override", { state: "on", for: "2h" }, { state: "freeze", for: "2h" }],
    ["an override in place of a freeze", { state: "freeze", for: "2h" }, { state: "on", for: "2h" }],
  ])("that was used for an override is refused for another body: %s", async (_what, first, second) => {
    const { ask } = await openApiWorld(["on"]);
    const made = await ask("POST", overrides, { ...first, reason: "r" }, { key: "ov1" });
    expect(made.status).toBe(201);
    const again = await ask("POST", overrides, { ...first, reason: "r" }, { key: "ov1" });
    expect(again).toEqual(made);
    const other = await ask("POST", overrides, { ...second, reason: "r" }, { key: "ov1" });
    expect(other).toMatchObject({ status: 422, body: { code: "IDEMPOTENCY_KEY_REUSED" } });
    const listed = itemsSchema.parse((await ask("GET", overrides)).body);
    expect(listed.items.map(({ id }) => id)).toEqual([made.body["id"]]);
  });

  it("makes the same override once, also after its end has passed", async () => {
    const { world, ask } = await openApiWorld(["on"]);
    const request = { state: "on", until: monday("09:00:00"), reason: "r" };
    const made = await ask("POST", overrides, request, { key: "k" });
    await world.clock.advanceTo(Date.parse(monday("10:00:00")));
    expect(await ask("POST", overrides, request, { key: "k" })).toEqual(made);
    expect((await ask("POST", overrides, request, { key: "other" })).status).toBe(422);
  });

  it("extend twice with the same key = one extension, and another end under it is refused", async () => {
    for (const state of ["on", "freeze"]) {
      const { ask } = await openApiWorld(["on"]);
      const made = idSchema.parse((await ask("POST", overrides, { state, for: "2h", reason: "r" })).body);
      const path = `${overrides}/${made.id}`;
      const until = (time: string) => ({ until: monday(time) });
      expect((await ask("PATCH", path, until("12:00:00"), { key: "a" })).body).toMatchObject(
        until("12:00:00"),
      );
      expect((await ask("PATCH", path, until("14:00:00"), { key: "b" })).status).toBe(200);
      // The repeat of the first one, which comes late, changes nothing.
      const again = await ask("PATCH", path, until("12:00:00"), { key: "a" });
      expect(again).toMatchObject({ status: 200, body: until("14:00:00") });
      const other = await ask("PATCH", path, until("16:00:00"), { key: "a" });
      expect(other).toMatchObject({ status: 422, body: { code: "IDEMPOTENCY_KEY_REUSED" } });
      expect(itemsSchema.parse((await ask("GET", overrides)).body).items[0]).toMatchObject(until("14:00:00"));
    }
  });

  it("of a wake makes its lease no longer when it comes again, and is refused for another lease", async () => {
    const { world, ask } = await openApiWorld(["off"]);
    await world.tickAt(monday("21:00:00"));
    const first = await ask("POST", wake, { lease: "10m" }, { key: "w" });
    expect(first.status).toBe(202);
    const { until } = wokenSchema.parse(first.body).override;
    await world.clock.advanceTo(Date.parse(monday("21:05:00")));
    const again = await ask("POST", wake, { lease: "10m" }, { key: "w" });
    expect(again.status).toBe(202);
    expect(wokenSchema.parse(again.body).override.until).toBe(until);
    const other = await ask("POST", wake, { lease: "20m" }, { key: "w" });
    expect(other).toMatchObject({ status: 422, body: { code: "IDEMPOTENCY_KEY_REUSED" } });
    const listed = itemsSchema.parse((await ask("GET", overrides)).body);
    expect(listed.items).toMatchObject([{ until }]);
    await world.clock.advanceTo(Date.parse(monday("21:30:00")));
    const late = await ask("POST", wake, { lease: "10m" }, { key: "w" });
    expect(late.status).toBe(202);
    expect(wokenSchema.parse(late.body).override.until).toBe(until);
    expect(itemsSchema.parse((await ask("GET", overrides)).body).items).toEqual([]);
  });
});

describe("servers that are named", () => {
  const named = (servers: readonly string[]) => ({ state: "on", for: "2h", reason: "r", servers });

  it.each<[string, string, (servers: readonly string[]) => object, string]>([
    ["an override", overrides, named, "server-1"],
    ["an override of all schedules", "/v1/overrides", named, "server-1"],
    ["a wake", wake, (servers) => ({ lease: "10m", servers }), "server-1"],
  ])("must be selected by the schedule: %s", async (_what, path, body, known) => {
    const { world, ask } = await openApiWorld(["on"]);
    world.provider.addServer(["env=prod"], { phase: "on" });
    for (const isSeen of [false, true]) {
      if (isSeen) await world.tickAt(monday("09:00:00"));
      const refused = await ask("POST", path, body(["server-1", "zz", "server-2"]), { key: `a${isSeen}` });
      expect(refused.status).toBe(422);
      expect(refused.body["errors"]).toEqual([
        { pointer: "/servers/1", detail: expect.stringContaining('a server "zz"') },
        { pointer: "/servers/2", detail: expect.stringContaining('a server "server-2"') },
      ]);
      const taken = await ask("POST", path, body([known]), { key: `b${isSeen}` });
      expect(taken.status).toBeLessThan(300);
    }
    await world.tickAt(monday("09:10:00"));
    for (const { data } of world.said("schedule.woken")) expect(JSON.stringify(data)).not.toContain("zz");
  });

  it.each(["/v1/overrides", overrides])("may not come with a group as well: POST %s", async (path) => {
    const { ask } = await openApiWorld(["on"]);
    const refused = await ask("POST", path, { ...named(["server-1"]), select: { tags: ["other"] } });
    expect(refused).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: "/select", detail: "servers is there, too: only one of them" }] },
    });
    expect(itemsSchema.parse((await ask("GET", path)).body).items).toEqual([]);
  });

  it("that ticks have seen cost no call; of many others the list is read", async () => {
    const { world, ask } = await openApiWorld(["on", "on"]);
    await world.tickAt(monday("09:00:00"));
    const before = world.lists.length;
    expect((await ask("POST", overrides, named(["server-1", "server-2"]))).status).toBe(201);
    expect(world.lists.slice(before)).toEqual([]);
    const many = Array.from({ length: 30 }, (_, index) => `zz-${index}`);
    const refused = await ask("POST", overrides, named(["server-1", ...many]));
    expect(z.array(z.unknown()).parse(refused.body["errors"]).length).toBeGreaterThan(1);
    expect(world.lists.slice(before)).toEqual(["servers"]);
  });

  it("are taken as they are while the provider does not answer: what keeps servers on must not hang on it", async () => {
    const { world, ask } = await openApiWorld(["on"]);
    world.provider.reading = () => {
      throw new ProviderDoubt("no answer", { status: null });
    };
    expect((await ask("POST", overrides, named(["server-1"]))).status).toBe(201);
  });
});

describe("a pause", () => {
  const pause = "/v1/schedules/office/pause";

  it.each<[string, object, string]>([
    ["for a time", { for: "12h" }, monday("20:00:00")],
    ["until an instant", { until: monday("20:00:00") }, monday("20:00:00")],
  ])("may end by itself, %s: then what is wanted applies, with notice before", async (_what, body, end) => {
    const { world, ask } = await openApiWorld(["on"]);
    const paused = await ask("POST", pause, { ...body, reason: "a move" });
    expect(paused).toMatchObject({ status: 202, body: { paused: true, paused_until: end } });
    // The stop of 19:00 is not done: it is no next edge.
    expect(paused.body["next_edge"]).toEqual({ at: "2026-11-03T08:00:00.000Z", action: "on" });
    await world.ticks(monday("18:58:00"), monday("19:03:00"));
    expect(world.phases()).toEqual(["on"]);
    await world.ticks(monday("19:44:00"), monday("20:03:00"));
    expect(world.phases()).toEqual(["off"]);
    expect(world.said("schedule.stop_announced").map(({ data }) => data["edge"])).toMatchObject([
      { at: end, action: "off" },
    ]);
    expect((await ask("GET", "/v1/schedules/office")).body).toMatchObject({
      paused: false,
      paused_until: null,
    });
  });

  it("without an end has no next edge", async () => {
    const { ask } = await openApiWorld(["on"]);
    const paused = await ask("POST", pause);
    expect(paused.body).toMatchObject({ paused: true, paused_until: null, next_edge: null });
    const resumed = await ask("POST", "/v1/schedules/office/resume");
    expect(resumed.body).toMatchObject({
      paused: false,
      next_edge: { at: monday("19:00:00"), action: "off" },
    });
  });

  it("takes the end that is asked for last; none is none", async () => {
    const { ask } = await openApiWorld(["on"]);
    await ask("POST", pause, { for: "2h" });
    expect((await ask("POST", pause, { for: "4h" })).body["paused_until"]).toBe(monday("12:00:00"));
    expect((await ask("POST", pause, { for: "2h" })).body["paused_until"]).toBe(monday("10:00:00"));
    expect((await ask("POST", pause)).body).toMatchObject({ paused: true, paused_until: null });
  });

  it.each<[string, object, string]>([
    ["both", { for: "2h", until: monday("20:00:00") }, "/for"],
    ["an end that has passed", { until: monday("07:00:00") }, "/until"],
    ["more than 30 days", { for: "31d" }, "/for"],
    ["no time", { for: "a while" }, "/for"],
  ])("is refused with %s", async (_what, body, pointer) => {
    const { ask } = await openApiWorld(["on"]);
    const refused = await ask("POST", pause, body);
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
    expect((await ask("GET", "/v1/schedules/office")).body["paused"]).toBe(false);
  });
});

describe("a schedule that is deleted", () => {
  it("is told, once, although whoever deleted it died at any of its effects and asked again", async () => {
    let effects = Number.POSITIVE_INFINITY;
    for (let last = 1; last <= effects; last += 1)
      for (const isCarriedOut of [true, false]) {
        const { world, ask } = await openApiWorld(["on"]);
        const first = mortal(world.ports, last, isCarriedOut);
        const asking = answerOf(world, "DELETE", "/v1/schedules/office", undefined, { ports: first.ports });
        await world.clock.runUntil(Promise.race([asking, first.died]));
        effects = Math.min(effects, first.effects.length < last ? first.effects.length : effects);
        const again = await ask("DELETE", "/v1/schedules/office");
        expect([204, 404]).toContain(again.status);
        await world.tickAt(monday("09:00:00"));
        const where = `death at ${last} of ${first.effects.join(", ")}`;
        expect(world.said("schedule.deleted").length, where).toBe(1);
        await ask("DELETE", "/v1/schedules/office");
        await world.tickAt(monday("09:01:00"));
        expect(world.said("schedule.deleted").length, where).toBe(1);
      }
    expect(effects).toBeGreaterThan(3);
  });
});
