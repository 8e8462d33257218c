import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { timeRuleOf, type PeriodFields, type TimeRule } from "../../lib/schedule/rule.ts";
import { eventsOf, mergeSpans, spansOf } from "../../lib/schedule/spans.ts";
import { everyDay } from "./spans-shown.ts";

const minute = 60_000;
const day = 1440 * minute;
const zone = fc.constantFrom(
  "Europe/Paris",
  "America/New_York",
  "Australia/Lord_Howe",
  "Antarctica/Troll",
  "Africa/Cairo",
  "Asia/Beirut",
  "America/Santiago",
  "Asia/Kolkata",
  "UTC",
);
const clock = fc
  .integer({ min: 0, max: 95 })
  .map((quarter) => new Date(quarter * 15 * minute).toISOString().slice(11, 16));
const period: fc.Arbitrary<PeriodFields> = fc
  .record({
    days: fc.subarray(everyDay, { minLength: 1 }),
    from: clock,
    to: fc.oneof(clock, fc.constant("24:00")),
    timezone: zone,
    state: fc.constantFrom("on" as const, "on" as const, "off" as const),
  })
  .filter(({ from, to }) => from !== to);
const options = fc.record({
  gap: fc.constantFrom("shift", "skip"),
  overlap: fc.constantFrom("first", "last"),
});

const expression = fc
  .tuple(
    fc.constantFrom("0", "30", "15,45", "*/20"),
    fc.constantFrom("0", "2", "8", "2,23", "*/6"),
    fc.constantFrom("*", "1,15", "L"),
    fc.constantFrom("*", "3,10", "4-11"),
    fc.constantFrom("*", "1-5", "0", "fri#2"),
  )
  .map((parts) => parts.join(" "));

const recurrence = fc.record({
  dtstart: fc
    .tuple(fc.constantFrom("2024-02-29", "2025-01-05", "2026-03-01"), clock)
    .map((parts) => parts.join("T")),
  duration: fc.constantFrom("PT1H", "PT11H", "P1D", "PT30H", "P3DT15M"),
  rule: fc.constantFrom(
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=WEEKLY;BYDAY=MO,SA,SU",
    "FREQ=MONTHLY;BYDAY=-1SU",
    "FREQ=DAILY;COUNT=900",
    "FREQ=DAILY;UNTIL=20261025T003000Z",
  ),
});

const rule: fc.Arbitrary<TimeRule> = fc.oneof(
  fc
    .tuple(fc.array(period, { minLength: 1, maxLength: 4 }), options)
    .map(([periods, given]) => timeRuleOf({ periods, ...given })),
  fc
    .tuple(expression, expression, zone, options)
    .map(([on, off, timezone, given]) => timeRuleOf({ cron: { on, off }, timezone, ...given })),
  fc
    .tuple(recurrence, zone, options)
    .map(([rrule, timezone, given]) => timeRuleOf({ rrule, timezone, ...given })),
);

// Half of the windows begin within days of a change of some zone's clock.
const changes = [
  Date.UTC(2026, 2, 29, 1),
  Date.UTC(2026, 9, 25, 1),
  Date.UTC(2026, 2, 8, 7),
  Date.UTC(2026, 8, 6, 4),
];
const instant = fc
  .tuple(
    fc.constantFrom(...changes),
    fc.oneof(fc.integer({ min: -4 * 96, max: 4 * 96 }), fc.integer({ min: -40_000, max: 40_000 })),
  )
  .map(([change, quarters]) => change + quarters * 15 * minute);

const states = (of: TimeRule, from: number, to: number): string[] =>
  mergeSpans(spansOf(of, from, to))
    .filter((stretch) => Math.max(stretch.from, from) < Math.min(stretch.to, to))
    .map((stretch) => `${stretch.state} ${Math.max(stretch.from, from)} ${Math.min(stretch.to, to)}`);

describe("whatever the rule", () => {
  test("the order of a list of periods makes no difference", () => {
    fc.assert(
      fc.property(
        fc.array(period, { minLength: 2, maxLength: 5 }),
        options,
        instant,
        (periods, given, from) => {
          const there = states(timeRuleOf({ periods, ...given }), from, from + 9 * day);
          const back = states(timeRuleOf({ periods: periods.toReversed(), ...given }), from, from + 9 * day);
          expect(back).toEqual(there);
        },
      ),
    );
  });

  test("a span holds its first instant and not its last, and no other window says otherwise", () => {
    fc.assert(
      fc.property(rule, instant, (of, from) => {
        const spans = spansOf(of, from, from + 3 * day);
        for (const span of spans) {
          expect(span.to).toBeGreaterThan(span.from);
          expect(spansOf(of, span.from, span.from + 1)).toContainEqual(span);
          expect(spansOf(of, span.to - 1, span.to)).toContainEqual(span);
          expect(spansOf(of, span.to, span.to + 1)).not.toContainEqual(span);
          expect(spansOf(of, span.from - 1, span.from)).not.toContainEqual(span);
        }
      }),
    );
  });

  test("a window has the spans of the windows that make it up", () => {
    fc.assert(
      fc.property(
        rule,
        instant,
        fc.integer({ min: 1, max: 20 * 96 }),
        fc.integer({ min: 1, max: 20 * 96 }),
        (of, from, first, second) => {
          const middle = from + first * 15 * minute;
          const to = middle + second * 15 * minute;
          const parts = [...spansOf(of, from, middle), ...spansOf(of, middle, to)].map((span) =>
            JSON.stringify(span),
          );
          const whole = spansOf(of, from, to).map((span) => JSON.stringify(span));
          expect(new Set(parts)).toEqual(new Set(whole));
          const events = [...eventsOf(of, from, middle), ...eventsOf(of, middle, to)];
          expect(events.map((event) => JSON.stringify(event)).toSorted()).toEqual(
            eventsOf(of, from, to)
              .map((event) => JSON.stringify(event))
              .toSorted(),
          );
        },
      ),
    );
  });

  test("after merging, stretches are in order and apart, and neighbours that touch differ in their state", () => {
    fc.assert(
      fc.property(rule, instant, (of, from) => {
        const merged = mergeSpans(spansOf(of, from, from + 30 * day));
        for (const [index, stretch] of merged.entries()) {
          const before = merged[index - 1];
          if (before === undefined) continue;
          expect(stretch.from).toBeGreaterThanOrEqual(before.to);
          if (stretch.from === before.to) expect(stretch.state).not.toBe(before.state);
        }
      }),
    );
  });

  test("a cron pair has a state at every moment within its look-back, and one only", () => {
    fc.assert(
      fc.property(expression, expression, zone, instant, (on, off, timezone, from) => {
        const of = timeRuleOf({ timezone, cron: { on, off } });
        const merged = states(of, from, from + 5 * day);
        const [first = "", last = ""] = [merged[0], merged.at(-1)];
        expect(first.split(" ")[1]).toBe(String(from));
        expect(last.split(" ")[2]).toBe(String(from + 5 * day));
        for (const [index, text] of merged.entries())
          if (index > 0) expect(text.split(" ")[1]).toBe(merged[index - 1]?.split(" ")[2]);
      }),
    );
  });
});
