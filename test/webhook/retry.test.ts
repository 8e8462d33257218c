import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { delaysSeconds, mostTries, nextAttemptAt } from "../../lib/webhook/retry.ts";
import { day, hour, start } from "./endpoints.ts";

const wait = (tries: number, retryAfter: string | null, fraction = 0.5): number =>
  (nextAttemptAt(tries, fraction, start, retryAfter) ?? Number.NaN) - start;

describe("the schedule", () => {
  it("is at once, 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h, and then nothing", () => {
    const minutes = [0, 5 / 60, 5, 30, 120, 300, 600, 840, 1200, 1440];
    expect(minutes.map((_, tries) => wait(tries, null) / 60_000)).toEqual(minutes);
    expect(nextAttemptAt(mostTries, 0.5, start, null)).toBeNull();
    expect(nextAttemptAt(mostTries, 0.5, start, "5")).toBeNull();
  });

  it.each([
    [0, 0.8],
    [0.5, 1],
    [0.9999, 1.2],
  ])("is stretched by chance %d to %d of itself", (fraction, part) => {
    for (const [tries, delay] of delaysSeconds.entries())
      expect(wait(tries, null, fraction) / 1000).toBeCloseTo(delay * part, -2);
  });
});

describe("Retry-After", () => {
  const five = 5 * 60_000;
  it.each([
    ["3600", hour, "longer than our own time"],
    ["  600 ", 2 * five, "with spaces around"],
    ["1", five, "never sooner than our own time"],
    ["0", five, "at once is not for us"],
    ["86400", day, "a day"],
    ["86401", day, "more than a day"],
    ["99999999999999999999999999", day, "without end"],
    ["Mon, 02 Nov 2026 09:00:00 GMT", hour, "a date"],
    ["Monday, 02-Nov-26 09:00:00 GMT", hour, "a date in the old form"],
    ["Mon Nov  2 09:00:00 2026", hour, "a date as C writes it"],
    ["Sun, 01 Nov 2026 09:00:00 GMT", five, "a date that is past"],
    ["Wed, 01 Jan 2031 00:00:00 GMT", day, "a date that is far"],
    ["2026-11-02T09:00:00Z", five, "another form of date"],
    ["-5", five, "negative"],
    ["1e9", five, "no number of HTTP"],
    ["0x7fffffff", five, "hex"],
    ["3600.5", five, "a fraction"],
    ["120, 3600", five, "two of them"],
    ["soon", five, "a word"],
    ["", five, "nothing"],
  ])("%j means %d ms: %s", (header, milliseconds) => {
    expect(wait(2, header)).toBe(milliseconds);
  });

  it("never shortens a wait, and lengthens none beyond a day", () => {
    const header = fc.oneof(fc.constant(null), fc.string(), fc.integer().map(String), fc.date().map(String));
    const tries = fc.integer({ min: 0, max: mostTries - 1 });
    const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(tries, fraction, header, (tried, chance, text) => {
        const own = wait(tried, null, chance);
        const asked = wait(tried, text, chance);
        expect(asked).toBeGreaterThanOrEqual(own);
        expect(asked).toBeLessThanOrEqual(Math.max(own, day));
        expect(Number.isInteger(asked)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
