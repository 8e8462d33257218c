import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lintOf } from "../../lib/schedule/lint.ts";
import { localDate, readLocalDate } from "../../lib/schedule/local-date.ts";
import { datesFrom } from "../../lib/schedule/recurrence.ts";
import { readRecurrence, recurrenceProblem } from "../../lib/schedule/recurrence-rule.ts";
import { rruleSchema } from "../../lib/schedule/rule.ts";
import { spansOf } from "../../lib/schedule/spans.ts";
import { at, onShown, rruleIn } from "./spans-shown.ts";

const dayOf = (text: string): number => readLocalDate(text) ?? Number.NaN;

/** The first dates of a rule. */
const firstDates = (rule: string, start: string, count: number): string[] => {
  const dates: string[] = [];
  for (const day of datesFrom(readRecurrence(rule), dayOf(start), dayOf(start), dayOf(start) + 366 * 60)) {
    dates.push(localDate(day));
    if (dates.length === count) break;
  }
  return dates;
};

describe("recurrence rules, by what they mean on the calendar", () => {
  test.each([
    ["FREQ=MONTHLY;BYDAY=1TH", "2026-01-01", "2026-01-01 2026-02-05 2026-03-05 2026-04-02", "first Thursday"],
    ["FREQ=MONTHLY;BYDAY=-1FR", "2026-01-01", "2026-01-30 2026-02-27 2026-03-27 2026-04-24", "last Friday"],
    [
      "FREQ=MONTHLY;BYMONTHDAY=31",
      "2026-01-31",
      "2026-01-31 2026-03-31 2026-05-31 2026-07-31",
      "day 31, short months",
    ],
    ["FREQ=MONTHLY", "2026-01-31", "2026-01-31 2026-03-31 2026-05-31 2026-07-31", "dtstart's day 31"],
    [
      "FREQ=MONTHLY;BYMONTHDAY=-1",
      "2026-01-31",
      "2026-01-31 2026-02-28 2026-03-31 2026-04-30",
      "the last day",
    ],
    ["FREQ=YEARLY", "2024-02-29", "2024-02-29 2028-02-29 2032-02-29 2036-02-29", "29 February"],
    [
      "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1",
      "2024-02-29",
      "2024-02-29 2025-02-28 2026-02-28",
      "the end of February",
    ],
    [
      "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
      "2026-01-01",
      "2026-11-26 2027-11-25 2028-11-23",
      "fourth Thursday of November",
    ],
    [
      "FREQ=YEARLY;BYDAY=20MO",
      "2026-01-01",
      "2026-05-18 2027-05-17 2028-05-15",
      "twentieth Monday of the year",
    ],
    ["FREQ=YEARLY;BYDAY=-1SU", "2026-01-01", "2026-12-27 2027-12-26 2028-12-31", "last Sunday of the year"],
    [
      "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
      "2026-01-01",
      "2026-02-13 2026-03-13 2026-11-13",
      "Friday the 13th",
    ],
    [
      "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
      "2026-01-01",
      "2026-01-30 2026-02-27 2026-03-31 2026-04-30",
      "last working day",
    ],
    [
      "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1,-1",
      "2026-01-01",
      "2026-01-05 2026-01-27 2026-02-02",
      "first and last of a set",
    ],
    [
      "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO",
      "2026-08-04",
      "2026-08-04 2026-08-09 2026-08-18",
      "weeks from Monday",
    ],
    [
      "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
      "2026-08-04",
      "2026-08-04 2026-08-16 2026-08-18",
      "weeks from Sunday",
    ],
    ["FREQ=WEEKLY", "2026-11-04", "2026-11-04 2026-11-11 2026-11-18", "dtstart's weekday"],
    [
      "FREQ=DAILY;INTERVAL=10;COUNT=3",
      "2026-01-01",
      "2026-01-01 2026-01-11 2026-01-21",
      "every ten days, three times",
    ],
    [
      "FREQ=DAILY;BYMONTH=1;BYDAY=SA,SU",
      "2026-01-01",
      "2026-01-03 2026-01-04 2026-01-10",
      "weekends of January",
    ],
    [
      "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
      "2024-11-05",
      "2024-11-05 2028-11-07",
      "a Tuesday after a Monday",
    ],
    ["rrule:freq=daily;count=2;", "2026-01-01", "2026-01-01 2026-01-02", "small letters, its name before it"],
  ])("%s from %s is %s: %s", (rule, start, dates) => {
    const expected = dates.split(" ");
    expect(firstDates(rule, start, expected.length)).toEqual(expected);
  });

  test.each([
    ["FREQ=HOURLY", "FREQ", "a frequency below a day"],
    ["FREQ=MINUTELY;INTERVAL=5", "FREQ", "a frequency below a day"],
    ["BYDAY=MO", "FREQ", "no frequency"],
    ["FREQ=DAILY;BYHOUR=8", "BYHOUR", "an hour"],
    ["FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO", "a part that is not taken"],
    ["FREQ=YEARLY;BYYEARDAY=1", "BYYEARDAY", "a part that is not taken"],
    ["FREQ=DAILY;X-COLOUR=RED", "X-COLOUR", "an unknown part"],
    ["FREQ=DAILY;INTERVAL=0", "INTERVAL", "an interval of nothing"],
    ["FREQ=DAILY;COUNT=0", "COUNT", "a count of nothing"],
    ["FREQ=DAILY;COUNT=2;UNTIL=20270101", "COUNT", "two ends"],
    ["FREQ=DAILY;FREQ=WEEKLY", "FREQ", "a part given twice"],
    ["FREQ=WEEKLY;BYDAY=2MO", "BYDAY", "a number in a week"],
    ["FREQ=WEEKLY;BYMONTHDAY=3", "BYMONTHDAY", "a date in a week"],
    ["FREQ=MONTHLY;BYDAY=MON", "BYDAY", "a day in three letters"],
    ["FREQ=MONTHLY;BYDAY=0MO", "BYDAY", "a zeroth Monday"],
    ["FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY", "a day that no month has"],
    ["FREQ=YEARLY;BYMONTH=13", "BYMONTH", "a month too many"],
    ["FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS", "a position in no set"],
    ["FREQ=DAILY;UNTIL=soon", "UNTIL", "an end that is no date"],
    ["FREQ=DAILY;UNTIL=20250101", "UNTIL", "an end before the beginning"],
    ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never occur", "a day that no February has"],
    ["FREQ=MONTHLY;BYDAY=6MO", "never occur", "a sixth Monday"],
    ["FREQ", "NAME=VALUE", "no value"],
    ["", "NAME=VALUE", "nothing at all"],
  ])("%s is refused and %s is named: %s", (rule, says) => {
    expect(recurrenceProblem(rule, at("2026-01-01T08:00Z"))).toContain(says);
  });

  test("the part at fault is pointed at", () => {
    const found = rruleSchema.safeParse({
      dtstart: "2026-11-02T08:00",
      duration: "PT1H",
      rule: "FREQ=SECONDLY",
    });
    expect(found.error?.issues.map(({ path }) => path)).toEqual([["rule"]]);
  });
});

/** Whether a rule names a date, asked of each date by itself: the other way round from the code's. */
const oracle = (text: string, start: number, length: number): string[] => {
  const parts = new Map(
    text.split(";").map((part): [string, string] => [part.split("=")[0] ?? "", part.split("=")[1] ?? ""]),
  );
  const numbers = (name: string): number[] => parts.get(name)?.split(",").map(Number) ?? [];
  const names = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
  const interval = Number(parts.get("INTERVAL") ?? 1);
  const weekStart = names.indexOf(parts.get("WKST") ?? "MO");
  const first = new Date(start * 86_400_000);
  const byDay = (parts.get("BYDAY")?.split(",") ?? []).map((day) => {
    return { nth: Number(day.slice(0, -2)), weekday: names.indexOf(day.slice(-2)) };
  });
  const [byMonth, byMonthDay] = [numbers("BYMONTH"), numbers("BYMONTHDAY")];
  const lengthOf = (year: number, month: number): number =>
    new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const week = (day: number): number => Math.floor((day + 4 - weekStart) / 7);
  const turn = (day: number): number => {
    const date = new Date(day * 86_400_000);
    const months =
      (date.getUTCFullYear() - first.getUTCFullYear()) * 12 + date.getUTCMonth() - first.getUTCMonth();
    switch (parts.get("FREQ")) {
      case "DAILY":
        return day - start;
      case "WEEKLY":
        return week(day) - week(start);
      case "MONTHLY":
        return months;
      case undefined:
      default:
        return date.getUTCFullYear() - first.getUTCFullYear();
    }
  };
  const isNth = (date: Date, nth: number): boolean => {
    if (nth === 0) return true;
    const inYear = parts.get("FREQ") === "YEARLY" && byMonth.length === 0;
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    const begin = inYear ? Date.UTC(year, 0, 1) : Date.UTC(year, month, 1);
    const end = inYear ? Date.UTC(year, 11, 31) : Date.UTC(year, month, lengthOf(year, month));
    const before = Math.floor((date.getTime() - begin) / 86_400_000 / 7);
    const after = Math.floor((end - date.getTime()) / 86_400_000 / 7);
    return nth > 0 ? before === nth - 1 : after === -nth - 1;
  };
  const isNamed = (day: number): boolean => {
    const date = new Date(day * 86_400_000);
    if (turn(day) % interval !== 0) return false;
    const [month, inMonth] = [date.getUTCMonth(), date.getUTCDate()];
    const freq = parts.get("FREQ");
    const fromEnd = inMonth - lengthOf(date.getUTCFullYear(), month) - 1;
    if (byMonth.length > 0 && !byMonth.includes(month + 1)) return false;
    if (byMonthDay.length > 0 && !byMonthDay.includes(inMonth) && !byMonthDay.includes(fromEnd)) return false;
    if (byDay.length > 0)
      return byDay.some(({ nth, weekday }) => weekday === date.getUTCDay() && isNth(date, nth));
    if (freq === "WEEKLY") return date.getUTCDay() === first.getUTCDay();
    if (byMonthDay.length > 0 || freq === "DAILY") return true;
    if (inMonth !== first.getUTCDate()) return false;
    return freq === "MONTHLY" || byMonth.length > 0 || month === first.getUTCMonth();
  };
  const sets = new Map<number, number[]>();
  for (let day = start - 366; day < start + length + 366; day += 1)
    if (isNamed(day)) sets.set(turn(day), [...(sets.get(turn(day)) ?? []), day]);
  const positions = numbers("BYSETPOS");
  const chosen = [...sets.values()].flatMap((days) =>
    days.filter(
      (_, index) =>
        positions.length === 0 || positions.includes(index + 1) || positions.includes(index - days.length),
    ),
  );
  const count = Number(parts.get("COUNT") ?? Infinity);
  return chosen
    .filter((day) => day >= start)
    .toSorted((a, b) => a - b)
    .slice(0, count)
    .filter((day) => day < start + length)
    .map(localDate);
};

const some = <T>(values: fc.Arbitrary<T>, name: string): fc.Arbitrary<string> =>
  fc.option(
    fc.uniqueArray(values, { minLength: 1, maxLength: 3 }).map((list) => `${name}=${list.join(",")}`),
    { nil: "" },
  );

const days = fc.constantFrom("MO", "TU", "WE", "TH", "FR", "SA", "SU");
const signed = (most: number) => fc.integer({ min: -most, max: most }).filter((value) => value !== 0);
const rules = fc
  .tuple(
    fc.constantFrom("DAILY", "WEEKLY", "MONTHLY", "YEARLY"),
    fc.option(fc.integer({ min: 1, max: 5 }), { nil: 1 }),
    some(
      fc.oneof(
        days,
        fc.tuple(signed(5), days).map(([nth, day]) => `${nth}${day}`),
      ),
      "BYDAY",
    ),
    some(signed(31), "BYMONTHDAY"),
    some(fc.integer({ min: 1, max: 12 }), "BYMONTH"),
    some(signed(4), "BYSETPOS"),
    fc.option(fc.integer({ min: 1, max: 20 }), { nil: null }),
    fc.constantFrom("", "WKST=SU", "WKST=MO", "WKST=TH"),
  )
  .map(([freq, interval, byDay, byMonthDay, byMonth, bySetPos, count, wkst]) =>
    [
      `FREQ=${freq}`,
      `INTERVAL=${interval}`,
      byDay,
      byMonthDay,
      byMonth,
      bySetPos,
      count === null ? "" : `COUNT=${count}`,
      wkst,
    ]
      .filter((part) => part !== "")
      .join(";"),
  );

describe("recurrence rules against an oracle that asks every date", () => {
  test("any rule that is taken names the dates that the oracle names, over six years", () => {
    let compared = 0;
    const start = fc.integer({ min: dayOf("2023-01-01"), max: dayOf("2029-12-31") });
    fc.assert(
      fc.property(rules, start, (rule, day) => {
        if (recurrenceProblem(rule, day * 86_400_000) !== null) return;
        compared += 1;
        const length = 366 * 6;
        const ours = [...datesFrom(readRecurrence(rule), day, day, day + length - 1)].map(localDate);
        expect(ours).toEqual(oracle(rule, day, length));
      }),
      { numRuns: 1000 },
    );
    expect(compared).toBeGreaterThan(200);
  }, 60_000);

  test("a later window gives the dates that a window from the start gives there", () => {
    fc.assert(
      fc.property(rules, fc.integer({ min: 0, max: 2000 }), (rule, later) => {
        const start = dayOf("2024-02-29");
        if (recurrenceProblem(rule, start * 86_400_000) !== null) return;
        const read = readRecurrence(rule);
        const whole = [...datesFrom(read, start, start, start + 3000)].filter((day) => day >= start + later);
        expect([...datesFrom(read, start, start + later, start + 3000)]).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });
});

describe("an RRULE's spans", () => {
  const weekly = { dtstart: "2026-11-02T08:00", duration: "PT11H", rule: "FREQ=WEEKLY;BYDAY=MO,TU" };
  const shown = (rrule: object) =>
    onShown(
      rruleIn("Europe/Paris", rruleSchema.parse({ ...weekly, ...rrule })),
      "2026-11-01T00:00Z",
      "2026-11-15T00:00Z",
    );

  test("start in the schedule's zone and last as long as the duration", () => {
    expect(shown({})).toEqual([
      "2026-11-02T07:00 to 2026-11-02T18:00",
      "2026-11-03T07:00 to 2026-11-03T18:00",
      "2026-11-09T07:00 to 2026-11-09T18:00",
      "2026-11-10T07:00 to 2026-11-10T18:00",
    ]);
  });

  test("EXDATE is compared in local time, a date alone takes the day, and RDATE adds", () => {
    const found = shown({
      exdates: ["2026-11-03T08:00", "2026-11-09", "2026-11-10T07:00"],
      rdates: ["2026-11-04", "2026-11-05T20:00"],
    });
    expect(found).toEqual([
      "2026-11-02T07:00 to 2026-11-02T18:00",
      "2026-11-04T07:00 to 2026-11-04T18:00",
      "2026-11-05T19:00 to 2026-11-06T06:00",
      "2026-11-10T07:00 to 2026-11-10T18:00",
    ]);
  });

  test("an EXDATE in winter takes an occurrence in winter, whatever the offset was at dtstart", () => {
    const rrule = { dtstart: "2026-07-06T08:00", exdates: ["2026-11-02T08:00"] };
    expect(shown(rrule)[0]).toBe("2026-11-03T07:00 to 2026-11-03T18:00");
  });

  test.each([
    ["20261103", 2, "a date, that day included"],
    ["20261103T080000", 2, "a local time, that start included"],
    ["20261103T075900", 1, "a local time before the start"],
    ["20261103T070000Z", 2, "an instant, that start included"],
    ["20261103T065900Z", 1, "an instant before the start"],
  ])("UNTIL=%s leaves %i: %s", (until, count) => {
    expect(shown({ rule: `FREQ=DAILY;UNTIL=${until}` })).toHaveLength(count);
  });

  test("occurrences longer than the interval overlap and merge", () => {
    expect(shown({ rule: "FREQ=DAILY;COUNT=3", duration: "PT30H" })).toEqual([
      "2026-11-02T07:00 to 2026-11-05T13:00",
    ]);
  });

  test("a dtstart that its rule does not name is no occurrence, and the schedule is warned", () => {
    const rrule = rruleIn("UTC", { ...weekly, dtstart: "2026-11-01T08:00" });
    expect(spansOf(rrule, at("2026-11-01T00:00Z"), at("2026-11-02T00:00Z"))).toEqual([]);
    expect(lintOf(rrule).map(({ code }) => code)).toEqual(["dtstart_not_named"]);
    expect(lintOf(rruleIn("UTC", weekly))).toEqual([]);
  });

  test.each(["PT0M", "P1M", "P1Y", "PT1S", "P401D", "11H", "PT", "P", "-PT1H", "P1W1D"])(
    "a duration of %s is refused",
    (duration) => {
      expect(rruleSchema.safeParse({ ...weekly, duration }).error?.issues[0]?.path).toEqual(["duration"]);
    },
  );

  test.each([
    "2026-11-02",
    "2026-11-02T08:00Z",
    "2026-11-02T08:00+01:00",
    "2026-02-30T08:00",
    "2026-11-02T24:00",
  ])("a dtstart of %s is refused", (dtstart) => {
    expect(rruleSchema.safeParse({ ...weekly, dtstart }).error?.issues[0]?.path).toEqual(["dtstart"]);
  });
});
