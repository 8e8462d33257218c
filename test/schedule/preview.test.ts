import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { difference } from "../../lib/schedule/difference.ts";
import { edgesOf, latestEdge, nextEdge } from "../../lib/schedule/edges.ts";
import { collapsedIn, preview } from "../../lib/schedule/preview.ts";
import { at, calendar, everyDay, inputs, iso, override, schedule, weekdays } from "./fixtures.ts";

const day = 86_400_000;
const shown = (fields: Record<string, unknown>, from: string, to: string): string[] =>
  edgesOf(inputs(schedule(fields)), "office", at(from), at(to)).map(
    (edge) => `${iso(edge.at)} ${edge.action}`,
  );

describe("preview", () => {
  it("shows each edge in UTC, as people read it, with what is done and why", () => {
    const [first] = preview(
      inputs(schedule()),
      "office",
      at("2026-11-02T00:00:00Z"),
      at("2026-11-03T00:00:00Z"),
    );
    expect(first).toEqual({
      at: "2026-11-02T07:00:00.000Z",
      local: "2026-11-02T08:00+01:00",
      action: "on",
      why: "Mon-Fri 08:00-19:00 Europe/Paris begins",
    });
  });

  it("is half-open: an edge at from is shown, one at to is not", () => {
    expect(shown({}, "2026-11-02T07:00:00Z", "2026-11-02T18:00:00Z")).toEqual(["2026-11-02T07:00:00Z on"]);
  });

  it("22:00-06:00 on Monday ends on Tuesday at 06:00", () => {
    expect(
      shown(
        { periods: [{ days: ["mon"], from: "22:00", to: "06:00" }] },
        "2026-11-01T00:00:00Z",
        "2026-11-08T00:00:00Z",
      ),
    ).toEqual(["2026-11-02T21:00:00Z on", "2026-11-03T05:00:00Z off"]);
  });

  it("Friday 20:00 to Monday 08:00 is one stretch, without stops at midnight", () => {
    const periods = [
      { days: ["fri"], from: "20:00", to: "24:00" },
      { days: ["sat", "sun"], from: "00:00", to: "24:00" },
      { days: ["mon"], from: "00:00", to: "08:00" },
    ];
    const edges = ["2026-11-06T19:00:00Z on", "2026-11-09T07:00:00Z off"];
    expect(shown({ periods }, "2026-11-03T00:00:00Z", "2026-11-10T00:00:00Z")).toEqual(edges);
    expect(shown({ periods: periods.toReversed() }, "2026-11-03T00:00:00Z", "2026-11-10T00:00:00Z")).toEqual(
      edges,
    );
  });

  it("00:00-24:00 every day gives no edge in 400 days", () => {
    const periods = [{ days: everyDay, from: "00:00", to: "24:00" }];
    expect(shown({ periods }, "2026-01-01T00:00:00Z", "2027-02-05T00:00:00Z")).toEqual([]);
  });

  it.each([
    ["touching", "12:00"],
    ["overlapping", "11:00"],
  ])("%s periods merge: no stop between them", (_name, from) => {
    const periods = [
      { days: ["mon"], from: "08:00", to: "12:00" },
      { days: ["mon"], from, to: "19:00" },
    ];
    expect(shown({ periods }, "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z")).toEqual([
      "2026-11-02T07:00:00Z on",
      "2026-11-02T18:00:00Z off",
    ]);
  });

  it("a period of one minute has both of its edges", () => {
    expect(
      shown(
        { periods: [{ days: ["mon"], from: "08:00", to: "08:01" }] },
        "2026-11-02T00:00:00Z",
        "2026-11-03T00:00:00Z",
      ),
    ).toEqual(["2026-11-02T07:00:00Z on", "2026-11-02T07:01:00Z off"]);
  });

  it("with default any a period's end is still an off-edge, and nothing else is added", () => {
    expect(shown({ default: "any" }, "2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z")).toEqual(
      shown({}, "2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z"),
    );
  });

  it("inverse periods say when servers are off; outside of them they are on", () => {
    const periods = [{ days: ["fri"], from: "20:00", to: "08:00", state: "off" }];
    expect(shown({ periods }, "2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z")).toEqual([
      "2026-11-06T19:00:00Z off",
      "2026-11-07T07:00:00Z on",
    ]);
  });

  it.each([
    ["on_wins", ["2026-11-02T07:00:00Z on", "2026-11-02T18:00:00Z off"]],
    [
      "off_wins",
      [
        "2026-11-02T07:00:00Z on",
        "2026-11-02T11:00:00Z off",
        "2026-11-02T12:00:00Z on",
        "2026-11-02T18:00:00Z off",
      ],
    ],
  ])("a break inside the periods counts with %s only where off wins", (merge, edges) => {
    const periods = [
      { days: weekdays, from: "08:00", to: "19:00" },
      { days: weekdays, from: "12:00", to: "13:00", state: "off" },
    ];
    expect(shown({ periods, merge }, "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z")).toEqual(edges);
  });

  it.each([
    ["start-only", ["2026-11-02T07:00:00Z on"]],
    ["stop-only", ["2026-11-02T18:00:00Z off"]],
  ])("%s shows its own edges only", (mode, edges) => {
    expect(shown({ mode }, "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z")).toEqual(edges);
  });

  it("several one-sided starts a day are all edges", () => {
    expect(
      shown({ cron: { on: "0 6,12,18 * * *" } }, "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z"),
    ).toHaveLength(3);
  });

  it("does not show overrides", () => {
    const given = inputs(schedule());
    const asked = override({ from: "2026-11-02T19:00:00.000Z", until: "2026-11-02T21:00:00.000Z" });
    const [from, to] = [at("2026-11-02T00:00:00Z"), at("2026-11-03T00:00:00Z")];
    expect(preview({ ...given, overrides: [asked] }, "office", from, to)).toEqual(
      preview(given, "office", from, to),
    );
  });

  it("a period that a clock change leaves nothing of has no edge that day, and is told", () => {
    const fields = { periods: [{ days: everyDay, from: "02:30", to: "03:15" }] };
    expect(shown(fields, "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z")).toEqual([]);
    const told = collapsedIn(
      inputs(schedule(fields)),
      "office",
      at("2026-03-01T00:00:00Z"),
      at("2026-04-01T00:00:00Z"),
    );
    expect(told).toMatchObject([{ local_date: "2026-03-29", why: "collapsed" }]);
  });

  it("1,000 servers and 400 days are one schedule's edges, and take a fraction of ten seconds", () => {
    const given = inputs(schedule({ periods: [{ days: everyDay, from: "22:00", to: "06:00" }] }));
    const start = performance.now();
    const edges = edgesOf(
      given,
      "office",
      at("2026-01-01T00:00:00Z"),
      at("2026-01-01T00:00:00Z") + 400 * day,
    );
    expect(edges).toHaveLength(800);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it("asked in pieces, it is the same as asked at once", () => {
    const given = inputs(
      schedule({ periods: [{ days: everyDay, from: "22:00", to: "06:00" }], default: "any" }),
    );
    const from = at("2026-01-01T00:00:00Z");
    const all = edgesOf(given, "office", from, from + 60 * day);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 * 1440 - 1 }), (minutes) => {
        const cut = from + minutes * 60_000;
        expect([
          ...edgesOf(given, "office", from, cut),
          ...edgesOf(given, "office", cut, from + 60 * day),
        ]).toEqual(all);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the edge that a tick applies", () => {
  const given = inputs(schedule());
  it("is the latest one at or before now, if it is newer than the last that was applied", () => {
    const edge = at("2026-11-02T18:00:00Z");
    expect(latestEdge(given, "office", edge)).toMatchObject({ at: edge, action: "off" });
    expect(latestEdge(given, "office", edge - 1)).toMatchObject({ action: "on" });
    expect(latestEdge(given, "office", edge + 5 * 60_000, edge)).toBeNull();
    expect(latestEdge(given, "office", at("2026-11-02T03:00:00Z"))).toMatchObject({
      at: at("2026-10-30T18:00:00Z"),
    });
  });
  it("and the next one lies after it", () => {
    expect(nextEdge(given, "office", at("2026-11-06T18:00:00Z"))).toMatchObject({
      at: at("2026-11-09T07:00:00Z"),
    });
    expect(
      nextEdge(inputs(schedule({ periods: [{ days: everyDay, from: "00:00", to: "24:00" }] })), "office", 0),
    ).toBeNull();
  });
});

describe("the difference that a change makes", () => {
  const [from, to] = [at("2026-11-02T00:00:00Z"), at("2026-11-09T00:00:00Z")];
  it("names edges that come and go, and the hours", () => {
    const earlier = inputs(schedule({ periods: [{ days: weekdays, from: "07:00", to: "19:00" }] }));
    const changed = difference(inputs(schedule()), earlier, "office", from, to);
    expect(changed.removed.map((edge) => edge.at)).toHaveLength(5);
    expect(changed.added[0]).toMatchObject({ at: "2026-11-02T06:00:00.000Z", action: "on" });
    expect(changed.on_hours).toEqual({ before: 55, after: 60 });
  });
  it("of a new schedule is all of its edges, before which servers run all the time", () => {
    const changed = difference(inputs(), inputs(schedule()), "office", from, to);
    expect(changed.added).toHaveLength(10);
    expect(changed.on_hours).toEqual({ before: 168, after: 55 });
  });
  it("of a holiday is the two edges of that day", () => {
    const named = schedule({ calendars: ["fr"] });
    const changed = difference(
      { ...inputs(named), calendars: [calendar("fr", [])] },
      { ...inputs(named), calendars: [calendar("fr", ["2026-11-04"])] },
      "office",
      from,
      to,
    );
    expect([changed.added.length, changed.removed.length]).toEqual([0, 2]);
  });
});
