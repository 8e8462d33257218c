import { describe, expect, it } from "vitest";
import { desired } from "../../lib/schedule/desired.ts";
import { nextEdge } from "../../lib/schedule/edges.ts";
import type { Inputs } from "../../lib/schedule/inputs.ts";
import { stopsToAnnounce } from "../../lib/schedule/notice.ts";
import {
  cancelled,
  extended,
  faultsOfOverride,
  newOverride,
  overrideRequestSchema,
  overrideSchema,
  type Override,
} from "../../lib/schedule/override.ts";
import { at, inputs, iso, override, schedule, server } from "./fixtures.ts";
import { seen, TickWorld } from "./tick-world.ts";

const now = at("2026-11-04T21:00:00Z");
const later = { from: "2026-11-04T20:00:00.000Z", until: "2026-11-05T01:00:00.000Z" };
const under = (...overrides: Override[]): Inputs => ({ ...inputs(schedule()), overrides });
const wanted = (given: Inputs, instant = now, of = server()): string => desired(given, of, instant).desired;

describe("an override that is asked for", () => {
  const faults = (from: string | undefined, until: string): string[] =>
    faultsOfOverride(from === undefined ? { until } : { from, until }, now).map(
      ({ pointer, detail }) => `${pointer} ${detail}`,
    );
  it.each<[string, string | undefined, string, string[]]>([
    ["until has passed", undefined, "2026-11-04T20:59:00Z", ["/until has passed"]],
    ["until is now", undefined, "2026-11-04T21:00:00Z", ["/until has passed"]],
    ["until lies before from", "2026-11-06T00:00:00Z", "2026-11-05T00:00:00Z", ["/until must be after from"]],
    [
      "it lasts more than 30 days",
      undefined,
      "2026-12-04T21:00:01Z",
      ["/until must be at most 30 days after it begins"],
    ],
    ["it lasts 30 days", undefined, "2026-12-04T21:00:00Z", []],
    ["it begins later, and lasts 30 days", "2026-12-01T00:00:00Z", "2026-12-31T00:00:00Z", []],
  ])("%s", (_name, from, until, expected) => {
    expect(faults(from, until)).toEqual(expected);
  });

  it.each([{ until: undefined }, { reason: undefined }, { reason: " " }, { servers: [] }, { colour: "red" }])(
    "needs until and a reason, and nothing unknown: %j",
    (fields) => {
      const request = { state: "on", until: later.until, reason: "release", ...fields };
      expect(overrideRequestSchema.safeParse(request).success).toBe(false);
    },
  );

  it("is for servers or for a group, and never for both", () => {
    const request = { state: "off", until: later.until, reason: "release" };
    const [servers, select] = [["srv-1"], { tags: ["other"] }];
    expect(overrideRequestSchema.safeParse({ ...request, servers }).success).toBe(true);
    expect(overrideRequestSchema.safeParse({ ...request, select }).success).toBe(true);
    const both = overrideRequestSchema.safeParse({ ...request, servers, select });
    expect(both.error?.issues.map(({ path, message }) => [path.join("/"), message])).toEqual([
      ["select", "servers is there, too: only one of them"],
    ]);
  });

  it("keeps its instants in UTC", () => {
    const request = { state: "on" as const, until: "2026-11-05T01:00:00+02:00", reason: "release" };
    expect(overrideRequestSchema.parse(request)).toEqual(request);
    const made = newOverride(request, { id: "ov_2", schedule: "office", by: "ann", now });
    expect(made).toMatchObject({ from: "2026-11-04T21:00:00.000Z", until: "2026-11-04T23:00:00.000Z" });
    expect(overrideSchema.parse(made)).toEqual(made);
  });
});

describe("which override counts", () => {
  const on = (id: string, created: string, fields: Partial<Override> = {}) =>
    override({ ...later, id, created_at: created, ...fields });
  it.each<[string, Override[], string]>([
    [
      "two that overlap: the one made later",
      [on("a", "2026-11-04T20:00:00.000Z"), on("b", "2026-11-04T20:30:00.000Z", { state: "off" })],
      "off",
    ],
    [
      "a narrower one, though it was made earlier",
      [
        on("a", "2026-11-04T20:00:00.000Z", { servers: ["srv-1"] }),
        on("b", "2026-11-04T20:30:00.000Z", { state: "off" }),
      ],
      "on",
    ],
    [
      "a group before the schedule",
      [
        on("a", "2026-11-04T20:00:00.000Z", { select: { tags: ["env=dev"] } }),
        on("b", "2026-11-04T20:30:00.000Z", { state: "off" }),
      ],
      "on",
    ],
    [
      "a schedule before all schedules",
      [
        on("a", "2026-11-04T20:00:00.000Z"),
        on("b", "2026-11-04T20:30:00.000Z", { schedule: null, state: "off" }),
      ],
      "on",
    ],
    ["any leaves the server alone", [on("a", "2026-11-04T20:00:00.000Z", { state: "any" })], "any"],
    [
      "one for another server does nothing",
      [on("a", "2026-11-04T20:00:00.000Z", { servers: ["srv-2"] })],
      "off",
    ],
    [
      "one that was cancelled does nothing any more",
      [on("a", "2026-11-04T20:00:00.000Z", { cancelled_at: "2026-11-04T20:59:59.000Z" })],
      "off",
    ],
  ])("%s", (_name, overrides, expected) => {
    expect(wanted(under(...overrides))).toBe(expected);
    expect(wanted(under(...overrides.toReversed()))).toBe(expected);
  });

  it("holds from its beginning up to its end, and the past is explained as it was", () => {
    const given = under(override({ ...later, cancelled_at: "2026-11-04T22:00:00.000Z" }));
    expect(
      ["2026-11-04T19:59:59Z", "2026-11-04T20:00:00Z", "2026-11-04T21:59:59Z", "2026-11-04T22:00:00Z"].map(
        (text) => wanted(given, at(text)),
      ),
    ).toEqual(["off", "on", "on", "off"]);
  });

  it("is of no use for a server that has left the group", () => {
    const given = under(override({ ...later, servers: ["srv-1"] }));
    expect(wanted(given, now, server("srv-1", { tags: [] }))).toBe("any");
  });
});

describe("changing an override", () => {
  it("extended twice with the same key is one extension", () => {
    const once = extended(override(later), "2026-11-05T03:00:00Z", "key-1");
    expect(once.until).toBe("2026-11-05T03:00:00.000Z");
    expect(extended(once, "2026-11-05T05:00:00Z", "key-1")).toBe(once);
    expect(extended(once, "2026-11-05T05:00:00Z", "key-2").until).toBe("2026-11-05T05:00:00.000Z");
  });
  it("cancelled once; one that is over stays as it was", () => {
    const once = cancelled(override(later), now);
    expect(once.cancelled_at).toBe("2026-11-04T21:00:00.000Z");
    expect(cancelled(once, now + 60_000)).toBe(once);
    const over = override({ ...later, until: "2026-11-04T20:30:00.000Z" });
    expect(cancelled(over, now)).toBe(over);
  });
});

describe("what overrides do to servers", () => {
  const world = (given: Inputs, phase: "on" | "off", from: number) =>
    new TickWorld(given, [seen("srv-1", phase)]).since(from);
  const sentOf = (one: TickWorld): string[] =>
    one.commands.map(({ at: instant, action }) => `${iso(instant)} ${action}`);

  it("acts when it begins, and when it ends what is wanted then applies: one edge each", () => {
    const one = world(under(override(later)), "off", at("2026-11-04T19:00:00Z"));
    one.run(at("2026-11-04T19:01:00Z"), at("2026-11-05T05:00:00Z"));
    expect(sentOf(one)).toEqual(["2026-11-04T20:00:00Z start", "2026-11-05T01:00:00Z stop"]);
  });

  it("the stop at its end is announced 15 minutes before", () => {
    const given = under(override(later));
    const stops = stopsToAnnounce(given, server(), at("2026-11-05T00:44:00Z"), at("2026-11-05T00:45:00Z"));
    expect(stops.map((stop) => [iso(stop.announceAt), iso(stop.at)])).toEqual([
      ["2026-11-05T00:45:00Z", "2026-11-05T01:00:00Z"],
    ]);
    expect(
      stopsToAnnounce(given, server(), at("2026-11-04T17:44:00Z"), at("2026-11-04T17:45:00Z")),
    ).toHaveLength(1);
  });

  it("cancelled, it returns at once", () => {
    const one = world(under(override(later)), "off", at("2026-11-04T19:00:00Z"));
    one.run(at("2026-11-04T19:01:00Z"), now);
    one.inputs = under(cancelled(override(later), now - 30_000));
    one.tick(now);
    expect(sentOf(one).at(-1)).toBe("2026-11-04T20:59:30Z stop");
  });

  it("its end inside the hour that a clock change skips is an instant like any other", () => {
    const given = under(override({ from: "2026-03-28T23:00:00.000Z", until: "2026-03-29T01:00:00.000Z" }));
    const one = world(given, "off", at("2026-03-28T22:00:00Z"));
    one.run(at("2026-03-28T22:01:00Z"), at("2026-03-29T03:00:00Z"));
    expect(sentOf(one)).toEqual(["2026-03-28T23:00:00Z start", "2026-03-29T01:00:00Z stop"]);
  });

  it("its end during an outage applies at the next tick, once", () => {
    const one = world(under(override(later)), "on", at("2026-11-04T20:00:00Z"));
    one.tick(at("2026-11-05T01:20:00Z"));
    one.tick(at("2026-11-05T01:21:00Z"));
    expect(sentOf(one)).toEqual(["2026-11-05T01:00:00Z stop"]);
  });

  it("a server that was removed from the group meanwhile is left alone at its end", () => {
    const one = world(under(override({ ...later, servers: ["srv-1"] })), "on", at("2026-11-04T20:00:00Z"));
    one.set("srv-1", { tags: [] });
    one.run(at("2026-11-05T00:50:00Z"), at("2026-11-05T01:10:00Z"));
    expect(one.commands).toEqual([]);
  });

  it("skip tonight is an override until the next on-edge: the server stays on and is not started again", () => {
    const given = inputs(schedule());
    const asked = at("2026-11-04T17:00:00Z");
    let next = nextEdge(given, "office", asked);
    while (next?.action === "off") next = nextEdge(given, "office", next.at);
    const tonight = override({ from: iso(asked), until: new Date(next?.at ?? 0).toISOString() });
    expect(tonight.until).toBe("2026-11-05T07:00:00.000Z");
    const one = world({ ...given, overrides: [tonight] }, "on", asked);
    one.run(asked, at("2026-11-05T17:00:00Z"));
    expect(one.commands).toEqual([]);
  });

  it("a stop that was snoozed happens when the snooze ends, though nothing is wanted outside", () => {
    const snooze = override({ from: "2026-11-04T17:50:00.000Z", until: "2026-11-04T19:50:00.000Z" });
    const one = world(
      { ...inputs(schedule({ default: "any" })), overrides: [snooze] },
      "on",
      at("2026-11-04T17:00:00Z"),
    );
    one.run(at("2026-11-04T17:01:00Z"), at("2026-11-04T23:00:00Z"));
    expect(sentOf(one)).toEqual(["2026-11-04T19:50:00Z stop"]);
  });

  it("paused, nothing is done; resumed, what is wanted applies at the next tick", () => {
    const freeze = {
      id: "f1",
      schedule: "office",
      from: "2026-11-04T17:00:00.000Z",
      until: null,
      ended_at: null,
      reason: null,
      by: "ann",
    };
    const one = world({ ...inputs(schedule()), freezes: [freeze] }, "on", at("2026-11-04T17:00:00Z"));
    one.run(at("2026-11-04T17:01:00Z"), now);
    expect(one.commands).toEqual([]);
    one.inputs = { ...one.inputs, freezes: [{ ...freeze, ended_at: iso(now) }] };
    one.run(now, now + 300_000);
    expect(sentOf(one)).toEqual(["2026-11-04T21:00:00Z stop"]);
  });
});
