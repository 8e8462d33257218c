import { describe, expect, it } from "vitest";
import { apply } from "../../lib/schedule/apply.ts";
import { planTick } from "../../lib/schedule/plan-tick.ts";
import { freshScheduleState, scheduleStateSchema, serverStateSchema } from "../../lib/schedule/state.ts";
import { at, everyDay, inputs, iso, schedule } from "./fixtures.ts";
import { seen, TickWorld } from "./tick-world.ts";

const minute = 60_000;
const off = at("2026-11-04T18:00:00Z");
const fleet = (size: number, phase: "on" | "off" = "on") =>
  Array.from({ length: size }, (_, index) => seen(`srv-${index}`, phase));
const world = (fields: Record<string, unknown> = {}, size = 1, since = off - minute) =>
  new TickWorld(inputs(schedule(fields)), fleet(size)).since(since);

describe("one edge is one command a server, whatever ticks do", () => {
  it("an edge is acted on at the first tick after it, with its own instant and reason", () => {
    const one = world();
    expect(one.tick(off - 1).due).toBe(false);
    const { commands, next } = one.tick(off + 20_000);
    expect(commands).toMatchObject([
      {
        schedule: "office",
        server: "srv-0",
        action: "stop",
        kind: "server.stop",
        at: off,
        reason: "Mon-Fri 08:00-19:00 Europe/Paris ends",
      },
    ]);
    expect(next.last_edge).toEqual({ at: "2026-11-04T18:00:00.000Z", action: "off" });
    expect(one.tick(off + minute).due).toBe(false);
  });

  it("two tickers at once, from the same stored state, ask for the same operation", () => {
    const one = world();
    const ask = (now: number) =>
      apply(one.inputs, "office", one.state, [...one.servers.values()], new Map(), new Map(), now);
    const [first, second] = [ask(off + 1000), ask(off + 59_000)];
    expect(second?.commands.map(({ edge }) => edge)).toEqual(first?.commands.map(({ edge }) => edge));
  });

  it("another version of the rule, another edge or another server is another operation", () => {
    const edgeOf = (given: TickWorld, now = off): string => given.tick(now).commands[0]?.edge ?? "";
    const changed = new TickWorld(inputs({ ...schedule(), version: 2 }), fleet(1)).since(off - minute);
    const next = world({}, 1, off + 86_340_000);
    const [first, second] = world({}, 2).tick(off).commands;
    expect(
      new Set([edgeOf(world()), edgeOf(changed), edgeOf(next, off + 86_400_000), second?.edge]),
    ).toHaveLength(4);
    expect(first?.edge).toBe(edgeOf(world()));
  });

  it("a tick that comes again with the clock two minutes back does nothing", () => {
    const one = world();
    one.tick(off + minute);
    one.set("srv-0", { phase: "on" });
    expect(one.tick(off - minute).commands).toEqual([]);
    expect(one.tick(off + 2 * minute).commands).toEqual([]);
    expect(one.commands).toHaveLength(1);
  });

  it("edges before the schedule was saved are not acted on", () => {
    const saved = { ...schedule(), updated_at: iso(off + minute) };
    const one = new TickWorld(inputs(saved), fleet(1));
    one.run(off - 10 * minute, off + 60 * minute);
    expect(one.commands).toEqual([]);
  });

  it("a server that is where it should be costs nothing", () => {
    const one = new TickWorld(inputs(schedule()), fleet(1, "off")).since(off - minute);
    expect(one.tick(off)).toMatchObject({ commands: [], skips: [{ code: "already" }] });
  });

  it("when nothing is due there is nothing to store", () => {
    const one = world();
    const before = one.state;
    one.run(off - 300 * minute, off);
    expect(one.state).toBe(before);
    expect(one.tick(off - 5 * minute).nextDue()).toBe(off);
  });

  it("what is stored is what the schemas say", () => {
    const one = world({ guards: { max_affected: 1 } }, 3);
    one.tick(off);
    expect(scheduleStateSchema.parse(one.state)).toEqual(one.state);
    const other = world();
    other.tick(off);
    expect([...other.states.values()].map((state) => serverStateSchema.parse(state))).toEqual([
      ...other.states.values(),
    ]);
  });

  it("one server that cannot be switched delays no other", () => {
    const one = world({}, 3);
    one.set("srv-1", { phase: "locked" });
    expect(one.tick(off).commands.map(({ server }) => server)).toEqual(["srv-0", "srv-2"]);
  });

  it("a server of two schedules is switched by the stronger one alone", () => {
    const given = inputs(
      schedule(),
      schedule(
        { priority: 5, default: "any", periods: [{ days: everyDay, from: "18:00", to: "21:00" }] },
        "evening",
      ),
    );
    const office = new TickWorld(given, fleet(1)).since(off - minute);
    const evening = new TickWorld(given, fleet(1), "evening").since(off - minute);
    office.run(off, off + 180 * minute);
    evening.run(off, off + 180 * minute);
    expect(office.commands).toEqual([]);
    expect(evening.commands.map((one) => iso(one.at))).toEqual(["2026-11-04T20:00:00Z"]);
  });

  it("a conflict of one-sided schedules does nothing, and is told", () => {
    const given = inputs(
      schedule({ mode: "start-only", cron: { on: "0 19 * * *" } }),
      schedule({ mode: "stop-only", cron: { off: "0 19 * * *" } }, "stops"),
    );
    const one = new TickWorld(given, fleet(1)).since(off - minute);
    const { commands, told } = one.tick(off);
    expect(commands).toEqual([]);
    expect(told.map(({ event }) => event)).toContain("schedule.conflict");
  });
});

describe("after an outage", () => {
  it("the latest edge is applied, not each that was missed, and at most one command a server", () => {
    const one = world(
      {
        periods: [
          { days: everyDay, from: "08:00", to: "20:00" },
          { days: everyDay, from: "21:00", to: "22:00" },
        ],
        catch_up: { percent: 100 },
      },
      2,
      at("2026-11-03T12:00:00Z"),
    );
    const { commands } = one.tick(at("2026-11-04T21:30:00Z"));
    expect(commands.map(({ action, at: edge }) => `${action} ${iso(edge)}`)).toEqual([
      "stop 2026-11-04T21:00:00Z",
      "stop 2026-11-04T21:00:00Z",
    ]);
  });

  it("over 30 minutes and over 20 % of servers it waits for a person, and sends nothing until then", () => {
    const one = world({}, 5);
    const { commands, told } = one.tick(off + 31 * minute);
    expect(commands).toEqual([]);
    expect(told.map(({ event }) => event)).toEqual(["schedule.confirmation_needed"]);
    expect(one.state.confirm).toMatchObject({ affected: 5, total: 5 });
    one.run(off + 32 * minute, off + 40 * minute);
    expect(one.commands).toEqual([]);
    one.state = { ...one.state, confirmed: one.state.confirm?.id ?? null };
    expect(one.tick(off + 40 * minute).commands).toHaveLength(5);
    expect(one.state).toMatchObject({ confirm: null, confirmed: null });
    expect(one.tick(off + 41 * minute).commands).toEqual([]);
  });

  it("a confirmation of something else confirms nothing", () => {
    const one = world({}, 5);
    one.tick(off + 31 * minute);
    one.state = { ...one.state, confirmed: "something else" };
    expect(one.tick(off + 32 * minute).commands).toEqual([]);
  });

  it("the next edge, on time, is acted on as ever, and what waited is superseded", () => {
    const one = world({}, 5);
    one.tick(off + 31 * minute);
    for (let index = 0; index < 5; index += 1) one.set(`srv-${index}`, { phase: "off" });
    const { commands, told } = one.tick(at("2026-11-05T07:00:00Z"));
    expect(commands).toHaveLength(5);
    expect(told.map(({ event }) => event)).toContain("schedule.confirmation_superseded");
    expect(one.state.confirm).toBeNull();
  });

  it.each<[string, number, number, Record<string, unknown>]>([
    ["30 minutes are no outage", 30, 5, {}],
    ["a fifth of the servers is not much", 60, 1, {}],
    ["it may be configured", 60, 5, { catch_up: { minutes: 90 } }],
  ])("%s", (_name, late, running, fields) => {
    const one = world(fields, 5);
    for (let index = running; index < 5; index += 1) one.set(`srv-${index}`, { phase: "off" });
    expect(one.tick(off + late * minute).commands).toHaveLength(running);
  });

  it("an edge that is more than 6 hours late is skipped, and told; the next one is not", () => {
    const one = world({ catch_up: { percent: 100 } });
    const late = one.tick(off + 361 * minute);
    expect(late.commands).toEqual([]);
    expect(late.skips).toMatchObject([{ code: "late" }]);
    expect(late.told.map(({ event }) => event)).toContain("schedule.edge_skipped");
    expect(world({ catch_up: { percent: 100 } }).tick(off + 360 * minute).commands).toHaveLength(1);
    expect(world({ catch_up: { percent: 100, late: "12h" } }).tick(off + 600 * minute).commands).toHaveLength(
      1,
    );
  });
});

describe("the cost of a tick", () => {
  it("50 distinct schedules over 100,000 servers: while nothing is due, a tick is a look into 50 lists", () => {
    const schedules = Array.from({ length: 50 }, (_, index) =>
      schedule(
        {
          select: { tags: [`team=${index}`] },
          periods: [{ days: everyDay, from: `0${index % 10}:${10 + index}`, to: "19:00" }],
        },
        `s${index}`,
      ),
    );
    const given = inputs(...schedules);
    const state = { ...freshScheduleState, applied_until: iso(off - minute) };
    const tick = (now: number): number =>
      schedules.filter(({ name }) => planTick(given, name, state, now)?.due === true).length;
    tick(off - 30_000);
    // Processor time: beside other tests on few cores the wall clock says little.
    const start = process.cpuUsage();
    for (let round = 0; round < 20; round += 1) expect(tick(off - 29_000 + round)).toBe(0);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000 / 20).toBeLessThan(5);
    expect(tick(off)).toBe(50);
  });

  it("one edge makes one of 50 schedules due that have no server in common, and all that have some", () => {
    const schedules = Array.from({ length: 50 }, (_, index) =>
      schedule(
        {
          select: { tags: [`team=${index}`] },
          periods: [{ days: everyDay, from: "08:00", to: `19:${10 + index}` }],
        },
        `s${10 + index}`,
      ),
    );
    const given = inputs(...schedules);
    const edge = at("2026-11-04T18:40:00Z");
    const state = { ...freshScheduleState, applied_until: iso(edge - minute) };
    const due = (beside: readonly string[] | null): string[] =>
      schedules.flatMap(({ name }) =>
        planTick(given, name, state, edge, beside)?.due === true ? [name] : [],
      );
    expect(due([])).toEqual(["s40"]);
    expect(due(["s40"])).toHaveLength(31);
    expect(due(null)).toHaveLength(31);
  });
});
