import { describe, expect, it } from "vitest";
import { mostAffected } from "../../lib/schedule/catch-up.ts";
import { guardStop } from "../../lib/schedule/guard.ts";
import type { Guards } from "../../lib/schedule/settings.ts";
import { freshServerState } from "../../lib/schedule/state.ts";
import { at, inputs, iso, schedule, weekdays } from "./fixtures.ts";
import { seen, TickWorld } from "./tick-world.ts";

const minute = 60_000;
const off = at("2026-11-04T18:00:00Z");
const world = (fields: Record<string, unknown>, size = 1) =>
  new TickWorld(
    inputs(schedule(fields)),
    Array.from({ length: size }, (_, index) => seen(`srv-${index}`, "on")),
  ).since(off - minute);

describe("guards put commands off, and say why", () => {
  const recent = { ...freshServerState, on_since: iso(off - 10 * minute) };
  const stopped = {
    ...freshServerState,
    stops: [iso(off - 60 * minute), iso(off - 120 * minute), iso(off - 2000 * minute)],
  };
  it.each<[string, Guards, Parameters<typeof guardStop>[1], typeof freshServerState, number | null, string]>([
    ["nothing is guarded", {}, {}, recent, null, "pass"],
    ["on for too short a time", { min_uptime: "30m" }, {}, recent, null, "wait"],
    ["on for long enough", { min_uptime: "10m" }, {}, recent, null, "pass"],
    ["nobody knows since when: not recently", { min_uptime: "30m" }, {}, freshServerState, null, "pass"],
    ["off for less than a billed hour", { min_off_time: "1h" }, {}, recent, off + 59 * minute, "leave"],
    ["off for an hour", { min_off_time: "1h" }, {}, recent, off + 60 * minute, "pass"],
    ["stopped often enough today", { max_stops_per_day: 2 }, {}, stopped, null, "wait"],
    ["what was yesterday does not count", { max_stops_per_day: 3 }, {}, stopped, null, "pass"],
    ["a scarce type may not start again", {}, { stock: "scarce" }, recent, null, "leave"],
    ["a type that is out of stock", {}, { stock: "shortage" }, recent, null, "leave"],
    ["accepted all the same", { accept_no_return: true }, { stock: "shortage" }, recent, null, "pass"],
    ["protected at the provider", {}, { protected: true }, recent, null, "leave"],
    ["protected, and allowed", { stop_protected: true }, { protected: true }, recent, null, "pass"],
  ])("%s", (_name, guards, guarded, stored, nextOn, verdict) => {
    const said = guardStop(guards, guarded, stored, off, nextOn);
    expect(said.is).toBe(verdict);
    expect(said.is === "pass" || said.because.length > 10).toBe(true);
  });

  it("when a guard expires the stop is judged anew, and happens", () => {
    const one = world({ guards: { min_uptime: "30m" } });
    one.states.set("srv-0", { ...freshServerState, on_since: iso(off - 10 * minute) });
    const first = one.tick(off);
    expect(first.commands).toEqual([]);
    expect(first.told).toContainEqual(
      expect.objectContaining({
        event: "schedule.server_delayed",
        because: "it has been on for 10 min of 30m",
      }),
    );
    one.run(off + minute, off + 20 * minute);
    expect(one.commands).toEqual([]);
    one.tick(off + 20 * minute);
    expect(one.commands).toMatchObject([{ action: "stop", at: off }]);
  });

  it("an expired guard replays nothing: what is no longer wanted is dropped", () => {
    const periods = [
      { days: weekdays, from: "08:00", to: "19:00" },
      { days: weekdays, from: "19:10", to: "20:00" },
    ];
    const one = world({ periods, guards: { min_uptime: "30m" } });
    one.states.set("srv-0", { ...freshServerState, on_since: iso(off - 10 * minute) });
    one.run(off, off + 45 * minute);
    expect(one.commands).toEqual([]);
    expect(one.states.get("srv-0")?.waiting).toBeNull();
  });

  it("a delay is told once, not at each tick", () => {
    const one = world({ guards: { max_stops_per_day: 1 } });
    one.states.set("srv-0", { ...freshServerState, stops: [iso(off - 60 * minute)] });
    const told = Array.from({ length: 30 }, (_, index) => one.tick(off + index * minute).told).flat();
    expect(told.filter(({ event }) => event === "schedule.server_delayed")).toHaveLength(1);
  });

  it("what counts minutes is told once as well, and kept as it is now", () => {
    const one = world({ guards: { min_uptime: "30m" } });
    one.states.set("srv-0", { ...freshServerState, on_since: iso(off - 7 * minute) });
    const told = Array.from({ length: 20 }, (_, index) => {
      // A look that fails, or shows it on its way, makes it no other delay.
      one.set("srv-0", { phase: index === 9 ? "moving" : "on" });
      return one.tick(off + index * minute).told;
    }).flat();
    expect(told.filter(({ event }) => event === "schedule.server_delayed")).toHaveLength(1);
    expect(one.states.get("srv-0")?.waiting?.because).toBe("it has been on for 26 min of 30m");
  });

  it.each<[number | string, number, boolean]>([
    [3, 3, true],
    [3, 4, false],
    ["50%", 8, false],
    ["100%", 8, true],
  ])("max_affected %s lets %i of so many pass: %s", (most, size, passes) => {
    const one = world({ guards: { max_affected: most } }, size);
    expect(one.tick(off).commands).toHaveLength(passes ? size : 0);
    expect(one.state.confirm === null).toBe(passes);
  });

  it("a share is one of all servers of the schedule", () => {
    expect(mostAffected({ max_affected: "20%" }, 50)).toBe(10);
    expect(mostAffected({}, 50)).toBe(Number.POSITIVE_INFINITY);
  });
});
