import { describe, expect, it } from "vitest";
import type { SeenServer } from "../../lib/schedule/seen-server.ts";
import { warningsOf } from "../../lib/schedule/warnings.ts";
import { at, everyDay, inputs, schedule } from "./fixtures.ts";
import { seen } from "./tick-world.ts";

const now = at("2026-01-01T00:00:00Z");
const codes = (fields: Record<string, unknown>, servers: readonly SeenServer[] = []): string[] =>
  warningsOf(inputs(schedule(fields)), "office", now, servers).map(({ code }) => code);

describe("what may not be meant is said before it is saved", () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ["office hours", {}, []],
    [
      "on and off at the same minute",
      { cron: { on: "0 8 * * *", off: "0 8 * * *" } },
      ["same_minute", "never_off"],
    ],
    [
      "never on any more",
      { periods: [{ days: everyDay, from: "08:00", to: "19:00", dates: { to: "2020-01-01" } }] },
      ["never_on"],
    ],
    ["never off", { periods: [{ days: everyDay, from: "00:00", to: "24:00" }] }, ["never_off"]],
    [
      "a break that counts for nothing",
      {
        periods: [
          { days: everyDay, from: "08:00", to: "19:00" },
          { days: everyDay, from: "12:00", to: "14:00", state: "off" },
        ],
      },
      ["no_effect"],
    ],
    [
      "a period that the clock jumps over",
      { periods: [{ days: everyDay, from: "02:30", to: "03:15" }] },
      ["dst_collapsed"],
    ],
    [
      "a stop of half an hour",
      {
        periods: [
          { days: everyDay, from: "08:00", to: "12:00" },
          { days: everyDay, from: "12:30", to: "19:00" },
        ],
      },
      ["short_stop"],
    ],
  ])("%s", (_name, fields, expected) => {
    expect(codes(fields)).toEqual(expected);
  });

  it.each<[string, Record<string, unknown>, SeenServer, string[]]>([
    ["a scarce type", {}, seen("a", "on", { stock: "scarce" }), ["scarce_type"]],
    [
      "a scarce type, accepted",
      { guards: { accept_no_return: true } },
      seen("a", "on", { stock: "scarce" }),
      [],
    ],
    ["stopped in place: no saving", {}, seen("a", "standby"), ["standby"]],
    ["protected", {}, seen("a", "on", { protected: true }), ["protected"]],
    ["nothing selected", {}, seen("a", "on", { tags: [] }), ["matches_nothing"]],
  ])("%s", (_name, fields, one, expected) => {
    expect(codes(fields, [one])).toEqual(expected);
  });

  it("a contradiction between one-sided schedules, and servers that several select", () => {
    const given = inputs(
      schedule({ mode: "start-only", cron: { on: "0 19 * * *" } }),
      schedule({ mode: "stop-only" }, "stops"),
    );
    const found = warningsOf(given, "office", now, [seen("a", "on")]).map(({ code }) => code);
    expect(found).toEqual(["conflict", "several_schedules"]);
  });
});
