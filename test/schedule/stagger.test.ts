import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leadOf, offsetOf, readyTimeOf } from "../../lib/schedule/stagger.ts";
import { at, inputs, iso, schedule, weekdays } from "./fixtures.ts";
import { seen, TickWorld } from "./tick-world.ts";

const minute = 60_000;
const on = at("2026-11-04T07:00:00Z");

describe("stagger", () => {
  it("is the same in every run, within the spread, and never as far as the next opposite edge", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 1, max: 7200 }),
        fc.integer({ min: 60_000, max: 4_000_000 }),
        (id, seconds, room) => {
          const offset = offsetOf(seconds * 1000, id, on, room);
          expect(offset).toBe(offsetOf(seconds * 1000, id, on, room));
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(offset).toBeLessThan(seconds * 1000);
          // A minute at least is left before the opposite edge.
          expect(offset).toBeLessThanOrEqual(room - 60_000);
        },
      ),
    );
  });

  it("spreads a fleet evenly", () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let index = 0; index < 5000; index += 1) {
      const tenth = Math.floor(offsetOf(600_000, `srv-${index}`, on, Number.POSITIVE_INFINITY) / 60_000);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(400);
  });

  it("a short period still has its start before its stop", () => {
    const given = inputs(
      schedule({ stagger: "1h", periods: [{ days: weekdays, from: "08:00", to: "08:05" }] }),
    );
    const one = new TickWorld(
      given,
      Array.from({ length: 20 }, (_, index) => seen(`srv-${index}`, "off")),
    ).since(on - 1);
    one.run(on, on + 90 * minute);
    for (const id of one.servers.keys()) {
      const own = one.commands.filter(({ server }) => server === id);
      expect(own.map(({ action }) => action)).toEqual(["start", "stop"]);
      expect(own[0]?.sendAt).toBeLessThan(on + 5 * minute);
    }
  });
});

describe("ready_by", () => {
  it.each<[true | string, string, string]>([
    [true, "2026-11-04T07:00:00Z", "2026-11-04T07:00:00Z"],
    ["08:30", "2026-11-04T07:00:00Z", "2026-11-04T07:30:00Z"],
    ["06:00", "2026-11-04T07:00:00Z", "2026-11-05T05:00:00Z"],
  ])("%s at an edge of %s means %s", (readyBy, edge, ready) => {
    expect(iso(readyTimeOf(schedule({ ready_by: readyBy }), at(edge)) ?? 0)).toBe(ready);
  });

  it("a start leads by twice what was learned and a minute for its tick, and by no more than half an hour", () => {
    const soon = schedule({ ready_by: true });
    expect(leadOf(soon, on, 100, Number.POSITIVE_INFINITY)).toBe(260_000);
    expect(leadOf(soon, on, 100_000, Number.POSITIVE_INFINITY)).toBe(30 * minute);
    expect(leadOf(soon, on, 100, 60_000)).toBe(60_000);
    expect(leadOf(schedule({ ready_by: "08:30" }), on, 100, Number.POSITIVE_INFINITY)).toBe(0);
    expect(leadOf(schedule(), on, 100, Number.POSITIVE_INFINITY)).toBe(0);
  });

  it("servers are started once, early enough each to run by the edge", () => {
    const given = inputs(schedule({ ready_by: true }));
    const one = new TickWorld(given, [
      seen("fast", "off", { startSeconds: 40 }),
      seen("slow", "off", { startSeconds: 400 }),
    ]).since(on - 60 * minute);
    one.run(on - 59 * minute, on + 10 * minute);
    expect(one.commands.map(({ server, sendAt }) => `${server} ${iso(sendAt)}`)).toEqual([
      "slow 2026-11-04T06:45:40Z",
      "fast 2026-11-04T06:57:40Z",
    ]);
  });

  it("a start that was learned to take longer in the meantime is sent at its edge at the latest", () => {
    const given = inputs(schedule({ ready_by: true }));
    const one = new TickWorld(given, [seen("srv-1", "off", { startSeconds: 40 })]).since(on - 60 * minute);
    one.tick(on - 5 * minute);
    one.set("srv-1", { startSeconds: 900 });
    one.run(on - 4 * minute, on + 5 * minute);
    expect(one.commands).toHaveLength(1);
  });
});
