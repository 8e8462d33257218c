import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { oneLineOf, readOneLine } from "../../lib/schedule/one-line.ts";
import { timeRuleOf } from "../../lib/schedule/rule.ts";
import { onShown } from "./spans-shown.ts";

const weekdays = ["mon", "tue", "wed", "thu", "fri"];

const read = (line: string) => {
  const found = readOneLine(line);
  if (!found.ok) throw new Error(found.message);
  return found;
};

describe("one line that says when", () => {
  test("days, times and a zone are a period", () => {
    expect(read("Mon-Fri 08:00-19:00 Europe/Paris")).toEqual({
      ok: true,
      timezone: "Europe/Paris",
      periods: [{ days: weekdays, from: "08:00", to: "19:00" }],
    });
  });

  test("clauses are joined by semicolons, each with its zone", () => {
    const { timezone, periods } = read("Mon-Fri 08:00-19:00 Europe/Paris; Sat,Sun 10:00-14:00 Asia/Tokyo");
    expect(timezone).toBe("Europe/Paris");
    expect(periods[1]).toEqual({ days: ["sat", "sun"], from: "10:00", to: "14:00", timezone: "Asia/Tokyo" });
  });

  test("except leaves dates out of the whole line", () => {
    const line =
      "Mon-Fri 08:00-19:00 Europe/Paris; Sat 10:00-14:00 Europe/Paris except 2026-12-24..2027-01-02";
    const { periods, timezone } = read(line);
    expect(periods.map(({ days, dates }) => [days[0], dates])).toEqual([
      ["mon", { to: "2026-12-23" }],
      ["mon", { from: "2027-01-03" }],
      ["sat", { to: "2026-12-23" }],
      ["sat", { from: "2027-01-03" }],
    ]);
    expect(onShown(timeRuleOf({ timezone, periods }), "2026-12-23T00:00Z", "2027-01-05T00:00Z")).toEqual([
      "2026-12-23T07:00 to 2026-12-23T18:00",
      "2027-01-04T07:00 to 2027-01-04T18:00",
    ]);
    expect(oneLineOf(timezone, periods)).toBe(line);
  });

  test("several exceptions may overlap, lie in any order and be single dates", () => {
    const line = "Mon 08:00-09:00 UTC except 2027-05-01, 2026-12-24..2027-01-02, 2026-12-30..2027-01-05";
    const { timezone, periods } = read(line);
    expect(periods.map(({ dates }) => dates)).toEqual([
      { to: "2026-12-23" },
      { from: "2027-01-06", to: "2027-04-30" },
      { from: "2027-05-02" },
    ]);
    expect(oneLineOf(timezone, periods)).toBe(
      "Mon 08:00-09:00 UTC except 2026-12-24..2027-01-05, 2027-05-01",
    );
  });

  test.each([
    ["Fri-Mon 20:00-08:00 UTC", ["mon", "fri", "sat", "sun"], "days over the weekend"],
    ["MON,wed , fri 08:00-09:00 UTC", ["mon", "wed", "fri"], "any letters, spaces around commas"],
    ["Sun-Sat 00:00-24:00 UTC", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "a week from Sunday"],
    ["  Sat   10:00-14:00\n Europe/Paris ", ["sat"], "spaces and a break of the line"],
  ])("%s has the days %j: %s", (line, days) => {
    expect(read(line).periods[0]?.days).toEqual(days);
  });

  test("a clause may be inverse and bound to dates", () => {
    const line = "Mon-Fri 08:00-19:00 UTC; off 2026-06-01..2026-08-31 Fri 12:00-24:00 UTC";
    const { timezone, periods } = read(line);
    expect(periods[1]).toEqual({
      days: ["fri"],
      from: "12:00",
      to: "24:00",
      dates: { from: "2026-06-01", to: "2026-08-31" },
      state: "off",
    });
    expect(oneLineOf(timezone, periods)).toBe(line);
  });

  test.each([
    ["", 1, "days", "nothing"],
    ["Mon-Fry 08:00-19:00 UTC", 1, "days", "a day that is none"],
    ["Monday 08:00-19:00 UTC", 1, "days", "a day in full"],
    ["Mon 8:00-19:00 UTC", 5, "two times", "one digit"],
    ["Mon 08:00 - 19:00 UTC", 5, "two times", "spaces between times"],
    ["Mon 08:00-25:00 UTC", 5, "two times", "an hour too many"],
    ["Mon 08:00-08:00 UTC", 5, "two different times", "from and to the same"],
    ["Mon 08:00-19:00", 16, "a zone", "no zone"],
    ["Mon 08:00-19:00; Sat 10:00-14:00 UTC", 16, "a zone", "no zone before the semicolon"],
    ["Mon 08:00-19:00 except 2026-12-24", 17, "a zone", "no zone before except"],
    ["Mon 08:00-19:00 CET", 17, "Europe/Paris", "an abbreviation"],
    ["Mon 08:00-19:00 UTC;", 21, "days", "nothing after the semicolon"],
    ["Mon 08:00-19:00 UTC Sat", 21, '";", "except"', "no semicolon"],
    ["Mon 08:00-19:00 UTC except", 27, "dates", "except without dates"],
    ["Mon 08:00-19:00 UTC except 2026-02-30", 28, "dates", "a date that no calendar has"],
    ["Mon 08:00-19:00 UTC except 2027-01-02..2026-12-24", 28, "dates", "dates that run backwards"],
    [
      "Mon 08:00-19:00 UTC except 2026-12-24; Sat 10:00-14:00 UTC",
      38,
      "the end of the line",
      "except in the middle",
    ],
    ["Mon 08:00-19:00 UTC except 2026-01-01..", 0, "", "an exception without an end is taken"],
    [
      "2026-12-25 Fri 08:00-19:00 UTC except 2026-12-25",
      32,
      "leave something",
      "an exception that takes all",
    ],
  ])("%s is refused at column %i, where %s was expected: %s", (line, column, expected) => {
    const found = readOneLine(line);
    if (column === 0) expect(found.ok).toBe(true);
    else {
      expect(found).toMatchObject({ ok: false, column });
      expect(found.ok ? "" : found.expected).toContain(expected);
    }
  });

  test("what is wrong is said with its column and what stands there", () => {
    expect(readOneLine("Mon 08:00-19:00 UTC Sat")).toMatchObject({
      message: 'column 21: expected ";", "except" or the end of the line, got "Sat"',
    });
  });

  test("no text at all makes it throw", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc
            .array(
              fc.constantFrom("Mon", "-", " ", "except", "..", "08:00-19:00", "UTC", ";", ",", "2026-01-01"),
            )
            .map((parts) => parts.join(" ")),
        ),
        (text) => {
          expect(typeof readOneLine(text).ok).toBe("boolean");
        },
      ),
    );
  });

  test("periods come back from their line as they were", () => {
    const date = fc
      .integer({ min: 20_400, max: 21_200 })
      .map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10));
    const clock = fc
      .integer({ min: 0, max: 1439 })
      .map((minute) => new Date(minute * 60_000).toISOString().slice(11, 16));
    const dates = fc.oneof(
      fc.constant({}),
      date.map((from) => ({ dates: { from } })),
      date.map((to) => ({ dates: { to } })),
      fc.tuple(date, date).map(([a, b]) => ({ dates: a < b ? { from: a, to: b } : { from: b, to: a } })),
    );
    const period = fc
      .record({
        days: fc.subarray(["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const, { minLength: 1 }),
        from: clock,
        to: fc.oneof(clock, fc.constant("24:00")),
      })
      .filter(({ from, to }) => from !== to);
    const zone = fc.constantFrom({}, { timezone: "Asia/Tokyo" });
    const state = fc.constantFrom({}, { state: "off" as const });
    const whole = fc.tuple(period, dates, zone, state).map((parts) => Object.assign({}, ...parts));
    fc.assert(
      fc.property(fc.array(whole, { minLength: 1, maxLength: 5 }), (periods) => {
        const back = read(oneLineOf("Europe/Paris", periods));
        const shown = (rule: ReturnType<typeof timeRuleOf>): string[] =>
          rule.kind === "periods"
            ? rule.periods.map((each) => JSON.stringify(each, Object.keys(each).toSorted())).toSorted()
            : [];
        expect(shown(timeRuleOf(back))).toEqual(shown(timeRuleOf({ timezone: "Europe/Paris", periods })));
      }),
    );
  });
});
