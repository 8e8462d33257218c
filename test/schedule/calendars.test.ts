import { describe, expect, it } from "vitest";
import { desired } from "../../lib/schedule/desired.ts";
import { edgesOf } from "../../lib/schedule/edges.ts";
import type { Inputs } from "../../lib/schedule/inputs.ts";
import { at, calendar, everyDay, inputs, iso, schedule, server, weekdays } from "./fixtures.ts";

const ics = (...lines: string[]): string =>
  ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:1", ...lines, "END:VEVENT", "END:VCALENDAR"].join(
    "\r\n",
  );

/** Office hours with a calendar, and the edges of the week of Monday 2 November 2026. */
const week = (
  dates: readonly unknown[],
  fields: Record<string, unknown> = {},
  text: string | null = null,
): string[] =>
  edgesIn({
    ...inputs(schedule({ calendars: ["fr"], ...fields })),
    calendars: [calendar("fr", dates, text)],
  });

const edgesIn = (given: Inputs, from = "2026-11-02T00:00:00Z", to = "2026-11-09T00:00:00Z"): string[] =>
  edgesOf(given, "office", at(from), at(to)).map((edge) => `${iso(edge.at)} ${edge.action}`);

const usual = edgesIn(inputs(schedule()));
const without = (date: string): string[] => usual.filter((edge) => !edge.startsWith(date));

describe("dates of a calendar", () => {
  it("off is the default: the day's periods do not take place", () => {
    expect(week(["2026-11-04"])).toEqual(without("2026-11-04"));
  });

  it("skip has no start, and its stop still happens", () => {
    expect(week([{ date: "2026-11-04", effect: "skip" }])).toEqual(
      usual.filter((edge) => edge !== "2026-11-04T07:00:00Z on"),
    );
  });

  it("skip in a schedule without pause starts nothing and stops nothing", () => {
    const periods = [{ days: everyDay, from: "00:00", to: "24:00" }];
    const edges = week([{ date: "2026-11-04", effect: "skip" }], { periods });
    expect(edges).toEqual(["2026-11-04T23:00:00Z on"]);
  });

  it("as:sun is treated as a Sunday", () => {
    expect(week([{ date: "2026-11-04", effect: "as:sun" }])).toEqual(without("2026-11-04"));
    const periods = [{ days: ["sun"], from: "10:00", to: "12:00" }];
    expect(week([{ date: "2026-11-04", effect: "as:sun" }], { periods })).toEqual([
      "2026-11-04T09:00:00Z on",
      "2026-11-04T11:00:00Z off",
      "2026-11-08T09:00:00Z on",
      "2026-11-08T11:00:00Z off",
    ]);
  });

  it("on is on all day", () => {
    expect(week([{ date: "2026-11-07", effect: "on" }])).toEqual(
      [...usual, "2026-11-06T23:00:00Z on", "2026-11-07T23:00:00Z off"].toSorted(),
    );
  });

  it("moved:mon is off on the first Monday from it, and not on the day itself", () => {
    expect(week([{ date: "2026-11-01", effect: "moved:mon" }])).toEqual(without("2026-11-02"));
    expect(week([{ date: "2026-11-05", effect: "moved:fri" }])).toEqual(without("2026-11-06"));
    expect(week([{ date: "2026-11-05", effect: "moved:thu" }])).toEqual(without("2026-11-05"));
  });

  it("a night period that began before the holiday runs to its end, and one that begins on it does not take place", () => {
    const periods = [{ days: everyDay, from: "22:00", to: "06:00" }];
    expect(
      week(["2026-11-04"], { periods }).filter((edge) => edge > "2026-11-03" && edge < "2026-11-06"),
    ).toEqual([
      "2026-11-03T05:00:00Z off",
      "2026-11-03T21:00:00Z on",
      "2026-11-04T05:00:00Z off",
      "2026-11-05T21:00:00Z on",
    ]);
  });

  it("a date is judged in the zone of the period, at its start", () => {
    const periods = [{ days: weekdays, from: "08:00", to: "19:00", timezone: "Asia/Tokyo" }];
    expect(week(["2026-11-04"], { periods })).not.toContain("2026-11-03T23:00:00Z on");
    expect(week(["2026-11-04"], { periods })).toContain("2026-11-04T23:00:00Z on");
  });

  it("many calendars: Thailand and the United States; on one day the one that is named first decides", () => {
    const both = {
      ...inputs(schedule({ calendars: ["th", "us"] })),
      calendars: [
        calendar("us", ["2026-11-04", "2026-11-05"]),
        calendar("th", ["2026-11-03", { date: "2026-11-05", effect: "as:mon" }]),
      ],
    };
    expect(edgesIn(both)).toEqual(usual.filter((edge) => !/^2026-11-0[34]/.test(edge)));
  });

  it("a schedule gives its own effect to dates that have none", () => {
    const calendars = [{ name: "fr", effect: "skip" }];
    expect(week(["2026-11-04"], { calendars })).toEqual(
      usual.filter((edge) => edge !== "2026-11-04T07:00:00Z on"),
    );
    expect(week([{ date: "2026-11-04", effect: "off" }], { calendars })).toEqual(without("2026-11-04"));
  });

  it("a cron pair keeps its off-event on a holiday, and a rule of recurrence loses the day", () => {
    expect(week(["2026-11-04"], { cron: { on: "0 8 * * 1-5", off: "0 19 * * 1-5" } })).toEqual(
      without("2026-11-04"),
    );
    const rrule = { dtstart: "2026-11-02T08:00", duration: "PT11H", rule: "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR" };
    expect(week(["2026-11-04"], { rrule })).toEqual(without("2026-11-04"));
  });

  it("a one-sided start is left out on a holiday, a one-sided stop is not", () => {
    expect(week(["2026-11-04"], { cron: { on: "0 8 * * 1-5" } })).toHaveLength(4);
    expect(week(["2026-11-04"], { cron: { off: "0 19 * * 1-5" } })).toHaveLength(5);
  });

  it("explain names the calendar, the day, and what the schedule alone would say", () => {
    const given = {
      ...inputs(schedule({ calendars: ["fr"] })),
      calendars: [calendar("fr", [{ date: "2026-11-04", name: "Fête" }])],
    };
    const { desired: wanted, chain } = desired(given, server(), at("2026-11-04T10:00:00Z"));
    expect(wanted).toBe("off");
    expect(chain[0]).toEqual({
      rule: "calendar fr v1",
      says: "off",
      because: "2026-11-04 (Fête) is off in calendar fr",
    });
    expect(chain[1]).toMatchObject({ rule: "schedule office v1", says: "on" });
  });

  it("explain says of a night that began before the holiday why it is still on", () => {
    const nights = schedule({ calendars: ["fr"], periods: [{ days: everyDay, from: "22:00", to: "06:00" }] });
    const given = { ...inputs(nights), calendars: [calendar("fr", ["2026-11-04"])] };
    const { desired: wanted, chain } = desired(given, server(), at("2026-11-04T02:00:00Z"));
    expect(wanted).toBe("on");
    expect(chain[0]).toMatchObject({ says: "any" });
    expect(chain[0]?.because).toContain("began before");
  });
});

describe("ICS", () => {
  it("all-day events, with RRULE and EXDATE", () => {
    const text = ics(
      "SUMMARY:Closed",
      "DTSTART;VALUE=DATE:20251105",
      "RRULE:FREQ=WEEKLY;BYDAY=WE,TH",
      "EXDATE;VALUE=DATE:20261105",
    );
    expect(week([], {}, text)).toEqual(without("2026-11-04"));
  });

  it("an all-day event of several days ends before its DTEND", () => {
    const text = ics("DTSTART;VALUE=DATE:20261103", "DTEND;VALUE=DATE:20261105");
    expect(week([], {}, text)).toEqual(usual.filter((edge) => !/^2026-11-0[34]/.test(edge)));
  });

  it("timed events act from minute to minute, in their own zone, in UTC, or in the schedule's", () => {
    const edges = [...usual, "2026-11-04T10:00:00Z off", "2026-11-04T12:00:00Z on"].toSorted();
    expect(week([], {}, ics("DTSTART:20261104T100000Z", "DTEND:20261104T120000Z"))).toEqual(edges);
    expect(week([], {}, ics("DTSTART;TZID=America/New_York:20261104T050000", "DURATION:PT2H"))).toEqual(
      edges,
    );
    expect(week([], {}, ics("DTSTART:20261104T110000", "DTEND:20261104T130000"))).toEqual(edges);
  });

  it("a timed skip holds starts back until it is over, and lets stops happen", () => {
    const calendars = [{ name: "fr", effect: "skip" }];
    const text = ics("DTSTART:20261104T060000Z", "DTEND:20261104T083000Z", "RRULE:FREQ=DAILY;COUNT=1");
    expect(week([], { calendars }, text)).toEqual(
      usual.map((edge) => (edge === "2026-11-04T07:00:00Z on" ? "2026-11-04T08:30:00Z on" : edge)),
    );
    const evening = ics("DTSTART:20261104T170000Z", "DTEND:20261104T200000Z");
    expect(week([], { calendars }, evening)).toEqual(usual);
  });

  it("an event may say its own effect", () => {
    const text = ics("DTSTART;VALUE=DATE:20261104", "X-SWITCHYARD-EFFECT:skip");
    expect(week([], {}, text)).toEqual(usual.filter((edge) => edge !== "2026-11-04T07:00:00Z on"));
  });

  it("an event that repeats without end is followed as far as anybody asks, in any order", () => {
    const given = {
      ...inputs(schedule({ calendars: ["fr"] })),
      calendars: [calendar("fr", [], ics("DTSTART;VALUE=DATE:20201104", "RRULE:FREQ=YEARLY"))],
    };
    expect(edgesIn(given, "2036-11-03T00:00:00Z", "2036-11-08T00:00:00Z")).toHaveLength(8);
    expect(edgesIn(given)).toEqual(without("2026-11-04"));
  });
});
