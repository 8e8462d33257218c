import { describe, expect, it } from "vitest";
import { judge } from "../../lib/operation/judge.ts";
import { goneObservation, type Observation, type Phase } from "../../lib/operation/observation.ts";
import type { Call, Goal, Step } from "../../lib/operation/operation.ts";
import { anOperation } from "../operations.ts";

const start = Date.parse("2026-11-02T08:00:00.000Z");
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();

const seen = (phase: Phase, more: Partial<Observation> = {}): Observation => ({
  ...goneObservation(null),
  phase,
  state: phase === "gone" ? null : phase,
  ...more,
});

const step = (goal: Goal, more: Partial<Step> = {}): Step => ({
  name: goal === "on" ? "power_on" : goal === "off" ? "power_off" : goal === "gone" ? "remove" : "action",
  mode: "reach",
  goal,
  state: "running",
  started_at: at(0),
  ended_at: null,
  ...more,
});

const call = (what: string, secondsAgo: number, more: Partial<Call> = {}): Call => ({
  what,
  attempt: 1,
  intended_at: at(-secondsAgo),
  outcome: "intended",
  modified_before: "m1",
  seen_moving: false,
  ...more,
});

interface Row {
  readonly sentence: string;
  readonly step: Step;
  readonly call?: Call | null;
  readonly seen: Observation;
  readonly is: string;
  readonly detail?: string;
}

const rows: readonly Row[] = [
  {
    sentence: "a server that runs is what start asked for",
    step: step("on"),
    seen: seen("on"),
    is: "reached",
  },
  {
    sentence: "a server at rest is asked to start",
    step: step("on"),
    seen: seen("off"),
    is: "send",
    detail: "power_on",
  },
  {
    sentence: "a server in standby is asked to start",
    step: step("on"),
    seen: seen("standby"),
    is: "send",
    detail: "power_on",
  },
  { sentence: "a server on its way is waited for", step: step("on"), seen: seen("moving"), is: "wait" },
  { sentence: "an unknown state is never success", step: step("on"), seen: seen("unknown"), is: "wait" },
  {
    sentence: "an unknown state is never failure, however late",
    step: step("on"),
    call: call("power_on", 9999),
    seen: seen("unknown"),
    is: "wait",
  },
  {
    sentence: "a power-on just asked for may still take effect",
    step: step("on"),
    call: call("power_on", 5),
    seen: seen("off"),
    is: "wait",
  },
  {
    sentence: "a power-on without effect is asked for again after the grace",
    step: step("on"),
    call: call("power_on", 21),
    seen: seen("off"),
    is: "send",
    detail: "power_on",
  },
  {
    sentence: "a power-on without effect in three attempts has failed",
    step: step("on"),
    call: call("power_on", 21, { attempt: 3, outcome: "answered" }),
    seen: seen("off"),
    is: "failed",
    detail: "START_FAILED",
  },
  {
    sentence: "a server that began to start and fell back has failed at once",
    step: step("on"),
    call: call("power_on", 2, { seen_moving: true }),
    seen: seen("off"),
    is: "failed",
    detail: "START_FAILED",
  },
  {
    sentence: "a fall back that names stock is out of stock",
    step: step("on"),
    call: call("power_on", 2, { seen_moving: true }),
    seen: seen("off", { detail: "no capacity" }),
    is: "failed",
    detail: "OUT_OF_STOCK",
  },
  {
    sentence: "a failed task and a server at rest is a failed start",
    step: step("on"),
    call: call("power_on", 2),
    seen: seen("off", { task: { id: "t", status: "failure", progress: 0 } }),
    is: "failed",
    detail: "START_FAILED",
  },
  {
    sentence: "a failed task does not outweigh a server that runs",
    step: step("on"),
    call: call("power_on", 2),
    seen: seen("on", { task: { id: "t", status: "failure", progress: 0 } }),
    is: "reached",
  },
  {
    sentence: "a task pending for ever does not hide the end",
    step: step("off"),
    call: call("power_off", 2),
    seen: seen("off", { task: { id: "t", status: "pending", progress: 0 } }),
    is: "reached",
  },
  {
    sentence: "a locked server can't be started",
    step: step("on"),
    seen: seen("locked"),
    is: "failed",
    detail: "LOCKED",
  },
  {
    sentence: "starting what does not exist fails",
    step: step("on"),
    seen: seen("gone"),
    is: "failed",
    detail: "RESOURCE_NOT_FOUND",
  },
  {
    sentence: "a server that is off is what stop asked for",
    step: step("off"),
    seen: seen("off"),
    is: "reached",
  },
  {
    sentence: "standby is not off: it is still billed",
    step: step("off"),
    seen: seen("standby"),
    is: "send",
    detail: "power_off",
  },
  {
    sentence: "a running server is asked to stop",
    step: step("off"),
    seen: seen("on"),
    is: "send",
    detail: "power_off",
  },
  {
    sentence: "a server that is gone is what delete asked for",
    step: step("gone", { removal: "stop_first" }),
    seen: seen("gone"),
    is: "reached",
  },
  {
    sentence: "a running server is stopped before it is deleted",
    step: step("gone", { removal: "stop_first" }),
    seen: seen("on"),
    is: "send",
    detail: "power_off",
  },
  {
    sentence: "a stopped server is deleted",
    step: step("gone", { removal: "stop_first" }),
    call: call("power_off", 40),
    seen: seen("off"),
    is: "send",
    detail: "delete",
  },
  {
    sentence: "with its volumes a running server is terminated",
    step: step("gone", { removal: "terminate" }),
    seen: seen("on"),
    is: "send",
    detail: "terminate",
  },
  {
    sentence: "terminate is not offered for a stopped server, delete is",
    step: step("gone", { removal: "terminate" }),
    seen: seen("off"),
    is: "send",
    detail: "delete",
  },
  {
    sentence: "a volume is deleted as it is",
    step: step("gone", { removal: "delete" }),
    seen: seen("on"),
    is: "send",
    detail: "delete",
  },
  {
    sentence: "a protected server is not deleted",
    step: step("gone", { removal: "stop_first" }),
    seen: seen("off", { is_protected: true }),
    is: "failed",
    detail: "PROTECTED",
  },
  {
    sentence: "a reboot is asked for once",
    step: step("changed", { name: "reboot", mode: "once" }),
    seen: seen("on"),
    is: "send",
    detail: "act",
  },
  {
    sentence: "a reboot without a change seen is waited for",
    step: step("changed", { name: "reboot", mode: "once" }),
    call: call("act", 10),
    seen: seen("on", { modified: "m1" }),
    is: "wait",
  },
  {
    sentence: "a reboot is over when the server changed and runs again",
    step: step("changed", { name: "reboot", mode: "once" }),
    call: call("act", 10),
    seen: seen("on", { modified: "m2" }),
    is: "reached",
  },
  {
    sentence: "a reboot seen on its way is over when the server runs",
    step: step("changed", { name: "reboot", mode: "once" }),
    call: call("act", 10, { seen_moving: true }),
    seen: seen("on", { modified: "m1" }),
    is: "reached",
  },
  {
    sentence: "a reboot that nobody answered and nobody saw can't be known",
    step: step("changed", { name: "reboot", mode: "once" }),
    call: call("act", 61, { outcome: "doubtful" }),
    seen: seen("on", { modified: "m1" }),
    is: "unclear",
    detail: "OUTCOME_UNKNOWN",
  },
  {
    sentence: "a reboot is never asked for twice",
    step: step("changed", { name: "reboot", mode: "once" }),
    call: call("act", 9999, { outcome: "answered" }),
    seen: seen("on", { modified: "m1" }),
    is: "failed",
    detail: "ACTION_FAILED",
  },
  {
    sentence: "an action without an end that nobody answered can't be known",
    step: step("answered", { mode: "once" }),
    call: call("act", 30, { outcome: "doubtful" }),
    seen: seen("on"),
    is: "unclear",
    detail: "OUTCOME_UNKNOWN",
  },
  {
    sentence: "stop in place ends in standby",
    step: step("standby"),
    call: call("act", 30),
    seen: seen("standby"),
    is: "reached",
  },
  {
    sentence: "a server that is off can't be put in standby",
    step: step("standby"),
    seen: seen("off"),
    is: "failed",
    detail: "WRONG_STATE",
  },
  {
    sentence: "terminate as an action is refused where the server is off",
    step: step("gone", { name: "action" }),
    seen: seen("off"),
    is: "failed",
    detail: "WRONG_STATE",
  },
  {
    sentence: "terminate as an action is sent where it runs",
    step: step("gone", { name: "action" }),
    seen: seen("on"),
    is: "send",
    detail: "act",
  },
];

describe("what a look means", () => {
  it.each(rows)("$sentence", (row) => {
    const operation = anOperation({
      state: "following",
      kind: "server.start",
      steps: [row.step],
      call: row.call ?? null,
    });
    const verdict = judge(operation, row.step, row.seen, start);
    expect(verdict.is).toBe(row.is);
    if (row.detail !== undefined) {
      expect(verdict.is === "send" ? verdict.want : "code" in verdict ? verdict.code : null).toBe(row.detail);
    }
  });

  it("a server that was just created and is not listed yet is waited for", () => {
    const made: Step = {
      ...step("answered", { name: "create", mode: "once" }),
      state: "done",
      ended_at: at(-30),
    };
    const operation = anOperation({ state: "following", steps: [made, step("on")] });
    expect(judge(operation, step("on"), seen("gone"), start).is).toBe("wait");
    expect(judge(operation, step("on"), seen("gone"), start + 31_000).is).toBe("failed");
  });

  it("a server that was just created and was seen since is gone when it is gone", () => {
    const made: Step = {
      ...step("answered", { name: "create", mode: "once" }),
      state: "done",
      ended_at: at(-5),
    };
    const operation = anOperation({
      state: "following",
      steps: [made, step("on")],
      call: call("power_on", 4),
      is_sighted: true,
    });
    expect(judge(operation, step("on"), seen("gone"), start)).toMatchObject({
      is: "failed",
      code: "RESOURCE_NOT_FOUND",
    });
  });

  it("of a server that was just created a task under way is enough to believe its absence sooner", () => {
    const made: Step = {
      ...step("answered", { name: "create", mode: "once" }),
      state: "done",
      ended_at: at(0),
    };
    const operation = anOperation({
      state: "following",
      steps: [made, step("on")],
      call: call("power_on", 0, { seen_moving: true }),
    });
    expect(judge(operation, step("on"), seen("gone"), start + 19_000).is).toBe("wait");
    expect(judge(operation, step("on"), seen("gone"), start + 21_000).is).toBe("failed");
  });

  it("every goal has an answer for every phase, and no phase but its own is its end", () => {
    const goals = { on: "on", off: "off", standby: "standby", gone: "gone" } as const;
    for (const [goal, end] of Object.entries(goals)) {
      for (const phase of [
        "on",
        "off",
        "standby",
        "moving",
        "locked",
        "failed",
        "gone",
        "unknown",
      ] as const) {
        const running = step(end, goal === "gone" ? { removal: "stop_first" } : {});
        const operation = anOperation({ state: "following", kind: "server.stop", steps: [running] });
        expect(judge(operation, running, seen(phase), start).is === "reached", `${goal} seen ${phase}`).toBe(
          phase === end,
        );
      }
    }
  });
});
