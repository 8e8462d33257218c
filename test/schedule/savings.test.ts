import { describe, expect, it } from "vitest";
import { billed, savings, type PricedServer } from "../../lib/schedule/savings.ts";
import type { Freeze } from "../../lib/schedule/freeze.ts";
import type { Inputs } from "../../lib/schedule/inputs.ts";
import { at, calendar, everyDay, inputs, override, schedule, server } from "./fixtures.ts";

const hour = 3_600_000;
/** DEV1-S with 20 GB of local storage and one IPv4 address. */
const dev1s = (id = "srv-1", fields: Partial<PricedServer> = {}): PricedServer => ({
  server: server(id),
  rates: [{ from: 0, eurPerHour: 0.0137 }],
  storageEurPerHour: 20 * 0.000044,
  addressEurPerHour: 0.004,
  ...fields,
});
const monday = at("2026-11-01T23:00:00Z");
const week = (from: number, hours: number, servers = [dev1s()]) =>
  savings(inputs(schedule()), "office", servers, from, from + hours * hour);

describe("savings", () => {
  it("DEV1-S on office hours: off 67.3 %, saved 1.5481 EUR a week, and the bill falls by 49.6 % only", () => {
    expect(week(monday, 168)).toEqual({
      hours: { total: 168, on: 55, off: 113 },
      off_percent: 67.3,
      saved_eur: 1.5481,
      bill_percent: 49.6,
      currency: "EUR",
    });
  });

  it.each([
    ["spring", "2026-03-22T23:00:00Z", 167, 112],
    ["autumn", "2026-10-18T22:00:00Z", 169, 114],
  ])("the %s week of the clock change from %s has %i hours and saves %i", (_name, from, total, off) => {
    expect(week(at(from), total)).toMatchObject({
      hours: { total, on: 55, off },
      saved_eur: Math.round(off * 137) / 10_000,
    });
  });

  it("a fleet is the sum of its servers", () => {
    expect(week(monday, 168, [dev1s("a"), dev1s("b")])).toMatchObject({
      hours: { total: 336, off: 226 },
      saved_eur: 3.0962,
      bill_percent: 49.6,
    });
  });

  it("equals an invoice that counts minute by minute, over a clock change and a change of price", () => {
    const nights = inputs(
      schedule({ periods: [{ days: everyDay, from: "22:00", to: "06:30" }], calendars: ["fr"] }),
    );
    const given = { ...nights, calendars: [calendar("fr", ["2026-10-23"])] };
    const [from, to] = [at("2026-10-19T00:00:00Z"), at("2026-11-02T00:00:00Z")];
    const dearer = at("2026-10-25T00:37:00Z");
    const rates = [
      { from: 0, eurPerHour: 0.0137 },
      { from: dearer, eurPerHour: 0.0411 },
    ];
    const clock = new Intl.DateTimeFormat("en-GB", {
      timeZone: "Europe/Paris",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      day: "2-digit",
      month: "2-digit",
    });
    let [saved, off] = [0, 0];
    for (let instant = from; instant < to; instant += 60_000) {
      const parts = new Map(clock.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
      const minutes = (parts.get("hour") ?? 0) * 60 + (parts.get("minute") ?? 0);
      const isHoliday =
        parts.get("month") === 10 &&
        ((parts.get("day") === 23 && minutes >= 22 * 60) || (parts.get("day") === 24 && minutes < 390));
      if ((minutes >= 22 * 60 || minutes < 390) && !isHoliday) continue;
      off += 1 / 60;
      saved += (instant < dearer ? 0.0137 : 0.0411) / 60;
    }
    const result = savings(given, "office", [dev1s("srv-1", { rates })], from, to);
    expect(result.hours.off).toBeCloseTo(off, 2);
    expect(result.saved_eur).toBeCloseTo(saved, 3);
  });

  it("counts what was billed, and of what was off only what was off because of us", () => {
    const measured = {
      billedOn: [{ from: monday, to: monday + 60 * hour }],
      offByUs: [{ from: monday + 60 * hour, to: monday + 160 * hour }],
    };
    expect(week(monday, 168, [dev1s("srv-1", { measured })])).toMatchObject({
      hours: { on: 60, off: 100 },
      saved_eur: 1.37,
    });
  });

  it("with nothing wanted outside, servers stay as the last edge has left them", () => {
    const given = inputs(schedule({ default: "any" }));
    expect(savings(given, "office", [dev1s()], monday, monday + 168 * hour).hours.off).toBe(113);
  });

  const tuesday = (hours: number): string => new Date(monday + (24 + hours) * hour).toISOString();
  const freeze: Freeze = {
    id: "f",
    schedule: "office",
    from: tuesday(12),
    until: tuesday(36),
    ended_at: null,
    reason: null,
    by: "ann",
  };
  const hold = {
    server: "srv-1",
    schedule: "office",
    from: tuesday(9),
    until: tuesday(19),
    because: "19:00",
  };
  const overridden = (fields: Parameters<typeof override>[0]) => ({ overrides: [override(fields)] });
  it.each<[string, Partial<Inputs>, number]>([
    [
      "an override on, for four hours of the night",
      overridden({ from: tuesday(20), until: tuesday(24) }),
      59,
    ],
    [
      "an override off, for four hours of the day",
      overridden({ from: tuesday(9), until: tuesday(13), state: "off" }),
      51,
    ],
    [
      "an override on of another server",
      overridden({ from: tuesday(20), until: tuesday(24), servers: ["srv-2"] }),
      55,
    ],
    [
      "an override any over the evening, of which the stop is done when it ends",
      overridden({ from: tuesday(18), until: tuesday(21), state: "any" }),
      57,
    ],
    ["a freeze from noon to noon, in which the stop is not done", { freezes: [freeze] }, 68],
    ["a server that is held off by hand, which is not our merit", { holds: [{ ...hold, state: "off" }] }, 55],
  ])("counts exceptions: %s", (_name, fields, on) => {
    const given = { ...inputs(schedule()), ...fields };
    const { hours } = savings(given, "office", [dev1s()], monday, monday + 168 * hour);
    expect(hours).toEqual({ total: 168, on, off: 168 - on });
  });

  it("a freeze that has begun before the span leaves servers as they were then", () => {
    const given = { ...inputs(schedule()), freezes: [freeze] };
    const from = at(tuesday(22));
    expect(savings(given, "office", [dev1s()], from, from + 14 * hour).hours).toEqual({
      total: 14,
      on: 14,
      off: 0,
    });
  });

  it("counts an override of one server of a fleet for that one", () => {
    const given = {
      ...inputs(schedule()),
      ...overridden({ from: tuesday(20), until: tuesday(24), servers: ["b"] }),
    };
    const fleet = [dev1s("a"), dev1s("b"), dev1s("c")];
    expect(savings(given, "office", fleet, monday, monday + 168 * hour).hours.on).toBe(3 * 55 + 4);
  });

  it("counts nothing before there was a schedule and a server", () => {
    const noon = monday + 60 * hour;
    expect(week(monday, 168, [dev1s("a", { since: noon })])).toEqual(week(noon, 108, [dev1s("a")]));
    expect(week(monday, 168, [dev1s("a", { since: monday - hour })])).toEqual(week(monday, 168));
    expect(week(monday, 168, [dev1s("a", { since: monday + 200 * hour })])).toMatchObject({
      hours: { total: 0, on: 0, off: 0 },
      saved_eur: 0,
    });
    expect(week(monday, 168, [dev1s("a", { since: noon }), dev1s("b")]).hours.total).toBe(108 + 168);
  });

  it("no servers save nothing", () => {
    expect(week(monday, 168, [])).toMatchObject({
      hours: { total: 0 },
      off_percent: 0,
      saved_eur: 0,
      bill_percent: 0,
    });
  });

  it.each<[string, Parameters<typeof billed>[1], number]>([
    ["exactly", { unit: "exact", leastMinutes: 0 }, 50],
    ["by the minute", { unit: "minute", leastMinutes: 0 }, 50],
    [
      "by the hour, where the rounding of the first reaches into the second",
      { unit: "hour", leastMinutes: 0 },
      110,
    ],
    ["with 60 minutes at least", { unit: "minute", leastMinutes: 60 }, 110],
  ])("two starts of 20 and 30 minutes, 50 minutes apart, billed %s", (_name, billing, minutes) => {
    const intervals = [
      { from: 0, to: 20 * 60_000 },
      { from: 50 * 60_000, to: 80 * 60_000 },
    ];
    const sum = billed(intervals, billing, 1000 * hour).reduce((all, one) => all + one.to - one.from, 0);
    expect(sum / 60_000).toBe(minutes);
  });

  it("1,000 servers over 400 days take well under ten seconds", () => {
    const fleet = Array.from({ length: 1000 }, (_, index) => dev1s(`srv-${index}`));
    const start = performance.now();
    expect(week(monday, 9600, fleet).hours.total).toBe(9_600_000);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
