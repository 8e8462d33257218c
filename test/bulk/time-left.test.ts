import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boardOf } from "../../lib/bulk/board.ts";
import { pause } from "../../lib/bulk/job-change.ts";
import { began, merge, settle } from "../../lib/bulk/job-run.ts";
import type { BulkJob } from "../../lib/bulk/job.ts";
import type { Mark } from "../../lib/bulk/mark.ts";
import { noLapse, noted, paceOf, ratePerMinute, timeLeft, windowSeconds } from "../../lib/bulk/time-left.ts";
import { aJob, endedMark, nextOf, range, second, start, startedMark, type JobWords } from "./jobs.ts";

/** A job whose items begin at an even pace and take 20 s each, as it stands after so many seconds. */
const steady = (total: number, perSecond: number, after: number, words: JobWords = {}): BulkJob => {
  const marks: (readonly [number, Mark])[] = range(total).flatMap((item) => {
    const at = start + (item / perSecond) * second;
    const end = at + 20 * second;
    return [
      [at, startedMark(item, at)],
      [end, endedMark(item, "s", { at: end, seconds: 20 })],
    ] as const;
  });
  const now = start + after * second;
  const known = marks.filter(([at]) => at <= now).toSorted(([one], [other]) => one - other);
  const job = nextOf(began(aJob({ total, ...words }), start));
  return nextOf(
    settle(
      nextOf(
        merge(
          job,
          known.map(([, mark]) => mark),
          now,
        ),
      ),
      now,
    ),
  );
};

const leftOf = (job: BulkJob, after: number) => timeLeft(job, boardOf(job).letters, start + after * second);

describe("the time that a job still takes", () => {
  it.each([
    [30, 90],
    [60, 60],
    [90, 30],
    [110, 10],
  ])("after %d s of 120 s is about %d s", (after, expected) => {
    const left = leftOf(steady(1000, 10, after), after);
    expect(left?.p50_seconds).toBeGreaterThan(expected * 0.9);
    expect(left?.p50_seconds).toBeLessThan(expected * 1.1 + 1);
    expect(left?.p90_seconds).toBeGreaterThanOrEqual(left?.p50_seconds ?? 0);
    expect(left?.p90_seconds).toBeLessThan(expected * 1.35 + 2);
  });

  it.each<[string, BulkJob, number]>([
    ["nothing has ended", steady(1000, 10, 5), 5],
    ["nothing is begun", aJob(), 5],
    ["only the first few of many have ended", steady(1000, 10, 20.25), 20.25],
    ["it is paused", nextOf(pause(steady(1000, 10, 40), start + 40 * second)), 40],
    ["it has ended", steady(100, 10, 60), 60],
    ["nothing was begun for long", steady(1000, 10, 60), 60 + 2 * windowSeconds],
  ])("is not known when %s", (_what, job, after) => {
    expect(leftOf(job, after)).toBeNull();
  });

  it("is no less than as many items at a time as may run allow", () => {
    const wide = leftOf(steady(1000, 10, 30), 30);
    const narrow = leftOf(steady(1000, 10, 30, { options: { max_parallel: 50 } }), 30);
    // 699 are left, 50 at a time are two and a half in a second, and the last takes 20 s.
    expect(narrow?.p50_seconds).toBe(Math.ceil(699 / 2.5 + 20));
    expect(narrow?.p50_seconds).toBeGreaterThan(wide?.p50_seconds ?? Infinity);
  });

  it("is no less than the ends of late allow: the first that end are the fastest", () => {
    // All are begun within 2 s, a quarter of them ended within 3 s each, and then one a second.
    const ends = range(50).map((item) =>
      endedMark(item, "s", { at: start + (3 + item) * second, seconds: 3 }),
    );
    const begun = range(200).map((item) => startedMark(item, start + item * 10));
    const job = nextOf(
      merge(nextOf(began(aJob({ total: 200 }), start)), [...begun, ...ends], start + 53 * second),
    );
    const left = leftOf(nextOf(settle(job, start + 53 * second)), 53);
    expect(left?.p50_seconds).toBeGreaterThan(130);
    expect(left?.p50_seconds).toBeLessThan(170);
  });

  it("never is nothing as long as something runs", () => {
    const job = steady(100, 10, 25);
    expect(leftOf(job, 600)).toEqual({ p50_seconds: 1, p90_seconds: 1 });
  });
});

describe("the pace of a job", () => {
  it("is that of late, and on the whole when it is over", () => {
    const rate = (job: BulkJob, after: number): number | null =>
      ratePerMinute(job, boardOf(job).letters, start + after * second);
    expect(rate(steady(1000, 10, 10), 10)).toBeNull();
    expect(rate(steady(1000, 10, 60), 60)).toBeGreaterThan(570);
    expect(rate(steady(1000, 10, 60), 60)).toBeLessThan(630);
    expect(rate(steady(100, 10, 30), 3000)).toBe(200);
  });

  it("forgets what is older than its window, and loses nothing within", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 80 });
    const property = fc.property(gaps, (waits) => {
      let at = start;
      let lapse = noLapse;
      const all: number[] = [];
      for (const wait of waits) {
        at += wait * second;
        lapse = noted(lapse, at);
        all.push(at);
      }
      expect(lapse.counts.length).toBeLessThanOrEqual(windowSeconds / 5);
      const counted = paceOf(lapse, at)?.count ?? 0;
      const within = (seconds: number): number => all.filter((one) => one > at - seconds * second).length;
      // Whole buckets are left out at the edge of the window.
      expect(counted).toBeGreaterThanOrEqual(within(windowSeconds - 5));
      expect(counted).toBeLessThanOrEqual(within(windowSeconds + 0.001));
    });
    fc.assert(property, { numRuns: 500 });
  });
});
