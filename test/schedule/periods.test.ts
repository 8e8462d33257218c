import { describe, expect, test } from "vitest";
import { timeRuleOf } from "../../lib/schedule/rule.ts";
import { eventsOf, mergeSpans, spansOf } from "../../lib/schedule/spans.ts";
import { dayBounds } from "../../lib/schedule/wall-time.ts";
import { at, cronIn, everyDay, onShown, periodsIn, rruleIn } from "./spans-shown.ts";

// 2026-11-02 is a Monday; UTC where the zone is not what is asked about.

describe("periods", () => {
  test("22:00 to 06:00 on Monday has its off-edge on Tuesday at 06:00", () => {
    const rule = periodsIn("UTC", ["mon", "22:00-06:00"]);
    expect(onShown(rule, "2026-11-01T00:00Z", "2026-11-08T00:00Z")).toEqual([
      "2026-11-02T22:00 to 2026-11-03T06:00",
    ]);
    expect(spansOf(rule, at("2026-11-03T03:00Z"), at("2026-11-03T03:01Z"))).toMatchObject([
      { localDate: "2026-11-02" },
    ]);
  });

  test("Friday 20:00 to Monday 08:00 is one stretch, written as periods, as a cron pair and as an RRULE", () => {
    const rules = [
      periodsIn("Europe/Paris", ["fri", "20:00-24:00"], ["sat sun", "00:00-24:00"], ["mon", "00:00-08:00"]),
      cronIn("Europe/Paris", { on: "0 20 * * fri", off: "0 8 * * mon" }),
      rruleIn("Europe/Paris", { dtstart: "2026-10-02T20:00", duration: "PT60H", rule: "FREQ=WEEKLY" }),
    ];
    for (const rule of rules)
      expect(onShown(rule, "2026-11-05T00:00Z", "2026-11-12T00:00Z")).toEqual([
        "2026-11-06T19:00 to 2026-11-09T07:00",
      ]);
  });

  test("00:00 to 24:00 every day has no edge within 400 days", () => {
    const rule = periodsIn("Europe/Paris", [everyDay.join(" "), "00:00-24:00"]);
    const from = at("2026-01-15T12:00Z");
    const to = from + 400 * 86_400_000;
    const [stretch, ...more] = mergeSpans(spansOf(rule, from, to));
    expect(more).toEqual([]);
    expect(stretch?.from).toBeLessThanOrEqual(from);
    expect(stretch?.to).toBeGreaterThanOrEqual(to);
  });

  test.each([
    ["touching", "08:00-12:00", "12:00-19:00"],
    ["overlapping", "08:00-13:00", "12:00-19:00"],
    ["one inside the other", "08:00-19:00", "10:00-11:00"],
  ])("%s periods merge, with no stop between", (_name, one, other) => {
    const rule = periodsIn("UTC", ["mon", one], ["mon", other]);
    expect(onShown(rule, "2026-11-02T00:00Z", "2026-11-03T00:00Z")).toEqual([
      "2026-11-02T08:00 to 2026-11-02T19:00",
    ]);
  });

  test("a week may be listed from Sunday, and in any other order", () => {
    const days = ["sun", "mon", "tue"] as const;
    const rules = [[...days], days.toReversed(), ["mon", "sun", "tue"] as const].map((order) =>
      timeRuleOf({ timezone: "UTC", periods: [{ days: [...order], from: "08:00", to: "09:00" }] }),
    );
    for (const rule of rules)
      expect(onShown(rule, "2026-11-01T00:00Z", "2026-11-08T00:00Z")).toEqual([
        "2026-11-01T08:00 to 2026-11-01T09:00",
        "2026-11-02T08:00 to 2026-11-02T09:00",
        "2026-11-03T08:00 to 2026-11-03T09:00",
      ]);
  });

  test("a period of one minute is on for that minute", () => {
    const rule = periodsIn("UTC", ["mon", "08:00-08:01"]);
    expect(onShown(rule, "2026-11-02T00:00Z", "2026-11-03T00:00Z")).toEqual([
      "2026-11-02T08:00 to 2026-11-02T08:01",
    ]);
  });

  test("a period holds its first instant and not its last", () => {
    const rule = periodsIn("UTC", ["mon", "08:00-19:00"]);
    const isOn = (text: string): boolean => spansOf(rule, at(text), at(text) + 1).length > 0;
    expect(isOn("2026-11-02T07:59:59.999Z")).toBe(false);
    expect(isOn("2026-11-02T08:00:00.000Z")).toBe(true);
    expect(isOn("2026-11-02T18:59:59.999Z")).toBe(true);
    expect(isOn("2026-11-02T19:00:00.000Z")).toBe(false);
  });

  test("an end at 24:00 and an end at 00:00 are the same midnight", () => {
    for (const times of ["20:00-24:00", "20:00-00:00"])
      expect(onShown(periodsIn("UTC", ["mon", times]), "2026-11-02T00:00Z", "2026-11-04T00:00Z")).toEqual([
        "2026-11-02T20:00 to 2026-11-03T00:00",
      ]);
  });

  test("dates are inclusive and judged by the day on which a period starts", () => {
    const rule = timeRuleOf({
      timezone: "UTC",
      periods: [
        { days: everyDay, from: "22:00", to: "06:00", dates: { from: "2026-11-03", to: "2026-11-04" } },
      ],
    });
    expect(onShown(rule, "2026-11-01T00:00Z", "2026-11-09T00:00Z")).toEqual([
      "2026-11-03T22:00 to 2026-11-04T06:00",
      "2026-11-04T22:00 to 2026-11-05T06:00",
    ]);
  });

  test("periods of one schedule may lie in zones of their own", () => {
    const periods = ["Asia/Tokyo", "America/New_York"].map((timezone) => {
      return {
        days: everyDay,
        from: "09:00",
        to: "10:00",
        timezone,
        dates: { from: "2026-11-03", to: "2026-11-03" },
      };
    });
    const shown = onShown(timeRuleOf({ periods }), "2026-11-01T00:00Z", "2026-11-09T00:00Z");
    expect(shown).toEqual(["2026-11-03T00:00 to 2026-11-03T01:00", "2026-11-03T14:00 to 2026-11-03T15:00"]);
  });

  test("an inverse period gives off, and on wins where both hold", () => {
    const rule = timeRuleOf({
      timezone: "UTC",
      periods: [
        { days: ["mon"], from: "00:00", to: "24:00", state: "off" },
        { days: ["mon"], from: "08:00", to: "19:00" },
      ],
    });
    const merged = mergeSpans(spansOf(rule, at("2026-11-02T00:00Z"), at("2026-11-03T00:00Z")));
    expect(merged.map(({ state, from }) => [state, new Date(from).getUTCHours()])).toEqual([
      ["off", 0],
      ["on", 8],
      ["off", 19],
    ]);
  });

  test("the edges of a window hold its first instant and not its last", () => {
    const rule = periodsIn("UTC", ["mon", "08:00-19:00"]);
    const states = (from: string, to: string): string[] =>
      eventsOf(rule, at(from), at(to)).map(({ state }) => state);
    expect(states("2026-11-02T08:00Z", "2026-11-02T19:00Z")).toEqual(["on"]);
    expect(states("2026-11-02T19:00Z", "2026-11-03T00:00Z")).toEqual(["off"]);
    expect(states("2026-11-02T08:01Z", "2026-11-02T19:00Z")).toEqual([]);
  });
});

describe("what calendars say of a day", () => {
  test("a Monday treated as a Sunday has Sunday's periods and not Monday's", () => {
    const rule = periodsIn("UTC", ["mon", "08:00-19:00"], ["sun", "10:00-12:00"]);
    const spans = spansOf(rule, at("2026-11-02T00:00Z"), at("2026-11-03T00:00Z"), (date) =>
      date === "2026-11-02" ? "as:sun" : null,
    );
    expect(spans).toMatchObject([{ source: "/periods/1", localDate: "2026-11-02", effect: "as:sun" }]);
  });

  test.each([
    ["cron", cronIn("UTC", { on: "0 8 * * 0", off: "0 9 * * 0" })],
    [
      "rrule",
      rruleIn("UTC", { dtstart: "2026-10-04T08:00", duration: "PT1H", rule: "FREQ=WEEKLY;BYDAY=SU" }),
    ],
  ])("a Monday treated as a Sunday does what a %s does on Sundays", (_kind, rule) => {
    const on = spansOf(rule, at("2026-11-02T00:00Z"), at("2026-11-07T00:00Z"), (date) =>
      date === "2026-11-02" ? "as:sun" : null,
    ).filter(({ state, from }) => state === "on" && from >= at("2026-11-02T00:00Z"));
    expect(on).toMatchObject([
      { localDate: "2026-11-02", from: at("2026-11-02T08:00Z"), to: at("2026-11-02T09:00Z") },
    ]);
  });

  test("a night that began before a holiday bears the effect of the day on which it began", () => {
    const rule = periodsIn("UTC", ["mon tue", "22:00-06:00"]);
    const spans = spansOf(rule, at("2026-11-02T00:00Z"), at("2026-11-05T00:00Z"), (date) =>
      date === "2026-11-03" ? "off" : null,
    );
    expect(spans.map(({ localDate, effect }) => [localDate, effect])).toEqual([
      ["2026-11-02", null],
      ["2026-11-03", "off"],
    ]);
  });

  test("a date is asked for once a zone, however many periods start on it", () => {
    const asked: string[] = [];
    const rule = periodsIn("UTC", ["mon", "08:00-09:00"], ["mon", "10:00-11:00"]);
    spansOf(rule, at("2026-11-02T00:00Z"), at("2026-11-03T00:00Z"), (date, zone) => {
      asked.push(`${date} ${zone}`);
      return null;
    });
    expect(new Set(asked).size).toBe(asked.length);
  });

  test("a day of the calendar lasts from its first instant to the next day's", () => {
    const hours = (zone: string, date: string): number => {
      const { from, to } = dayBounds(zone, date, { gap: "shift", overlap: "first" });
      return (to - from) / 3_600_000;
    };
    expect(hours("Europe/Paris", "2026-03-29")).toBe(23);
    expect(hours("Europe/Paris", "2026-10-25")).toBe(25);
    expect(hours("Africa/Cairo", "2026-04-24")).toBe(23);
  });
});
