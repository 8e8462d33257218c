import { describe, expect, it } from "vitest";
import { bootstrapCaller } from "../../../lib/access/caller.ts";
import { deleteCalendar, putDates } from "../../../lib/flows/calendars.ts";
import { addOverride } from "../../../lib/flows/overrides.ts";
import { explainServer } from "../../../lib/flows/schedule-questions.ts";
import { deleteSchedule } from "../../../lib/flows/schedules.ts";
import { mulberry32 } from "../../../simulators/randomness.ts";
import { officeHours, openTickWorld, type TickWorld } from "./tick-world.ts";

const monday = (time: string): string => `2026-11-02T${time}.000Z`;
const always = [{ days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from: "00:00", to: "24:00" }];

const opened = (): TickWorld => {
  const world = openTickWorld();
  const item = { id: "server-1", name: "server-1", tags: ["env=dev"], raw: null };
  world.provider.reading = ({ path }) =>
    path.length === 2 ? { form: "item", item } : { form: "page", items: [], next: null };
  return world;
};
const explain = (world: TickWorld, at: string | null) =>
  world.clock.runUntil(
    explainServer("office", "server-1", at === null ? null : Date.parse(at), bootstrapCaller, world.ports),
  );
const reach = (world: TickWorld, time: string): Promise<void> =>
  world.clock.advanceTo(Date.parse(monday(time)));

describe("an instant of the past is explained", () => {
  it("by the version that was in force, however often it was changed since", async () => {
    const world = opened();
    await world.put("office");
    await world.tickAt(monday("09:00:00"));
    await reach(world, "10:00:00");
    await world.put("office", { default: "any" });
    await reach(world, "11:00:00");
    await world.put("office", { periods: always });
    await reach(world, "12:00:00");
    const seen = [];
    for (const time of ["09:30:00", "10:30:00", "11:30:00"]) {
      const { desired, schedules, chain, unknown } = await explain(world, monday(time));
      seen.push([desired, schedules[0]?.version, chain[0]?.rule]);
      expect(unknown).toEqual(["its name and tags then: those of now are taken"]);
    }
    expect(seen).toEqual([
      ["on", 1, "schedule office v1"],
      ["on", 2, "schedule office v2"],
      ["on", 3, "schedule office v3"],
    ]);
    const now = await explain(world, null);
    expect([now.desired, now.unknown]).toEqual(["on", []]);
  });

  it("by at most fifty versions, and says of what is older", async () => {
    const world = opened();
    await world.put("office");
    for (let version = 2; version < 60; version += 1) {
      await reach(world, `09:${String(version).padStart(2, "0")}:00`);
      await world.put("office", { description: `version ${version}` });
    }
    await reach(world, "12:00:00");
    expect((await explain(world, monday("09:30:30"))).schedules).toEqual([{ name: "office", version: 30 }]);
    const { unknown, schedules } = await explain(world, monday("08:30:00"));
    expect(schedules).toEqual([{ name: "office", version: 9 }]);
    expect(unknown[0]).toContain("is not kept: version 9 is taken");
  });

  it("as it was explained then, whatever was changed since", async () => {
    const world = opened();
    const draw = mulberry32(11);
    const pick = <T>(all: readonly T[], usual: T): T => all[Math.floor(draw() * all.length)] ?? usual;
    const start = Date.parse(monday("09:00:00"));
    const run = <T>(work: Promise<T>): Promise<T> => world.clock.runUntil(work);
    await run(putDates("fr", { dates: ["2026-11-02"] }, bootstrapCaller, world.ports));
    await world.put("office");
    await world.tickAt(monday("08:30:00"));
    const answers: [string, string][] = [];
    for (let step = 0; step < 60; step += 1) {
      await world.clock.advanceTo(start + step * 7 * 60_000);
      const until = new Date(world.clock.now() + 40 * 60_000).toISOString();
      const request = { state: pick(["on", "off", "any", "freeze"] as const, "on"), until, reason: "r" };
      await pick(
        [
          () => world.put("office", { default: pick(["any", "off"], "off") }),
          () => world.put("office", { periods: always, calendars: pick([[], ["fr"]], []) }),
          () => world.put("zone", { periods: always, priority: pick([-5, 5], 5) }),
          () => run(putDates("fr", { dates: pick([["2026-11-02"], []], []) }, bootstrapCaller, world.ports)),
          () => run(addOverride("office", request, `k${step}`, bootstrapCaller, world.ports)),
          () => run(addOverride(null, request, `a${step}`, bootstrapCaller, world.ports)),
        ],
        async () => {},
      )();
      await world.clock.advance(1000);
      const { at, desired, chain, schedules } = await explain(world, null);
      answers.push([at, JSON.stringify({ desired, chain, schedules })]);
    }
    await world.clock.advance(60_000);
    for (const [at, said] of answers) {
      const { desired, chain, schedules } = await explain(world, at);
      expect([at, JSON.stringify({ desired, chain, schedules })]).toEqual([at, said]);
    }
    expect(new Set(answers.map(([, said]) => said.slice(0, 16))).size).toBe(3);
  });

  it("by schedules and calendars that are deleted", async () => {
    const world = opened();
    const put = (dates: readonly string[]) =>
      world.clock.runUntil(putDates("fr", { dates: [...dates] }, bootstrapCaller, world.ports));
    await put(["2026-11-02"]);
    await world.put("office", { calendars: ["fr"] });
    await world.put("zone", { periods: always, priority: 5 });
    await reach(world, "10:00:00");
    await world.clock.runUntil(deleteSchedule("zone", bootstrapCaller, world.ports));
    await reach(world, "11:00:00");
    await put(["2026-11-03"]);
    await world.put("office", { calendars: [] });
    await world.clock.runUntil(deleteCalendar("fr", world.ports));
    await reach(world, "12:00:00");
    const before = await explain(world, monday("09:30:00"));
    expect(before.schedules.map(({ name }) => name)).toEqual(["zone", "office"]);
    expect(before.chain.map(({ rule }) => rule)).toContain("calendar fr v1");
    const between = await explain(world, monday("10:30:00"));
    expect([between.desired, between.chain[0]?.rule]).toEqual(["off", "calendar fr v1"]);
    expect((await explain(world, monday("11:30:00"))).desired).toBe("on");
    expect(officeHours.timezone).toBe("UTC");
  });
});

describe("a server that the schedule does not select", () => {
  it.each<[string, object | null, readonly string[], string]>([
    [
      "another one selects it",
      { periods: always },
      ["night"],
      "office does not select it (it lacks the tag env=live); selected by night",
    ],
    [
      "no other selects it either",
      null,
      [],
      "office does not select it (it lacks the tag env=live), nor does another schedule: it is left alone",
    ],
  ])("is not answered for by the others: %s", async (_why, other, names, because) => {
    const world = opened();
    await world.put("office", { select: { tags: ["env=live"] } });
    if (other !== null) await world.put("night", other);
    await reach(world, "12:00:00");
    for (const at of [null, monday("21:00:00")]) {
      const { desired, chain, schedules, delayed } = await explain(world, at);
      expect({ desired, chain, delayed }).toEqual({
        desired: "any",
        chain: [{ rule: "selection", says: "any", because }],
        delayed: null,
      });
      expect(schedules.map(({ name }) => name)).toEqual(names);
    }
  });
});

describe("a schedule that acts at edges of one kind only", () => {
  const alone = "between its edges servers are left alone";
  it.each<[string, object, string, string]>([
    [
      "start-only inside of its period",
      { mode: "start-only" },
      "12:00:00",
      "by its rule the last edge was on at 2026-11-02T08:00+00:00 (Mon-Fri 08:00-19:00 UTC begins)",
    ],
    [
      "stop-only inside of its period: the last stop was on Friday",
      { mode: "stop-only" },
      "12:00:00",
      "by its rule the last edge was off at 2026-10-30T19:00+00:00 (Mon-Fri 08:00-19:00 UTC ends)",
    ],
    [
      "a cron with one side",
      { periods: undefined, cron: { off: "30 20 * * *" } },
      "21:00:00",
      'by its rule the last edge was off at 2026-11-02T20:30+00:00 (off at "30 20 * * *" UTC)',
    ],
    [
      "one that has never had an edge",
      { mode: "start-only", periods: undefined, cron: { on: "0 12 29 2 *" } },
      "12:00:00",
      "by its rule there was no edge in 400 days",
    ],
  ])(
    "tells which was the last, and that it leaves servers alone since: %s",
    async (_why, fields, time, last) => {
      const world = opened();
      await world.put("office", fields);
      const { desired, chain } = await explain(world, monday(time));
      expect(desired).toBe("any");
      expect(chain).toEqual([
        { rule: "schedule office v1", says: "any", because: `${last}; ${alone}` },
        { rule: "default of office", says: "any", because: "it acts at its edges only" },
      ]);
    },
  );
});
