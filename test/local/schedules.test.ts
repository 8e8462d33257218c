import { describe, expect, test, vi } from "vitest";
import { cronOf, rateMilliseconds, startSchedule } from "../../local/schedules.ts";

describe("rate", () => {
  test.each([
    ["rate(1 minute)", 60_000],
    ["rate(5 minutes)", 300_000],
    ["rate(1 hour)", 3_600_000],
    ["rate(2 days)", 172_800_000],
  ])("%s is %d ms", (expression, milliseconds) => {
    expect(rateMilliseconds(expression)).toBe(milliseconds);
  });

  test.each([
    ["rate(1 minutes)", "one has no plural"],
    ["rate(2 minute)", "two have one"],
    ["rate(0 minutes)", "never is no rate"],
    ["rate(30 seconds)", "EventBridge knows no seconds"],
    ["every minute", "not an expression"],
  ])("%s is none: %s", (expression) => {
    expect(rateMilliseconds(expression)).toBeNull();
  });
});

describe("cron", () => {
  const from = new Date("2026-11-21T10:00:00Z"); // a Saturday
  test.each([
    ["cron(0 8 ? * MON-FRI *)", "2026-11-23T08:00:00.000Z"],
    ["cron(0 8 ? * 2-6 *)", "2026-11-23T08:00:00.000Z"],
    ["cron(30 23 ? * 1 *)", "2026-11-22T23:30:00.000Z"],
    ["cron(0/15 * * * ? *)", "2026-11-21T10:15:00.000Z"],
    ["cron(0 0 L * ? *)", "2026-11-30T00:00:00.000Z"],
    ["cron(0 12 1 JAN ? 2028)", "2028-01-01T12:00:00.000Z"],
  ])("%s next comes at %s", (expression, next) => {
    expect(cronOf(expression)?.nextRun(from)?.toISOString()).toBe(next);
  });

  test.each([
    ["cron(0 8 * * MON *)", "both days are given"],
    ["cron(0 8 ? * ? *)", "neither day is given"],
    ["cron(0 8 * * ?)", "the year is missing"],
    ["cron(61 8 * * ? *)", "there is no minute 61"],
  ])("%s is none: %s", (expression) => {
    expect(cronOf(expression)).toBeNull();
  });
});

describe("a schedule that runs", () => {
  test("a rate ticks at once and then at its distance, until it is stopped", () => {
    vi.useFakeTimers();
    try {
      const events: unknown[] = [];
      const schedule = startSchedule({ expression: "rate(1 minute)", fire: (event) => events.push(event) });
      expect(events).toHaveLength(1);
      vi.advanceTimersByTime(120_000);
      expect(events).toHaveLength(3);
      expect(events[0]).toMatchObject({ source: "aws.events", "detail-type": "Scheduled Event" });
      schedule.stop();
      vi.advanceTimersByTime(120_000);
      expect(events).toHaveLength(3);
    } finally {
      vi.useRealTimers();
    }
  });

  test("an input takes the place of the event", () => {
    const events: unknown[] = [];
    startSchedule({
      expression: "rate(1 day)",
      input: { job: "x" },
      fire: (event) => events.push(event),
    }).stop();
    expect(events).toEqual([{ job: "x" }]);
  });

  test("an expression that EventBridge would refuse is refused", () => {
    expect(() => startSchedule({ expression: "rate(2 minute)", fire: () => {} })).toThrow("rate(2 minute)");
  });
});
