import { describe, expect, it } from "vitest";
import { edgesOf } from "../../lib/schedule/edges.ts";
import type { Inputs } from "../../lib/schedule/inputs.ts";
import { at, calendar, everyDay, inputs, iso, override, schedule } from "./fixtures.ts";
import { seen, TickWorld } from "./tick-world.ts";

const day = 86_400_000;
const from = at("2026-01-01T00:00:00Z");
const to = from + 400 * day;

/** What preview says will be sent to a server that is off when it begins: edges that change nothing are left out. */
const plannedCommands = (given: Inputs, name: string): string[] => {
  let state = "off";
  return edgesOf(given, name, from, to).flatMap(({ at: instant, action }) => {
    if (action === state) return [];
    state = action;
    return [`${iso(instant)} ${action}`];
  });
};

const fleet = (size: number) => Array.from({ length: size }, (_, index) => seen(`srv-${index}`, "off"));

const sent = (world: TickWorld, id: string): string[] =>
  world.commands
    .filter(({ server }) => server === id)
    .map(({ at: instant, action }) => `${iso(instant)} ${action === "start" ? "on" : "off"}`);

const night = [{ days: everyDay, from: "22:00", to: "06:00" }];
const holidays = calendar("fr", [
  "2026-01-01",
  "2026-05-01",
  { date: "2026-12-24..2027-01-02", effect: "off" },
]);

const cases: readonly (readonly [string, Inputs])[] = [
  ["office hours", inputs(schedule())],
  ["nights over both clock changes", inputs(schedule({ periods: night }))],
  ["a cron pair", inputs(schedule({ cron: { on: "30 2 * * *", off: "15 3 * * *" } }))],
  ["nothing wanted outside", inputs(schedule({ default: "any" }))],
  ["holidays", { ...inputs(schedule({ calendars: ["fr"] }), schedule({}, "other")), calendars: [holidays] }],
  [
    "a rule of recurrence",
    inputs(
      schedule({
        rrule: { dtstart: "2026-01-05T08:00", duration: "PT11H", rule: "FREQ=WEEKLY;BYDAY=MO,WE,FR" },
      }),
    ),
  ],
];

describe("the live decision makes exactly the commands that preview names", () => {
  it.each(cases)("%s: 50 servers, 400 days, edge by edge", (_name, given) => {
    const world = new TickWorld({ ...given, schedules: given.schedules.slice(0, 1) }, fleet(50)).since(
      from - 1,
    );
    for (let now: number | null = from; now !== null && now < to;) now = world.tick(now).nextDue();
    const planned = plannedCommands(given, "office");
    expect(sent(world, "srv-0")).toEqual(planned);
    expect(planned.length).toBeGreaterThan(0);
    expect(new Set([...world.servers.keys()].map((id) => sent(world, id).join()))).toHaveLength(1);
  });

  it("minute by minute, with ticks that are missed, doubled, late, or of a clock that goes back", () => {
    const given = inputs(schedule({ periods: night }));
    const world = new TickWorld(given, fleet(2)).since(from - 1);
    let chance = 42;
    const random = (): number => (chance = (chance * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
    for (let now = from; now < to; now += 60_000) {
      const dice = random();
      if (dice < 0.1) continue;
      world.tick(now + Math.floor(random() * 30_000));
      if (dice > 0.95) world.tick(now - 120_000);
      if (dice > 0.9) world.tick(now);
    }
    expect(sent(world, "srv-1")).toEqual(plannedCommands(given, "office"));
    expect(new Set(world.commands.map(({ edge }) => edge))).toHaveLength(world.commands.length);
  });

  it("stops only: somebody starts the servers each morning, and they are stopped at each edge", () => {
    const given = inputs(schedule({ mode: "stop-only" }));
    const world = new TickWorld(given, fleet(2)).since(from - 1);
    for (let now: number | null = from; now !== null && now < to;) {
      for (const id of world.servers.keys()) world.set(id, { phase: "on" });
      now = world.tick(now).nextDue();
    }
    expect(sent(world, "srv-1")).toEqual(
      edgesOf(given, "office", from, to).map((edge) => `${iso(edge.at)} off`),
    );
    expect(world.commands.length).toBeGreaterThan(500);
  });

  it("sends all within the spread, each server at its own place, and never again", () => {
    const given = inputs(schedule({ stagger: "10m" }));
    const world = new TickWorld(given, fleet(50)).since(from - 1);
    world.run(at("2026-01-05T06:50:00Z"), at("2026-01-05T07:20:00Z"));
    expect(world.commands).toHaveLength(50);
    const delays = world.commands.map((one) => one.sendAt - one.at);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays)).toBeLessThan(600_000);
    expect(new Set(delays).size).toBeGreaterThan(20);
  });

  it("overrides: the commands are those of the schedule, but for the time that somebody asked for", () => {
    const asked = override({
      from: "2026-01-06T17:00:00.000Z",
      until: "2026-01-06T21:00:00.000Z",
      servers: ["srv-1"],
    });
    const given = { ...inputs(schedule()), overrides: [asked] };
    const world = new TickWorld(given, fleet(2)).since(from - 1);
    world.run(at("2026-01-06T06:00:00Z"), at("2026-01-07T00:00:00Z"));
    expect(sent(world, "srv-0")).toEqual(["2026-01-06T07:00:00Z on", "2026-01-06T18:00:00Z off"]);
    expect(sent(world, "srv-1")).toEqual(["2026-01-06T07:00:00Z on", "2026-01-06T21:00:00Z off"]);
  });
});
