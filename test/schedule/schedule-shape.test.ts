import { describe, expect, it } from "vitest";
import { faultsOfSchedule, scheduleRequestSchema } from "../../lib/schedule/schedule.ts";
import { calendarRequestSchema, datesOf, usersOf } from "../../lib/schedule/calendar.ts";
import { officeHours, schedule } from "./fixtures.ts";

const good = {
  connection: "paris",
  select: { tags: ["env=dev"] },
  periods: officeHours,
  timezone: "Europe/Paris",
};

describe("the shape of a schedule", () => {
  it("needs no more than where, which servers, when, and the zone", () => {
    expect(scheduleRequestSchema.parse(good)).toEqual({ ...good, mode: "respect" });
  });

  it.each<[string, object, string]>([
    ["an empty selector", { select: {} }, "/select"],
    ["an unknown zone", { timezone: "Europe/Pariss" }, "/timezone"],
    ["an abbreviation", { timezone: "EST" }, "/timezone"],
    ["no zone", { timezone: undefined }, "/timezone"],
    ["from = to", { periods: [{ days: ["mon"], from: "08:00", to: "08:00" }] }, "/periods/0/to"],
    ["two ways to say when", { cron: { on: "0 8 * * *", off: "0 19 * * *" } }, "/cron"],
    ["no way to say when", { periods: undefined }, "/periods"],
    ["an unknown field", { colour: "red" }, ""],
    ["an unknown mode", { mode: "sometimes" }, "/mode"],
    ["a guard that is no time", { guards: { min_uptime: "soon" } }, "/guards/min_uptime"],
    ["a share over all", { guards: { max_affected: "120%" } }, "/guards/max_affected"],
    ["a hold that is no time", { hold: "for ever" }, "/hold"],
  ])("%s is refused at %s", (_name, fields, _pointer) => {
    const result = scheduleRequestSchema.safeParse({ ...good, ...fields });
    expect(result.error?.issues.map(({ path }) => path.map((part) => `/${String(part)}`).join(""))).toContain(
      _pointer,
    );
  });

  it("a calendar that does not exist is a fault where it is named", () => {
    const request = scheduleRequestSchema.parse({
      ...good,
      calendars: ["fr", { name: "us", effect: "skip" }],
    });
    expect(faultsOfSchedule(request, new Set(["fr"]))).toEqual([
      { pointer: "/calendars/1", detail: "there is no calendar us" },
    ]);
  });

  it("is the same after it was stored and read", () => {
    const stored = schedule({ stagger: "10m", guards: { max_affected: "20%" }, needs: ["db"] });
    expect(JSON.parse(JSON.stringify(stored))).toEqual(stored);
  });
});

describe("the shape of a calendar", () => {
  it("takes dates, ranges, effects and names; the last word on a date counts", () => {
    const request = calendarRequestSchema.parse({
      dates: ["2026-12-30..2027-01-01", { date: "2026-12-31", effect: "on", name: "stocktaking" }],
    });
    expect(datesOf(request)).toEqual([
      { date: "2026-12-30", effect: null, name: null },
      { date: "2026-12-31", effect: "on", name: "stocktaking" },
      { date: "2027-01-01", effect: null, name: null },
    ]);
  });

  it.each(["2026-02-30", "2026-13-01", "tomorrow", "2027-01-01..2026-01-01", "2020-01-01..2026-01-01"])(
    "%s is no date",
    (date) => {
      expect(calendarRequestSchema.safeParse({ dates: [date] }).success).toBe(false);
    },
  );

  it("knows who uses it, so that it is not deleted under them", () => {
    const used = schedule({ calendars: ["us", { name: "fr", effect: "on" }] });
    expect(usersOf("fr", [used, schedule({}, "other")])).toEqual(["office"]);
  });
});
