import { Cron } from "croner";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cronHasDay, cronProblem, readCron } from "../../lib/schedule/cron-fields.ts";
import { lintOf } from "../../lib/schedule/lint.ts";
import { eventsOf, isOneSided, spansOf } from "../../lib/schedule/spans.ts";
import { at, cronIn, onShown } from "./spans-shown.ts";

describe("cron expressions", () => {
  test.each([
    ["0 0 8 * * 1", "seconds", "six fields"],
    ["0 8 * *", "five fields", "four fields"],
    ["", "got 0", "nothing"],
    ["@daily", "five fields", "a nickname"],
    ["60 8 * * *", "minute", "a minute too many"],
    ["0 24 * * *", "hour", "an hour too many"],
    ["0 8 0 * *", "day of month", "a day too few"],
    ["0 8 * 13 *", "month", "a month too many"],
    ["0 8 * foo *", "month", "an unknown name"],
    ["0 8 * * 8", "day of week", "a weekday too many"],
    ["0 8 30 2 *", "never fire", "a day that no February has"],
    ["0 8 31 4,6,9,11 *", "never fire", "a day that none of these months has"],
    ["0 8 * * fri-mon", "backwards", "a range that runs over the week's end"],
    ["*/0 8 * * *", "step", "a step of nothing"],
    ["5/15 8 * * *", "minute", "a step without a range"],
    ["0 8 15W * *", "day of month", "a modifier that is not taken"],
    ["0 8 1,,2 * *", "day of month", "an empty part"],
    ["0 8 * * mon#6", "day of week", "a sixth Monday"],
  ])("%s is refused and says %s: %s", (text, says) => {
    expect(cronProblem(text)).toContain(says);
  });

  test.each([
    ["0 8 * * mon-fri", "0 8 * * 1-5", "names of days"],
    ["0 8 * JAN,jul *", "0 8 * 1,7 *", "names of months, in any letters"],
    ["0 8 * * 7", "0 8 * * 0", "Sunday as 7"],
    ["0 8 * * sat-sun", "0 8 * * 0,6", "a range that ends on Sunday"],
    ["0 8 ? * 1", "0 8 * * 1", "a question mark"],
    ["  0   8 * *  1 ", "0 8 * * 1", "more spaces than needed"],
    ["*/30 8-9 * * *", "0,30 8,9 * * *", "steps and ranges"],
    ["0 8 1-31/40 * *", "0 8 1 * *", "a step past the end"],
  ])("%s means %s: %s", (text, other) => {
    expect(cronProblem(text)).toBeNull();
    const [one, two] = [readCron(text), readCron(other)];
    expect(one.minutes).toEqual(two.minutes);
    for (const month of [1, 2, 7])
      for (let date = 1; date <= 28; date += 1)
        for (let weekday = 0; weekday < 7; weekday += 1) {
          const day = { month, date, daysInMonth: 31, weekday };
          expect(cronHasDay(one, day)).toBe(cronHasDay(two, day));
        }
  });

  // Where neither a gap nor an overlap is in the way, an independent library has to say the same.
  test("any expression fires when croner fires it in UTC", () => {
    const part = (least: number, most: number) =>
      fc.oneof(
        { weight: 2, arbitrary: fc.constant("*") },
        { weight: 2, arbitrary: fc.integer({ min: least, max: most }).map(String) },
        fc
          .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
          .map(([a, b]) => [Math.min(a, b), Math.max(a, b)].join("-")),
        fc.integer({ min: 2, max: 7 }).map((step) => `*/${step}`),
        fc
          .uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: 3 })
          .map((list) => list.join()),
      );
    const weekday = fc.oneof(
      part(0, 7),
      fc.constantFrom("mon-fri", "sun", "sat,sun", "5#2", "1#L", "wed#1,fri"),
    );
    const date = fc.oneof(part(1, 31), fc.constantFrom("L", "1,L"));
    const expressions = fc
      .tuple(part(0, 59), part(0, 23), date, part(1, 12), weekday)
      .map((parts) => parts.join(" "));
    fc.assert(
      fc.property(expressions, fc.integer({ min: 0, max: 3000 }), (text, days) => {
        const from = Date.UTC(2024, 0, 1) + days * 86_400_000;
        const theirs = new Cron(text, { timezone: "UTC", paused: true })
          .nextRuns(8, new Date(from - 1000))
          .map((run) => run.getTime());
        if (cronProblem(text) !== null) return theirs.length === 0;
        const until = (theirs.at(-1) ?? from) + 1;
        const ours = eventsOf(cronIn("UTC", { on: text }), from, until).map((event) => event.at);
        expect(ours).toEqual(theirs);
        return true;
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});

describe("a cron pair", () => {
  const office = cronIn("Europe/Paris", { on: "0 8 * * 1-5", off: "0 19 * * 1-5" });

  test("its state is that of the latest event", () => {
    expect(onShown(office, "2026-11-02T00:00Z", "2026-11-04T00:00Z")).toEqual([
      "2026-11-02T07:00 to 2026-11-02T18:00",
      "2026-11-03T07:00 to 2026-11-03T18:00",
    ]);
    const weekend = spansOf(office, at("2026-11-07T12:00Z"), at("2026-11-07T12:01Z"));
    expect(weekend).toMatchObject([{ state: "off", localDate: "2026-11-06", to: at("2026-11-09T07:00Z") }]);
  });

  test("day of month and day of week both set: either is enough, and the schedule is warned", () => {
    const rule = cronIn("UTC", { on: "0 8 13 * 5", off: "0 9 * * *" });
    const dates = spansOf(rule, at("2026-10-09T00:00Z"), at("2026-10-17T00:00Z"))
      .filter(({ state }) => state === "on")
      .map(({ localDate }) => localDate);
    expect(dates).toEqual(["2026-10-09", "2026-10-13", "2026-10-16"]);
    expect(lintOf(rule).map(({ code }) => code)).toEqual(["either_day"]);
  });

  test("on and off in the same minute: on holds, and the schedule is warned", () => {
    const rule = cronIn("UTC", { on: "0 8 * * *", off: "0 8,19 * * *" });
    expect(onShown(rule, "2026-11-02T00:00Z", "2026-11-02T12:00Z")).toEqual([
      "2026-11-02T08:00 to 2026-11-02T19:00",
    ]);
    expect(
      eventsOf(rule, at("2026-11-02T00:00Z"), at("2026-11-03T00:00Z")).map(({ state }) => state),
    ).toEqual(["on", "off"]);
    expect(lintOf(rule).map(({ code }) => code)).toEqual(["same_minute"]);
    expect(lintOf(office)).toEqual([]);
  });

  test("events that could share a minute and never share a day give no warning", () => {
    expect(lintOf(cronIn("UTC", { on: "0 8 * * 1", off: "0 8 * * 2" }))).toEqual([]);
  });

  test("an event is looked for 400 days back and no further", () => {
    const rule = cronIn("UTC", { on: "0 8 29 2 *", off: "0 9 1 1 *" });
    const lasting = (text: string) => spansOf(rule, at(text), at(text) + 60_000).map(({ state }) => state);
    expect(lasting("2024-03-01T00:00Z")).toEqual(["on"]);
    const yearly = cronIn("UTC", { on: "0 8 29 2 *", off: "0 9 29 2 *" });
    const latest = at("2024-02-29T09:00Z");
    const states = [400 * 86_400_000 - 1, 400 * 86_400_000].map((later) =>
      spansOf(yearly, latest + later, latest + later + 1).map(({ state }) => state),
    );
    expect(states).toEqual([["off"], []]);
  });

  test("an on that is repeated on the same day is one span, so that a holiday takes all of it", () => {
    const rule = cronIn("UTC", { on: "*/15 8-10 * * *", off: "0 19 * * *" });
    const spans = spansOf(rule, at("2026-11-02T08:00Z"), at("2026-11-02T19:00Z"));
    expect(spans).toMatchObject([
      { state: "on", from: at("2026-11-02T08:00Z"), to: at("2026-11-02T19:00Z") },
    ]);
  });

  test("every date has a span of its own, though the night before was on", () => {
    const rule = cronIn("UTC", { on: "0 8 * * *", off: "0 19 * * 5" });
    const spans = spansOf(rule, at("2026-11-02T09:00Z"), at("2026-11-04T09:00Z"), (date) =>
      date === "2026-11-03" ? "off" : null,
    );
    expect(spans.map(({ localDate, effect }) => [localDate, effect])).toEqual([
      ["2026-11-02", null],
      ["2026-11-03", "off"],
      ["2026-11-04", null],
    ]);
  });

  test("gap: skip leaves out an event that the clock never shows", () => {
    const both = ["shift", "skip"] as const;
    const times = both.map((gap) =>
      eventsOf(
        { ...cronIn("Europe/Paris", { on: "30 2 * * *" }), gap },
        at("2026-03-28T12:00Z"),
        at("2026-03-30T12:00Z"),
      ).map((event) => new Date(event.at).toISOString().slice(0, 16)),
    );
    expect(times).toEqual([["2026-03-29T01:30", "2026-03-30T00:30"], ["2026-03-30T00:30"]]);
  });
});

describe("a cron with one side", () => {
  test("acts at its edge and says nothing of any other moment", () => {
    const stop = cronIn("Europe/Paris", { off: "0 19 * * *" });
    expect(isOneSided(stop)).toBe(true);
    expect(spansOf(stop, at("2026-11-02T00:00Z"), at("2026-11-09T00:00Z"))).toEqual([]);
    expect(eventsOf(stop, at("2026-11-02T00:00Z"), at("2026-11-03T00:00Z"))).toMatchObject([
      { state: "off", at: at("2026-11-02T18:00Z"), source: "/cron/off", localDate: "2026-11-02" },
    ]);
  });

  test("a pair has two sides", () => {
    expect(isOneSided(cronIn("UTC", { on: "0 8 * * *", off: "0 9 * * *" }))).toBe(false);
  });
});
