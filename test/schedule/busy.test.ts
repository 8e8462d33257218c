import { describe, expect, it } from "vitest";
import { readBusy, type BusyAnswer } from "../../lib/schedule/busy.ts";
import { guardsSchema } from "../../lib/schedule/settings.ts";
import { at, inputs, schedule } from "./fixtures.ts";
import { seen, TickWorld } from "./tick-world.ts";

const minute = 60_000;
const off = at("2026-11-04T18:00:00Z");
const on = at("2026-11-05T07:00:00Z");
const url = "https://ci.example.com/busy";

describe("what an answer to a busy check says", () => {
  it.each<[string, number, string, BusyAnswer]>([
    ["nothing at all", 204, "", { is: "free" }],
    ["not busy", 200, '{"busy": false, "more": 1}', { is: "free" }],
    ["busy", 200, '{"busy": true}', { is: "busy", because: null }],
    ["busy, and why", 201, '{"busy": true, "reason": "a build"}', { is: "busy", because: "a build" }],
    ["busy by its id", 200, '{"busy": ["srv-1", "srv-2"]}', { is: "busy", because: null }],
    ["others are busy", 200, '{"busy": ["srv-2"]}', { is: "free" }],
    ["a conflict", 409, "anything", { is: "busy", because: null }],
    ["locked, and why", 423, '{"busy": true, "reason": "x"}', { is: "busy", because: "x" }],
    [
      "words over several lines",
      200,
      '{"busy": true, "reason": " a\\n\\u0000 b "}',
      { is: "busy", because: "a b" },
    ],
    ["a fault of theirs", 503, "", { is: "failed", because: "it was answered with 503" }],
    ["somewhere else", 302, "", { is: "failed", because: "it was answered with 302" }],
  ])("%s", (_name, status, body, expected) => {
    expect(readBusy(status, body)("srv-1")).toEqual(expected);
  });

  it.each(["<html>", "{", "[]", "null", '"busy"', "{}", '{"busy": "no"}'])(
    "what can't be understood is a failure, and no permission: %s",
    (body) => expect(readBusy(200, body)("srv-1")).toMatchObject({ is: "failed" }),
  );

  it("is cut where it is long", () => {
    const body = JSON.stringify({ busy: true, reason: "é".repeat(5000) });
    expect(readBusy(200, body)("srv-1")).toEqual({ is: "busy", because: "é".repeat(200) });
  });
});

describe("a busy check is a guard", () => {
  const world = (check: object, fields: Record<string, unknown> = {}) =>
    new TickWorld(inputs(schedule({ guards: { busy_check: { url, ...check } }, ...fields })), [
      seen("srv-0", "on"),
    ]).since(off - minute);
  const failed: BusyAnswer = { is: "failed", because: "no answer" };

  it("nothing is stopped before it was asked", () => {
    const one = world({});
    const { commands, skips, told } = one.tick(off);
    expect([commands, told.filter(({ server }) => server !== null)]).toEqual([[], []]);
    expect(skips).toMatchObject([{ code: "unasked" }]);
    expect(one.state.waiting).toBe(true);
  });

  it.each<[string, object, BusyAnswer, number, RegExp]>([
    ["free", {}, { is: "free" }, 1, /ends$/],
    ["busy", {}, { is: "busy", because: "a build" }, 0, /it is busy: a build/],
    ["failed, and closed", {}, failed, 0, /no answer\), and fails closed/],
    ["failed, and closed by choice", { on_failure: "closed" }, failed, 0, /fails closed/],
    ["failed, and open by choice", { on_failure: "open" }, failed, 1, /no answer\), and fails open/],
    [
      "busy is a veto, however failures are taken",
      { on_failure: "open" },
      { is: "busy", because: null },
      0,
      /busy/,
    ],
  ])("%s", (_name, check, busy, stops, words) => {
    const one = world(check);
    one.setAround("srv-0", { busy });
    const { commands, skips } = one.tick(off);
    expect(commands).toHaveLength(stops);
    expect(commands[0]?.reason ?? skips[0]?.says).toMatch(words);
  });

  it("another guard that holds a stop back comes first: nobody is asked in vain", () => {
    const one = world({}, { guards: { busy_check: { url }, accept_no_return: false } });
    one.set("srv-0", { stock: "scarce" });
    expect(one.tick(off).skips).toMatchObject([{ code: "guard" }]);
  });

  it("starts are not asked about", () => {
    const one = world({}).since(on - minute);
    one.set("srv-0", { phase: "off" });
    expect(one.tick(on).commands).toMatchObject([{ action: "start" }]);
  });

  it("a veto is told once and asked again at each tick; when it is over, the stop is done once", () => {
    const one = world({});
    one.setAround("srv-0", { busy: { is: "busy", because: "a build" } });
    const told = Array.from({ length: 10 }, (_, index) => one.tick(off + index * minute).told).flat();
    expect(told.filter(({ event }) => event === "schedule.server_delayed")).toHaveLength(1);
    one.setAround("srv-0", { busy: { is: "free" } });
    one.run(off + 10 * minute, off + 15 * minute);
    expect(one.commands).toMatchObject([{ action: "stop", at: off }]);
  });

  it.each<[object, boolean]>([
    [{ url }, true],
    [{ url, timeout: "10s" }, true],
    [{ url, timeout: "11s" }, false],
    [{ url, timeout: "1m" }, false],
    [{ url, timeout: "0s" }, false],
    [{ url, on_failure: "ask" }, false],
    [{}, false],
  ])("is written as %j: %s", (check, isValid) => {
    expect(guardsSchema.safeParse({ busy_check: check }).success).toBe(isValid);
  });
});
