import { describe, expect, it } from "vitest";
import { boardOf } from "../../lib/bulk/board.ts";
import { merge } from "../../lib/bulk/job-run.ts";
import type { JobOptions } from "../../lib/bulk/job.ts";
import { earlyStop } from "../../lib/bulk/stop-early.ts";
import { aJob, aPlan, endedMark, nextOf, range, start, startedMark, type JobWords } from "./jobs.ts";

const stopOf = (ends: string, words: JobWords): ReturnType<typeof earlyStop> => {
  const marks = ends
    .split("")
    .map((letter, item) =>
      letter === "r" ? startedMark(item) : endedMark(item, letter === "s" ? "s" : letter === "a" ? "a" : "f"),
    );
  const job = nextOf(merge(aJob(words), marks, start));
  return earlyStop(job, boardOf(job));
};

const failing = (failed: number, ended: number): string => "f".repeat(failed) + "s".repeat(ended - failed);

describe("a job stops for its failures", () => {
  it.each<[string, number, JobOptions["max_failures"], string, boolean]>([
    ["none may fail, and one has", 1000, 0, "f", true],
    ["none may fail, and none has", 1000, 0, "sss", false],
    ["as many have as may", 1000, 3, "fff", false],
    ["one more has than may", 1000, 3, "ffff", true],
    ["of one it is not known: that is a failure too", 1000, 3, "fffa", true],
    ["nobody has said how many may", 1000, undefined, "f".repeat(500), false],
    ["a share has, but of too few to tell", 1000, "10%", failing(19, 19), false],
    ["a share has, of enough to tell", 1000, "10%", failing(3, 20), true],
    ["just that share has", 1000, "10%", failing(2, 20), false],
    ["of many items more must have ended first", 10_000, "10%", failing(99, 99), false],
    ["of many items enough have ended", 10_000, "10%", failing(11, 100), true],
    ["a fraction of a percent", 1000, "0.5%", failing(1, 199), true],
    ["a fraction of a percent, not reached", 1000, "0.5%", failing(1, 200), false],
    ["nothing is left to be begun", 4, 0, "ffff", false],
  ])("when %s", (_what, total, limit, ends, stops) => {
    const options = limit === undefined ? {} : { max_failures: limit };
    const stop = stopOf(ends, { total, options });
    expect(stop?.why ?? null).toBe(stops ? "failures" : null);
  });

  it.each<[string, JobOptions["max_failures"], string, boolean]>([
    ["one has failed of those that were all begun at once", 0, "sssf", true],
    ["one has failed while others still run", 0, "srrf", true],
    ["none has", 0, "ssss", false],
    ["as many have as may", 1, "sssf", false],
    ["nobody has said how many may", undefined, "ffff", false],
  ])(
    "with nothing left to be begun, where what was made may not stay, when %s",
    (_what, limit, ends, stops) => {
      const options = {
        on_stop: "rollback" as const,
        ...(limit === undefined ? {} : { max_failures: limit }),
      };
      expect(stopOf(ends, { total: 4, options })?.why ?? null).toBe(stops ? "failures" : null);
    },
  );

  it("and says how many have, and how many may", () => {
    const stop = stopOf(failing(3, 20), { total: 100, options: { max_failures: "10%" } });
    expect(stop?.detail).toBe("3 of 20 items have failed; 10% may.");
  });
});

describe("a job stops for its money", () => {
  it.each<[string, JobWords["options"], string, boolean]>([
    ["the next item is just within it", { max_eur_per_hour: 0.04 }, "ssr", false],
    ["the next item would be over it", { max_eur_per_hour: 0.04 }, "ssrr", true],
    ["what failed costs nothing", { max_eur_per_hour: 0.04 }, "fffff", false],
    ["the next item is just within a month's", { max_eur_per_month: 29.2 }, "sss", false],
    ["the next item would be over a month's", { max_eur_per_month: 29.19 }, "sss", true],
    [
      "both are given, and the month's is the lower one",
      { max_eur_per_hour: 1, max_eur_per_month: 7.3 },
      "s",
      true,
    ],
  ])("when %s", (_what, options, ends, stops) => {
    const stop = stopOf(ends, { total: 100, ...(options === undefined ? {} : { options }) });
    expect(stop?.why ?? null).toBe(stops ? "budget" : null);
  });

  it("by the average of the plan where items differ", () => {
    const { eur_per_hour_each: _each, ...plan } = aPlan({ eur_per_hour: 10 });
    const words = (most: number): JobWords => ({ total: 100, plan, options: { max_eur_per_hour: most } });
    expect(stopOf("rr", words(0.3))).toBeNull();
    expect(stopOf("rrr", words(0.3))?.detail).toBe(
      "With one more item it is 0.4 EUR an hour; 0.3 are allowed.",
    );
  });
});

describe("the items of a plan", () => {
  it("are all begun where nothing is limited", () => {
    expect(range(50).map((failed) => stopOf("f".repeat(failed), { total: 100 }))).toEqual(
      range(50).map(() => null),
    );
  });
});
