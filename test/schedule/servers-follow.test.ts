import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { desired } from "../../lib/schedule/desired.ts";
import type { Inputs } from "../../lib/schedule/inputs.ts";
import { at, calendar, everyDay, iso, override, schedule } from "./fixtures.ts";
import { seen, TickWorld } from "./tick-world.ts";

const minute = 60_000;
const start = at("2026-10-22T00:00:00Z");
const days = 8;
const end = start + days * 1440 * minute;

const clock = fc.integer({ min: 0, max: 95 }).map((quarter) => {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(quarter / 4))}:${two((quarter % 4) * 15)}`;
});
const period = fc
  .record({
    days: fc.subarray(everyDay, { minLength: 1 }),
    from: clock,
    to: clock,
    state: fc.constantFrom("on", "on", "on", "off"),
    timezone: fc.constantFrom("Europe/Paris", "America/New_York", "Asia/Tokyo"),
  })
  .filter(({ from, to }) => from !== to);
const someSchedule = (name: string, modes: readonly string[]) =>
  fc
    .record({
      periods: fc.array(period, { minLength: 1, maxLength: 4 }),
      default: fc.constantFrom("off", "any"),
      merge: fc.constantFrom("on_wins", "off_wins"),
      priority: fc.integer({ min: 0, max: 1 }),
      mode: fc.constantFrom(...modes),
      calendars: fc.constantFrom([], ["fr"], [{ name: "fr", effect: "skip" }]),
    })
    .map((fields) => schedule(fields, name));
const instant = fc.integer({ min: 0, max: days * 1440 - 1 }).map((minutes) => start + minutes * minute);
const span = fc.tuple(instant, fc.integer({ min: 1, max: 1440 })).map(([from, minutes]) => ({
  from: new Date(from).toISOString(),
  until: new Date(from + minutes * minute).toISOString(),
}));

const world: fc.Arbitrary<Inputs> = fc
  .record({
    // Beside another schedule, an edge of one that acts on one kind of edge only is not what is wanted a minute later.
    schedules: fc.oneof(
      fc.tuple(someSchedule("office", ["respect", "stop-only", "start-only"])),
      fc.tuple(someSchedule("office", ["respect"]), someSchedule("second", ["respect"])),
    ),
    overrides: fc.array(fc.tuple(span, fc.constantFrom("on", "off", "any"), fc.boolean()), { maxLength: 3 }),
    freezes: fc.array(span, { maxLength: 1 }),
    holiday: fc.array(fc.constantFrom("2026-10-23", "2026-10-25", "2026-10-26"), { maxLength: 2 }),
  })
  .map(({ schedules, overrides, freezes, holiday }) => ({
    schedules,
    windows: [],
    holds: [],
    tz: "2026c",
    calendars: [calendar("fr", holiday)],
    overrides: overrides.map(([times, state, isNarrow], index) =>
      override({ ...times, id: `ov_${index}`, schedule: null, state, servers: isNarrow ? ["srv-1"] : null }),
    ),
    freezes: freezes.map((times, index) => ({
      id: `f${index}`,
      schedule: null,
      ...times,
      ended_at: null,
      reason: null,
      by: "ann",
    })),
  }));

const strongest = (given: Inputs): string =>
  given.schedules.toSorted(
    (one, other) => (other.priority ?? 0) - (one.priority ?? 0) || (one.name < other.name ? -1 : 1),
  )[0]?.name ?? "";

/** Ticks only when it is said that one is due, each a little late, up to an instant. */
const runUntil = (one: TickWorld, from: number, until: number): number => {
  let due: number | null = from;
  while (due !== null && due <= until) due = one.tick(due).nextDue();
  return due ?? Number.POSITIVE_INFINITY;
};

describe("servers stand as is wanted, when nobody but their schedules switches them", () => {
  it("at any instant, with two schedules, clock changes, holidays, overrides and a freeze, ticking only when due", () => {
    fc.assert(
      fc.property(world, fc.array(instant, { minLength: 10, maxLength: 40 }), (given, instants) => {
        const before = desired(given, seen("srv-1", "off"), start).desired;
        const one = new TickWorld(
          given,
          [seen("srv-1", before === "on" ? "on" : "off")],
          strongest(given),
        ).since(start);
        let due = start + 1;
        const wrong: string[] = [];
        for (const now of instants.toSorted((a, b) => a - b)) {
          due = due <= now ? runUntil(one, due, now) : due;
          const wanted = desired(given, seen("srv-1", "off"), now).desired;
          const { phase } = one.servers.get("srv-1") ?? {};
          if (now > start && wanted !== "any" && phase !== wanted)
            wrong.push(`${iso(now)}: ${phase}, wanted ${wanted}`);
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 150, seed: 11 },
    );
  });

  it("ticks each minute send the same commands as ticks when one is due", () => {
    fc.assert(
      fc.property(world, (given) => {
        const make = () =>
          new TickWorld(given, [seen("srv-1", "off"), seen("srv-2", "on")], strongest(given)).since(start);
        const [lazy, busy] = [make(), make()];
        runUntil(lazy, start + 1, end);
        busy.run(start + minute, end);
        const told = (one: TickWorld) =>
          one.commands.filter(({ at: edge }) => edge < end).map(({ edge }) => edge);
        expect(told(busy)).toEqual(told(lazy));
      }),
      { numRuns: 15, seed: 12 },
    );
  });
});
