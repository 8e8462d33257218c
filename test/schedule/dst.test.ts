import { describe, expect, test } from "vitest";
import { timeRuleOf, type PeriodFields } from "../../lib/schedule/rule.ts";
import { lostIn, mergeSpans, spansOf } from "../../lib/schedule/spans.ts";
import { stretches } from "../../lib/schedule/zone-offsets.ts";
import { dstTable, outcomeOf } from "./dst-table.ts";

const hour = 3_600_000;

const hoursOn = (
  zone: string,
  days: PeriodFields["days"],
  times: [string, string],
  from: string,
  to: string,
) => {
  const rule = timeRuleOf({ timezone: zone, periods: [{ days, from: times[0], to: times[1] }] });
  const window = [Date.parse(from), Date.parse(to)] as const;
  return mergeSpans(spansOf(rule, ...window))
    .map((span) => (Math.min(span.to, window[1]) - Math.max(span.from, window[0])) / hour)
    .reduce((sum, hours) => sum + hours, 0);
};

describe("every row of the table of clock changes", () => {
  test.each(dstTable.map((row) => [`${row.zone}, ${row.change}: ${row.case}`, row] as const))(
    "%s",
    (_name, row) => {
      expect(outcomeOf(row)).toEqual(row.expected);
    },
  );
});

describe("changes of the clock beyond the table", () => {
  const offsetChanges = (zone: string, year: number) => {
    const found = stretches(zone, Date.UTC(year, 0, 1), Date.UTC(year, 11, 31));
    return found.slice(1).map(({ from }) => new Date(from).toISOString().slice(0, 16));
  };

  // tz data 2025c has three changes in 2029; 2026c has Morocco stay on UTC from 2026-09-20, and so three in 2026.
  test("in a year with an odd number of changes each boundary still comes once a day", () => {
    const zone = "Africa/Casablanca";
    const odd = [2026, 2029].filter((year) => offsetChanges(zone, year).length === 3);
    expect(odd).toHaveLength(1);
    const rule = timeRuleOf({
      timezone: zone,
      periods: [{ days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from: "02:30", to: "04:00" }],
    });
    for (const year of odd) {
      const spans = spansOf(rule, Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1));
      expect(new Set(spans.map(({ localDate }) => localDate)).size).toBe(365);
      expect(spans).toHaveLength(365);
    }
  });

  test("a zone without summer time has no change", () => {
    expect(offsetChanges("Asia/Kolkata", 2026)).toEqual([]);
  });

  test.each([
    ["the spring week has 167 h", "2026-03-22T23:00Z", "2026-03-29T22:00Z", 167],
    ["the autumn week has 169 h", "2026-10-18T22:00Z", "2026-10-25T23:00Z", 169],
    ["any other week has 168 h", "2026-05-03T22:00Z", "2026-05-10T22:00Z", 168],
  ])("%s in the totals", (_name, from, to, hours) => {
    const days: PeriodFields["days"] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    expect(hoursOn("Europe/Paris", days, ["00:00", "24:00"], from, to)).toBe(hours);
  });

  test.each([
    ["spring", "2026-03-22T23:00Z", "2026-03-29T22:00Z", 112],
    ["autumn", "2026-10-18T22:00Z", "2026-10-25T23:00Z", 114],
  ])("office hours of 55 h leave the %s week off for the rest", (_name, from, to, off) => {
    const on = hoursOn("Europe/Paris", ["mon", "tue", "wed", "thu", "fri"], ["08:00", "19:00"], from, to);
    expect((Date.parse(to) - Date.parse(from)) / hour - on).toBe(off);
  });

  test("a period that collapsed is reported once, with its date and its rule, and not on other days", () => {
    const rule = timeRuleOf({
      timezone: "Europe/Paris",
      periods: [{ days: ["sat", "sun"], from: "02:30", to: "03:15" }],
    });
    const window = [Date.parse("2026-03-01T00:00Z"), Date.parse("2026-05-01T00:00Z")] as const;
    const [lost, ...more] = lostIn(rule, ...window);
    expect(more).toEqual([]);
    expect(lost).toMatchObject({ why: "collapsed", localDate: "2026-03-29", source: "/periods/0" });
    expect(spansOf(rule, ...window).map(({ localDate }) => localDate)).not.toContain("2026-03-29");
  });

  test("a cron pair and an RRULE shift by the gap as a period does, and not to its end", () => {
    const window = [Date.parse("2026-03-29T00:00Z"), Date.parse("2026-03-29T12:00Z")] as const;
    const cron = timeRuleOf({ timezone: "Europe/Paris", cron: { on: "30 2 * * *", off: "0 5 * * *" } });
    const rrule = timeRuleOf({
      timezone: "Europe/Paris",
      rrule: { dtstart: "2026-01-01T02:30", duration: "PT2H", rule: "FREQ=DAILY" },
    });
    for (const rule of [cron, rrule]) {
      const on = spansOf(rule, ...window).filter(({ state }) => state === "on");
      expect(on.map(({ from }) => new Date(from).toISOString())).toEqual(["2026-03-29T01:30:00.000Z"]);
    }
  });

  test("a cron pair whose on is shifted past its off collapses, and does not stay on until the next day", () => {
    const rule = timeRuleOf({ timezone: "Europe/Paris", cron: { on: "30 2 * * *", off: "15 3 * * *" } });
    const window = [Date.parse("2026-03-28T23:00Z"), Date.parse("2026-03-29T23:00Z")] as const;
    expect(spansOf(rule, ...window).filter(({ state }) => state === "on")).toEqual([]);
    expect(lostIn(rule, ...window)).toMatchObject([
      { why: "collapsed", localDate: "2026-03-29", source: "/cron/on" },
    ]);
  });

  test("hours of an RRULE's duration are time that passes, its days are days of the calendar", () => {
    const ends = ["PT24H", "P1D"].map((duration) => {
      const rrule = { dtstart: "2026-03-28T12:00", duration, rule: "FREQ=DAILY;COUNT=1" };
      const rule = timeRuleOf({ timezone: "Europe/Paris", rrule });
      return spansOf(rule, Date.parse("2026-03-28T00:00Z"), Date.parse("2026-03-30T00:00Z")).map(({ to }) =>
        new Date(to).toISOString(),
      );
    });
    expect(ends).toEqual([["2026-03-29T11:00:00.000Z"], ["2026-03-29T10:00:00.000Z"]]);
  });
});
