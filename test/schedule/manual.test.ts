import { describe, expect, it } from "vitest";
import { desired } from "../../lib/schedule/desired.ts";
import type { Inputs } from "../../lib/schedule/inputs.ts";
import { holdFor, isManual, type Evidence } from "../../lib/schedule/manual.ts";
import { isMissed } from "../../lib/schedule/missed.ts";
import { at, inputs, iso, schedule, server } from "./fixtures.ts";
import { seen, TickWorld } from "./tick-world.ts";

const evening = at("2026-11-04T21:00:00Z");

describe("a change is manual only when nothing else can have made it", () => {
  const evidence: Evidence = {
    reads: [
      { at: 1000, phase: "on" },
      { at: 2000, phase: "on" },
    ],
    known: "off",
    openOperation: false,
    lastOperationEnd: 500,
  };
  it("two looks agree, are newer than our last operation, and show something else", () => {
    expect(isManual(evidence)).toEqual({ manual: true, to: "on", at: 1000 });
    expect(isManual({ ...evidence, lastOperationEnd: null })).toMatchObject({ manual: true });
  });
  it.each<[string, Partial<Evidence>]>([
    [
      "an operation of ours is open: a stop by hand during our own start is judged after it",
      { openOperation: true },
    ],
    ["one look alone", { reads: [{ at: 1000, phase: "on" }] }],
    [
      "looks that disagree",
      {
        reads: [
          { at: 1000, phase: "off" },
          { at: 2000, phase: "on" },
        ],
      },
    ],
    [
      "the same look twice",
      {
        reads: [
          { at: 1000, phase: "on" },
          { at: 1000, phase: "on" },
        ],
      },
    ],
    [
      "a state on the way",
      {
        reads: [
          { at: 1000, phase: "moving" },
          { at: 2000, phase: "moving" },
        ],
      },
    ],
    ["a look from before our operation ended", { lastOperationEnd: 1000 }],
    ["as we left it", { known: "on" }],
    ["nothing known before", { known: null }],
  ])("not: %s", (_name, fields) => {
    expect(isManual({ ...evidence, ...fields })).toMatchObject({ manual: false });
  });
  it("a shutdown in the guest (stopped in place) is somebody's stop", () => {
    const reads = [
      { at: 1000, phase: "standby" },
      { at: 2000, phase: "standby" },
    ] as const;
    expect(isManual({ ...evidence, reads, known: "on" })).toMatchObject({ manual: true, to: "off" });
  });
});

describe("the hold that a change by hand makes", () => {
  const holdOf = (fields: Record<string, unknown>, to: "on" | "off", when: string) =>
    holdFor(inputs(schedule(fields)), "office", server(), { to, at: at(when) });
  it.each<[string, Record<string, unknown>, "on" | "off", string, string | null]>([
    [
      "started at 22:00 in off time: until the next 19:00",
      {},
      "on",
      "2026-11-04T21:00:00Z",
      "2026-11-05T18:00:00.000Z",
    ],
    [
      "stopped at 11:00 in on time: until the next on-edge",
      {},
      "off",
      "2026-11-04T10:00:00Z",
      "2026-11-05T07:00:00.000Z",
    ],
    ["for a time", { hold: "4h" }, "on", "2026-11-04T21:00:00Z", "2026-11-05T01:00:00.000Z"],
    [
      "started before the on-edge and retained: survives the next off-edge, once",
      { retain: true },
      "on",
      "2026-11-05T05:30:00Z",
      "2026-11-06T18:00:00.000Z",
    ],
    [
      "enforced with a hold of its own",
      { mode: "enforce", hold: "4h" },
      "on",
      "2026-11-04T21:00:00Z",
      "2026-11-05T01:00:00.000Z",
    ],
  ])("%s", (_name, fields, to, when, until) => {
    expect(holdOf(fields, to, when)).toMatchObject({ state: to, until });
  });
  it.each<[string, Record<string, unknown>, "on" | "off"]>([
    ["hold: none", { hold: "none" }, "on"],
    ["enforced", { mode: "enforce" }, "on"],
    ["what is wanted anyway", {}, "off"],
  ])("none: %s", (_name, fields, to) => {
    expect(holdOf(fields, to, "2026-11-04T21:00:00Z")).toBeNull();
  });
});

describe("what becomes of servers that people switch", () => {
  const world = (given: Inputs, phase: "on" | "off" | "standby", from: number) =>
    new TickWorld(given, [seen("srv-1", phase)]).since(from);
  const sentOf = (one: TickWorld): string[] =>
    one.commands.map(({ at: instant, action }) => `${iso(instant)} ${action}`);
  const withHold = (fields: Record<string, unknown>, to: "on" | "off", when: number): Inputs => {
    const given = inputs(schedule(fields));
    const hold = holdFor(given, "office", server(), { to, at: when });
    return { ...given, holds: hold === null ? [] : [hold] };
  };

  it("started at 22:00 in off time, it stays until the next 19:00", () => {
    const one = world(withHold({}, "on", evening), "on", evening);
    expect(desired(one.inputs, server(), evening).desired).toBe("on");
    one.run(evening, at("2026-11-05T23:00:00Z"));
    expect(sentOf(one)).toEqual(["2026-11-05T18:00:00Z stop"]);
  });

  it("stopped at 11:00 in on time, it stays off until the next on-edge", () => {
    const morning = at("2026-11-04T10:00:00Z");
    const one = world(withHold({}, "off", morning), "off", morning);
    one.run(morning, at("2026-11-05T08:00:00Z"));
    expect(sentOf(one)).toEqual(["2026-11-05T07:00:00Z start"]);
  });

  it("respect acts on edges only, whether or not anybody has seen the change", () => {
    const one = world(inputs(schedule()), "on", evening);
    one.run(evening, at("2026-11-05T17:00:00Z"));
    expect(one.commands).toEqual([]);
  });

  it("retained, it survives the off-edge once", () => {
    const early = at("2026-11-05T05:30:00Z");
    const one = world(withHold({ retain: true }, "on", early), "on", early);
    one.run(early, at("2026-11-07T00:00:00Z"));
    expect(sentOf(one)).toEqual(["2026-11-06T18:00:00Z stop"]);
  });

  it("a hold for a time ends with one edge", () => {
    const one = world(withHold({ hold: "2h" }, "on", evening), "on", evening);
    one.run(evening, at("2026-11-05T05:00:00Z"));
    expect(sentOf(one)).toEqual(["2026-11-04T23:00:00Z stop"]);
  });

  it("enforce puts it right at the next tick, and three times within the hour at most", () => {
    const one = world(inputs(schedule({ mode: "enforce" })), "on", evening);
    let told = 0;
    for (let minute = 0; minute < 50; minute += 1) {
      one.set("srv-1", { phase: "on" });
      told += one
        .tick(evening + minute * 60_000)
        .told.filter(({ event }) => event === "schedule.flapping").length;
    }
    expect(one.commands).toHaveLength(3);
    expect(told).toBe(1);
    one.set("srv-1", { phase: "on" });
    one.tick(evening + 62 * 60_000);
    expect(one.commands).toHaveLength(4);
  });

  it("enforced turned off takes effect on the very next tick", () => {
    const one = world(inputs(schedule({ mode: "enforce" })), "off", evening);
    one.tick(evening);
    one.inputs = inputs({ ...schedule(), version: 2 });
    one.set("srv-1", { phase: "on" });
    one.run(evening + 60_000, evening + 600_000);
    expect(one.commands).toEqual([]);
  });

  it("observe sends nothing and says what it would have sent", () => {
    const one = world(inputs(schedule({ mode: "observe" })), "on", at("2026-11-04T17:59:00Z"));
    const { commands, would } = one.tick(at("2026-11-04T18:00:00Z"));
    expect(commands).toEqual([]);
    expect(would).toMatchObject([{ server: "srv-1", action: "stop" }]);
  });

  it("stopped in place is still billed: the off-edge powers it off, and so does cleanup_standby at once", () => {
    const edge = world(inputs(schedule()), "standby", at("2026-11-04T17:59:00Z"));
    edge.tick(at("2026-11-04T18:00:00Z"));
    expect(sentOf(edge)).toEqual(["2026-11-04T18:00:00Z stop"]);
    const cleaned = world(inputs(schedule({ cleanup_standby: true })), "standby", evening - 1);
    cleaned.run(evening, evening + 600_000);
    expect(sentOf(cleaned)).toEqual(["2026-11-04T21:00:00Z stop"]);
  });

  it.each<["leave" | "apply" | { apply_after: string }, string[]]>([
    ["leave", []],
    ["apply", ["2026-11-04T21:00:00Z stop"]],
    [{ apply_after: "30m" }, ["2026-11-04T21:10:00Z stop"]],
  ])("a server made in off time, new_servers: %j", (setting, expected) => {
    const given = inputs(schedule({ new_servers: setting }));
    const createdAt = setting === "apply" ? evening : evening - 20 * 60_000;
    const one = new TickWorld(given, [seen("srv-1", "on", { createdAt })]).since(evening - 1);
    one.run(evening, evening + 3_600_000);
    expect(sentOf(one)).toEqual(expected);
  });

  it.each<[string, Parameters<TickWorld["set"]>[1], string]>([
    ["deleted", { phase: "gone" }, "gone"],
    ["locked", { phase: "locked" }, "locked"],
    ["suspended: never started", { suspended: true }, "suspended"],
    ["in a state that nobody knows", { phase: "unknown" }, "unknown_state"],
  ])("%s: it is left alone at its edge, and told", (_name, fields, code) => {
    const one = world(inputs(schedule()), "off", at("2026-11-05T06:59:00Z"));
    one.set("srv-1", fields);
    const { commands, skips, told } = one.tick(at("2026-11-05T07:00:00Z"));
    expect(commands).toEqual([]);
    expect(skips).toMatchObject([{ server: "srv-1", code }]);
    expect(told.map(({ event }) => event)).toContain("schedule.server_left_alone");
  });

  it("moved to another zone that the schedule does not select: left alone", () => {
    const one = world(
      inputs(schedule({ select: { tags: ["env=dev"], zones: ["fr-par-1"] } })),
      "on",
      at("2026-11-04T17:59:00Z"),
    );
    one.set("srv-1", { zone: "fr-par-2" });
    const { commands, skips } = one.tick(at("2026-11-04T18:00:00Z"));
    expect([commands, skips[0]?.code]).toEqual([[], "not_selected"]);
  });

  it("a stop by hand during our own start is judged when that is over, and holds then", () => {
    const evidence: Evidence = {
      reads: [
        { at: 3000, phase: "off" },
        { at: 4000, phase: "off" },
      ],
      known: "on",
      openOperation: true,
      lastOperationEnd: 2000,
    };
    expect(isManual(evidence)).toMatchObject({ manual: false });
    expect(isManual({ ...evidence, openOperation: false })).toMatchObject({ manual: true, to: "off" });
  });

  it.each<[string, "moving" | "off", string]>([
    ["resized: it is on its way, and looked at again when it is there", "moving", "waiting"],
    ["reinstalled: it is off, as its edge wants it", "off", "already"],
  ])("%s", (_name, phase, code) => {
    const one = world(inputs(schedule()), "on", at("2026-11-04T17:59:00Z"));
    one.set("srv-1", { phase });
    const { commands, skips } = one.tick(at("2026-11-04T18:00:00Z"));
    expect([commands, skips[0]?.code]).toEqual([[], code]);
  });

  it("moved out of the selection: only the selection and the state count", () => {
    const one = world(inputs(schedule()), "on", at("2026-11-04T17:59:00Z"));
    one.set("srv-1", { tags: ["env=prod"] });
    expect(one.tick(at("2026-11-04T18:00:00Z")).skips).toMatchObject([{ code: "not_selected" }]);
  });

  it("on its way somewhere at its edge, it is looked at again until it is there", () => {
    const one = world(inputs(schedule()), "on", at("2026-11-04T17:59:00Z"));
    one.set("srv-1", { phase: "moving" });
    one.tick(at("2026-11-04T18:00:00Z"));
    expect(one.state.waiting).toBe(true);
    one.set("srv-1", { phase: "on" });
    one.tick(at("2026-11-04T18:01:00Z"));
    expect(sentOf(one)).toEqual(["2026-11-04T18:00:00Z stop"]);
    expect(one.state.waiting).toBe(false);
  });

  it("while our own start is under way, an on-edge sends nothing, and an off-edge waits for its end", () => {
    const one = world(inputs(schedule()), "on", at("2026-11-04T17:59:00Z"));
    one.setAround("srv-1", { openOperation: "server.start" });
    one.tick(at("2026-11-04T18:00:00Z"));
    expect(one.commands).toEqual([]);
    one.setAround("srv-1", { openOperation: null });
    one.tick(at("2026-11-04T18:03:00Z"));
    expect(sentOf(one)).toEqual(["2026-11-04T18:00:00Z stop"]);
  });

  it.each<[Parameters<typeof isMissed>[0]["phase"], "on" | "off" | "any", number, boolean]>([
    ["on", "off", 16, true],
    ["on", "off", 14, false],
    ["standby", "off", 16, true],
    ["off", "off", 16, false],
    ["gone", "on", 16, false],
    ["on", "any", 16, false],
  ])("%s where %s is wanted %i min ago: missed is %s", (phase, want, minutes, missed) => {
    expect(isMissed({ wanted: want, phase, edgeAt: 0, now: minutes * 60_000 })).toBe(missed);
  });
});
