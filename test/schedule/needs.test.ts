import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { desired } from "../../lib/schedule/desired.ts";
import { edgesOf } from "../../lib/schedule/edges.ts";
import { decideServer } from "../../lib/schedule/decide-server.ts";
import {
  faultsOfNeeds,
  judgeNeeds,
  levelsOf,
  neededBy,
  neededOverall,
  type Readiness,
} from "../../lib/schedule/needs.ts";
import { planTick } from "../../lib/schedule/plan-tick.ts";
import { alone } from "../../lib/schedule/seen-server.ts";
import { freshScheduleState, freshServerState } from "../../lib/schedule/state.ts";
import { needsOf, type Schedule } from "../../lib/schedule/schedule.ts";
import { at, inputs, iso, override, schedule, server, weekdays } from "./fixtures.ts";
import { seen, TickWorld } from "./tick-world.ts";

const minute = 60_000;
const on = at("2026-11-04T07:00:00Z");
const off = at("2026-11-04T18:00:00Z");
const inDb = { select: { tags: ["role=db"] } };
const db = (fields: Record<string, unknown> = {}) => schedule({ ...inDb, ...fields }, "db");
const app = (fields: Record<string, unknown> = {}) => schedule({ needs: ["db"], ...fields }, "app");
const dbServer = server("db-1", { tags: ["role=db"] });
const bare = (name: string, ...needs: string[]): Pick<Schedule, "needs"> & { name: string } => ({
  name,
  needs,
});

describe("the graph of needs", () => {
  it.each<[string, Parameters<typeof faultsOfNeeds>, RegExp | null]>([
    ["another schedule", [{ needs: ["db"] }, "app", [bare("db")]], null],
    ["one that does not exist", [{ needs: ["dbb"] }, "app", [bare("db")]], /no schedule dbb/],
    ["itself", [{ needs: ["app"] }, "app", []], /app needs app/],
    [
      "a circle over others",
      [{ needs: ["db"] }, "app", [bare("db", "net"), bare("net", "app")]],
      /app needs db needs net needs app/,
    ],
    [
      "a diamond is no circle",
      [{ needs: ["left", "right"] }, "top", [bare("left", "base"), bare("right", "base"), bare("base")]],
      null,
    ],
  ])("%s", (_name, [request, name, others], fault) => {
    const faults = faultsOfNeeds(request, name, others);
    expect(faults).toHaveLength(fault === null ? 0 : 1);
    if (fault !== null) expect(faults[0]?.detail).toMatch(fault);
  });

  it("a diamond has three levels: started in order, stopped in reverse", () => {
    const diamond = [bare("top", "left", "right"), bare("left", "base"), bare("right", "base"), bare("base")];
    expect(levelsOf(diamond)).toEqual([["base"], ["left", "right"], ["top"]]);
    expect(neededBy("base", diamond)).toEqual(["left", "right"]);
  });

  it("random graphs: every schedule is on a later level than all that it needs", () => {
    const graph = fc.array(fc.array(fc.nat(20), { maxLength: 4 }), { minLength: 1, maxLength: 15 });
    fc.assert(
      fc.property(graph, (lists) => {
        const all = lists.map((needs, index) =>
          bare(`s${index}`, ...needs.filter((one) => one < index).map((one) => `s${one}`)),
        );
        const level = new Map(levelsOf(all).flatMap((names, depth) => names.map((name) => [name, depth])));
        for (const one of all)
          for (const need of needsOf(one))
            expect(level.get(need.schedule)).toBeLessThan(level.get(one.name) ?? -1);
        expect(level.size).toBe(all.length);
      }),
    );
  });
});

describe("what is needed is raised", () => {
  const longer = { periods: [{ days: weekdays, from: "07:00", to: "21:00" }] };
  it("a database that is off by its own schedule is on while the app is, and says who requires it", () => {
    const given = inputs(db(), app(longer));
    const { desired: wanted, chain } = desired(given, dbServer, at("2026-11-04T19:30:00Z"));
    expect(wanted).toBe("on");
    expect(chain[0]).toMatchObject({ rule: "required_by app", says: "on" });
    expect(
      edgesOf(given, "db", at("2026-11-04T00:00:00Z"), at("2026-11-05T00:00:00Z")).map(
        (edge) => `${iso(edge.at)} ${edge.action}`,
      ),
    ).toEqual(["2026-11-04T06:00:00Z on", "2026-11-04T20:00:00Z off"]);
  });
  it("over two steps, and by an override of the app", () => {
    const base = schedule(
      { select: { tags: ["role=net"] }, periods: [{ days: ["sun"], from: "01:00", to: "02:00" }] },
      "net",
    );
    const given = inputs(base, db({ needs: ["net"] }), app(longer));
    expect(desired(given, server("n", { tags: ["role=net"] }), at("2026-11-04T19:30:00Z")).desired).toBe(
      "on",
    );
    const asked = override({
      schedule: "app",
      from: "2026-11-04T21:00:00.000Z",
      until: "2026-11-04T23:00:00.000Z",
    });
    expect(desired({ ...given, overrides: [asked] }, dbServer, at("2026-11-04T22:00:00Z")).desired).toBe(
      "on",
    );
  });
  it("not by an app that only observes, nor against an override of its own", () => {
    expect(
      desired(inputs(db(), app({ ...longer, mode: "observe" })), dbServer, at("2026-11-04T19:30:00Z"))
        .desired,
    ).toBe("off");
    const asked = override({
      schedule: "db",
      state: "off",
      from: "2026-11-04T19:00:00.000Z",
      until: "2026-11-04T23:00:00.000Z",
    });
    expect(
      desired({ ...inputs(db(), app(longer)), overrides: [asked] }, dbServer, at("2026-11-04T19:30:00Z"))
        .desired,
    ).toBe("off");
  });
});

describe("order at an edge", () => {
  const world = (phase: "on" | "off", since: number, fields: Record<string, unknown> = {}) =>
    new TickWorld(
      inputs(db(), app({ needs: [{ schedule: "db", timeout: "10m", ...fields }] })),
      [seen("app-1", phase), seen("app-2", phase)],
      "app",
    ).since(since);
  const ready = (one: TickWorld, state: Readiness): void => {
    for (const id of one.servers.keys()) one.setAround(id, { needs: new Map([["db", state]]) });
  };

  it("no app starts before its database is ready, and all of them do then", () => {
    const one = world("off", on - minute);
    ready(one, "waiting");
    one.run(on, on + 5 * minute);
    expect(one.commands).toEqual([]);
    ready(one, "ready");
    one.tick(on + 5 * minute);
    expect(one.commands.map(({ server: id, at: edge }) => `${id} ${iso(edge)}`)).toEqual([
      "app-1 2026-11-04T07:00:00Z",
      "app-2 2026-11-04T07:00:00Z",
    ]);
  });

  it("a database that was ready and dies before the app starts keeps it waiting", () => {
    const one = world("off", on - minute);
    ready(one, "waiting");
    one.tick(on);
    ready(one, "failed");
    expect(one.tick(on + minute).skips).toMatchObject([{ code: "needs_failed" }, { code: "needs_failed" }]);
    expect(one.commands).toEqual([]);
  });

  it.each<["hold" | "continue" | "rollback", number]>([
    ["hold", 0],
    ["continue", 2],
    ["rollback", 0],
  ])("the database's start fails, on_failure %s: %i starts", (policy, starts) => {
    const one = world("off", on - minute, { on_failure: policy });
    ready(one, "failed");
    expect(one.tick(on).commands).toHaveLength(starts);
  });

  it.each<["hold" | "continue" | "rollback", boolean]>([
    ["hold", false],
    ["continue", false],
    ["rollback", true],
  ])("what this edge has started is undone with on_failure %s: %s", (policy, isUndone) => {
    const given = inputs(db(), app({ needs: [{ schedule: "db", on_failure: policy }] }));
    const plan = planTick(given, "app", { ...freshScheduleState, applied_until: iso(on - minute) }, on);
    if (plan === null) throw new Error("there is no plan");
    const around = { ...alone, needs: new Map([["db", "failed" as const]]) };
    const { rollback } = decideServer(plan, seen("app-1", "off"), freshServerState, around);
    expect(rollback).toEqual(
      isUndone ? { at: on, because: expect.stringContaining("is stopped again") } : undefined,
    );
  });

  it("all that it needs is undone, over however many steps", () => {
    const names = [
      bare("shop", "app", "cache"),
      bare("app", "db"),
      bare("db", "net"),
      bare("net"),
      bare("cache"),
    ];
    expect(neededOverall("shop", names)).toEqual(["app", "db", "net", "cache"]);
    expect(neededOverall("net", names)).toEqual([]);
  });

  it("what can't be asked from outside is not ready, and says why", () => {
    const [need] = needsOf(app({ needs: [{ schedule: "db", ready: "tcp:5432", timeout: "10m" }] }));
    const judge = (minutes: number) =>
      judgeNeeds(need === undefined ? [] : [need], new Map([["db", "unprobed" as const]]), minutes * minute);
    expect(judge(1)).toMatchObject({ is: "wait", because: expect.stringContaining("no public address") });
    expect(judge(10)).toMatchObject({ is: "give-up", because: expect.stringContaining("no public address") });
  });

  it("not ready after its timeout is failed", () => {
    const [need] = needsOf(app({ needs: [{ schedule: "db", timeout: "10m", on_failure: "rollback" }] }));
    const judge = (minutes: number) =>
      judgeNeeds(need === undefined ? [] : [need], new Map([["db", "waiting" as const]]), minutes * minute);
    expect(judge(9)).toMatchObject({ is: "wait" });
    expect(judge(10)).toMatchObject({ is: "give-up", rollback: ["db"] });
  });

  it.each<["block" | "warn", number]>([
    ["block", 0],
    ["warn", 1],
  ])("the app is on by hand at the database's stop edge, policy %s", (policy, stops) => {
    const given = inputs(db(), app({ needs: [{ schedule: "db", stop_while_needed: policy }] }));
    const one = new TickWorld(given, [seen("db-1", "on", { tags: ["role=db"] })], "db").since(off - minute);
    one.setAround("db-1", { neededBy: new Map([["app", "on"]]) });
    const { commands, skips } = one.tick(off);
    expect(commands).toHaveLength(stops);
    if (policy === "block") expect(skips[0]?.says).toContain("servers of app, which need it, are still on");
    else expect(commands[0]?.reason).toContain("still on");
    one.setAround("db-1", { neededBy: new Map([["app", "off"]]) });
    one.tick(off + minute);
    expect(one.commands).toHaveLength(1);
  });

  it("members in other zones and at other providers are schedules of other connections, with the same rules", () => {
    const remote = db({ connection: "lyon" });
    const given = inputs(remote, app({ periods: [{ days: weekdays, from: "07:00", to: "21:00" }] }));
    expect(desired(given, dbServer, at("2026-11-04T19:30:00Z"), "db").desired).toBe("on");
    expect(faultsOfNeeds(app(), "app", [remote])).toEqual([]);
  });
});
