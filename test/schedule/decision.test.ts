import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { desired } from "../../lib/schedule/desired.ts";
import type { Inputs } from "../../lib/schedule/inputs.ts";
import { at, calendar, everyDay, inputs, override, schedule, server } from "./fixtures.ts";

/** Wednesday 4 November 2026, 11:00 in Paris: within office hours. */
const inside = at("2026-11-04T10:00:00Z");
const outside = at("2026-11-04T21:00:00Z");
const day = { from: "2026-11-04T00:00:00.000Z", until: "2026-11-05T00:00:00.000Z" };
const freeze = { id: "f1", schedule: null, ...day, ended_at: null, reason: "audit", by: "ann" };
const window = { id: "w1", schedule: "office", servers: null, ...day, reason: "backup" };
const hold = {
  server: "srv-1",
  schedule: "office",
  state: "on" as const,
  ...day,
  because: "its next off-edge",
};

const chainOf = (given: Inputs, instant = inside): string[] =>
  desired(given, server(), instant).chain.map(({ rule, says }) => `${rule.split(" ")[0]} ${says}`);

describe("what is wanted follows the order: freeze, override, window, hold, calendar, schedules, default", () => {
  const base = { ...inputs(schedule({ calendars: ["fr"] })), calendars: [calendar("fr", ["2026-11-04"])] };
  const held = { ...base, holds: [{ ...hold, state: "off" as const }] };
  const windowed = { ...held, windows: [window] };
  const overridden = { ...windowed, overrides: [override({ ...day, state: "off" })] };
  const frozen = { ...overridden, freezes: [freeze] };

  it.each<[string, Inputs, string, string[]]>([
    ["a schedule before its default", inputs(schedule()), "on", ["schedule on", "default off"]],
    ["a calendar before the schedule", base, "off", ["calendar off", "schedule on", "default off"]],
    [
      "a manual hold before the calendar",
      { ...base, holds: [hold] },
      "on",
      ["manual on", "calendar off", "schedule on", "default off"],
    ],
    [
      "a window before a hold",
      windowed,
      "on",
      ["maintenance on", "manual off", "calendar off", "schedule on", "default off"],
    ],
    [
      "an override before a window",
      overridden,
      "off",
      ["override off", "maintenance on", "manual off", "calendar off", "schedule on", "default off"],
    ],
    ["a freeze before everything: nothing weaker is asked", frozen, "any", ["freeze any"]],
  ])("%s", (_name, given, wanted, chain) => {
    expect(desired(given, server(), inside).desired).toBe(wanted);
    expect(chainOf(given)).toEqual(chain);
  });

  it("a rollback is weaker than a hold and than any other exception, and stronger than schedules", () => {
    const undone = override({
      ...day,
      id: "ov_2",
      state: "off",
      kind: "rollback",
      reason: "started for app",
    });
    const chain = (given: Inputs): string[] => chainOf({ ...given, overrides: [...given.overrides, undone] });
    expect(chain(base)[0]).toBe("rollback off");
    expect(chain({ ...base, holds: [hold] }).slice(0, 2)).toEqual(["manual on", "rollback off"]);
    const wider = override({ ...day, schedule: null, state: "on" });
    expect(chain({ ...base, overrides: [wider] }).slice(0, 2)).toEqual(["override on", "rollback off"]);
    expect(chain({ ...base, windows: [window] }).slice(0, 2)).toEqual(["maintenance on", "rollback off"]);
  });

  it("a server that no schedule selects is left alone, and the chain says why", () => {
    const decision = desired(inputs(schedule()), server("x", { tags: [] }), inside, "office");
    expect(decision).toMatchObject({ desired: "any", schedules: [] });
    expect(decision.chain[0]?.because).toContain("lacks the tag env=dev");
  });

  it("records versions of rules and of the tz data with each decision", () => {
    expect(desired(inputs(schedule()), server(), inside)).toMatchObject({
      schedules: [{ name: "office", version: 1 }],
      tz: "2026c",
    });
  });

  it("outside of everything is off by default, and any where the schedule says so", () => {
    expect(desired(inputs(schedule()), server(), outside).desired).toBe("off");
    expect(desired(inputs(schedule({ default: "any" })), server(), outside).desired).toBe("any");
  });

  it("one-sided schedules want something at their edges only, never until the end of the day", () => {
    const given = inputs(schedule({ mode: "start-only" }));
    expect(desired(given, server(), at("2026-11-04T07:00:00Z")).desired).toBe("on");
    expect(desired(given, server(), at("2026-11-04T07:01:00Z")).desired).toBe("any");
    expect(desired(given, server(), at("2026-11-06T22:59:00Z")).desired).toBe("any");
  });

  it("a schedule that only observes has a say where it is asked itself, and nowhere else", () => {
    const given = inputs(schedule({ mode: "observe" }));
    expect(desired(given, server(), inside, "office").desired).toBe("on");
    expect(desired(given, server(), inside).desired).toBe("any");
  });
});

describe("several schedules on one server", () => {
  const night = (fields: object = {}) =>
    schedule({ periods: [{ days: everyDay, from: "18:00", to: "23:00" }], ...fields }, "evening");
  const off = (fields: object = {}) =>
    schedule(
      { periods: [{ days: everyDay, from: "10:00", to: "12:00", state: "off" }], default: "any", ...fields },
      "lunch",
    );

  it.each<[string, Inputs, number, string]>([
    ["on wins by default where they say the opposite", inputs(schedule(), off()), inside, "on"],
    [
      "off wins where all of them say so",
      inputs(schedule({ merge: "off_wins" }), off({ merge: "off_wins" })),
      inside,
      "off",
    ],
    ["on wins where they disagree about that", inputs(schedule(), off({ merge: "off_wins" })), inside, "on"],
    ["the higher priority decides before any merge", inputs(schedule(), off({ priority: 5 })), inside, "off"],
    ["and the lower one does not", inputs(schedule({ priority: 9 }), off({ priority: 5 })), inside, "on"],
    [
      "a default is weaker than any period, whatever its priority",
      inputs(schedule({ priority: 9 }), night()),
      outside,
      "on",
    ],
  ])("%s", (_name, given, instant, wanted) => {
    expect(desired(given, server(), instant).desired).toBe(wanted);
    const reversed = { ...given, schedules: given.schedules.toReversed() };
    expect(desired(reversed, server(), instant)).toEqual(desired(given, server(), instant));
  });

  it("equal priority and opposite one-sided actions: any, and a conflict", () => {
    const start = schedule({ mode: "start-only", cron: { on: "0 12 * * *" } }, "a");
    const stop = schedule({ mode: "stop-only", cron: { off: "0 12 * * *" } }, "b");
    const noon = at("2026-11-04T11:00:00Z");
    expect(desired(inputs(start, stop), server(), noon)).toMatchObject({ desired: "any", conflict: true });
    const stronger = { ...stop, priority: 1 };
    expect(desired(inputs(start, stronger), server(), noon)).toMatchObject({
      desired: "off",
      conflict: false,
    });
  });

  it("schedules of another connection have no say", () => {
    const other = schedule(
      { connection: "lyon", periods: [{ days: everyDay, from: "00:00", to: "24:00" }] },
      "other",
    );
    expect(desired(inputs(schedule(), other), server(), outside, "office").desired).toBe("off");
  });
});

describe("the chain explains the answer", () => {
  const given: Inputs = {
    ...inputs(
      schedule({ calendars: ["fr", { name: "us", effect: "skip" }] }),
      schedule(
        { periods: [{ days: everyDay, from: "22:00", to: "06:00" }], priority: 2, default: "any" },
        "night",
      ),
      schedule({ mode: "stop-only", cron: { off: "30 20 * * *" } }, "late"),
    ),
    calendars: [
      calendar("fr", ["2026-11-11", { date: "2026-12-24..2027-01-02", effect: "as:sun" }]),
      calendar("us", ["2026-11-26"]),
    ],
    overrides: [
      override({ from: "2026-11-10T12:00:00.000Z", until: "2026-11-12T12:00:00.000Z", state: "off" }),
    ],
    holds: [hold],
    freezes: [{ ...freeze, from: "2026-12-01T00:00:00.000Z", until: "2026-12-03T00:00:00.000Z" }],
  };

  it("10,000 random instants: the first that says on or off has decided, and stored inputs say the same again", () => {
    const stored = JSON.stringify(given);
    const again: Inputs = JSON.parse(stored);
    const first = at("2026-01-01T00:00:00Z");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 * 1440 }), (minutes) => {
        const instant = first + minutes * 60_000;
        const decision = desired(given, server(), instant);
        const decider = decision.chain.find(({ says }) => says !== "any");
        expect(decision.desired).toBe(decider?.says ?? "any");
        expect(decision.chain.every(({ because }) => because !== "")).toBe(true);
        expect(desired(again, server(), instant)).toEqual(decision);
      }),
      { numRuns: 10_000, seed: 7 },
    );
  });
});
