import { describe, expect, it } from "vitest";
import { begin } from "../../lib/operation/begin.ts";
import { bounds, usuallyAssumed } from "../../lib/operation/bounds.ts";
import type { Fact } from "../../lib/operation/fact.ts";
import type { Change } from "../../lib/operation/forward.ts";
import type { JsonObject } from "../../lib/operation/json.ts";
import type { Kind } from "../../lib/operation/kind.ts";
import { goneObservation, type Observation, type Phase } from "../../lib/operation/observation.ts";
import { operationSchema, type Operation, type Step } from "../../lib/operation/operation.ts";
import type { ProviderDetail } from "../../lib/operation/problem.ts";
import { needOf } from "../../lib/operation/resume.ts";
import { transition } from "../../lib/operation/transition.ts";

const start = Date.parse("2026-11-02T08:00:00.000Z");
const seconds = (count: number): number => start + count * 1000;

const asked = (kind: Kind, step: Pick<Step, "name" | "mode" | "goal">, input: JsonObject = {}): Operation =>
  begin(
    {
      id: "op_00000000000000000000000001",
      fingerprint: "f",
      kind,
      connection: "paris",
      input,
      resource: { type: "server", id: "srv-1" },
      steps: [step],
      deadlineSeconds: 600,
      isMarked: true,
      graceSeconds: bounds.grace,
      assumed: usuallyAssumed,
    },
    start,
  );
const update = asked("server.update", { name: "update", mode: "repeat", goal: "answered" }, { name: "n" });
const backup = asked(
  "server.action",
  { name: "action", mode: "once", goal: "answered" },
  { action: "backup" },
);
const reboot = asked("server.reboot", { name: "reboot", mode: "once", goal: "changed" });

const claimed: Fact = { type: "claimed" };
const said: ProviderDetail = {
  status: 400,
  type: "invalid_request_error",
  message: "server should be running",
};
const transient: ProviderDetail = { status: 409, type: "transient_state", message: "resource is in between" };
const refusal = (provider: ProviderDetail = said): Fact => ({
  type: "refused",
  code: "WRONG_STATE",
  detail: "The provider refused: not now.",
  provider,
  retryAfterSeconds: null,
});
const saw = (phase: Phase, more: Partial<Observation> = {}): Fact => ({
  type: "seen",
  observation: { ...goneObservation(null), phase, state: phase === "gone" ? null : phase, ...more },
});
const yes: Fact = {
  type: "answered",
  resource: null,
  task: null,
  observation: null,
  requestId: null,
  mayGoOn: true,
};

/** Applies facts a few seconds apart, and holds each state to the schema of a row. */
const after = (operation: Operation, ...facts: readonly Fact[]): Change => {
  let change: Change = { operation, save: false, next: { do: "wait" }, why: "" };
  for (const [index, fact] of facts.entries()) {
    change = transition(change.operation, fact, seconds(5 * (index + 1)));
    operationSchema.parse(change.operation);
  }
  return change;
};

describe("a call that is refused because of the server's state", () => {
  it("is looked at at once, and the look is on record before", () => {
    const change = after(update, claimed, refusal());
    expect(change).toMatchObject({ save: true, next: { do: "look" }, operation: { state: "following" } });
    expect(needOf(change.operation, seconds(60))).toEqual({ do: "look" });
  });

  it.each([
    ["an update", update, [claimed], "update"],
    ["an action", backup, [claimed, saw("on")], "act"],
    ["a reboot", reboot, [claimed, saw("on")], "act"],
  ] as const)("of %s is asked again when what moved has come to rest", (_what, operation, before, send) => {
    const moving = after(operation, ...before, refusal(), saw("moving"));
    expect(moving).toMatchObject({ save: true, next: { do: "wait" }, operation: { error: null } });
    expect(moving.why).toContain("just being changed");
    const rested = after(operation, ...before, refusal(), saw("moving"), saw("on"));
    expect(rested).toMatchObject({ save: true, next: { do: "send", what: send } });
    const done = after(
      operation,
      ...before,
      refusal(),
      saw("moving"),
      saw("on"),
      yes,
      saw("moving"),
      saw("on"),
    );
    expect(done.operation).toMatchObject({ state: "succeeded", setback: null });
  });

  it("is asked again after a rest where the provider itself says that the state passes", () => {
    const refused = after(update, claimed, refusal(transient));
    expect(refused).toMatchObject({ next: { do: "wait" } });
    expect(refused.operation.hold_until).not.toBeNull();
    const rested = after(update, claimed, refusal(transient), saw("off"));
    expect(rested.next).toEqual({ do: "send", what: "update" });
  });

  it.each([
    ["an update", update, [claimed]],
    ["an action", backup, [claimed, saw("on")]],
  ] as const)(
    "of %s fails at once at a server at rest, with what the provider said",
    (_w, operation, before) => {
      const { operation: ended } = after(operation, ...before, refusal(), saw("on"));
      expect(ended).toMatchObject({
        state: "failed",
        error: { code: "WRONG_STATE", detail: "The provider refused: not now.", provider: said },
      });
    },
  );

  it("of a reboot fails where the server is off", () => {
    const { operation } = after(reboot, claimed, saw("on"), refusal(), saw("off"));
    expect(operation).toMatchObject({ state: "failed", error: { code: "WRONG_STATE", provider: said } });
  });

  it("of a reboot of a server that is shown running is asked three times, then it fails", () => {
    const round = [saw("on"), refusal()];
    const third = after(reboot, claimed, ...round, ...round, ...round);
    expect(third.operation.state).toBe("following");
    const { operation } = transition(third.operation, saw("on"), seconds(200));
    expect(operation).toMatchObject({ state: "failed", error: { code: "WRONG_STATE" } });
  });

  it("is not waited for beyond the deadline", () => {
    const moving = after(update, claimed, refusal(), saw("moving"));
    const late = transition(moving.operation, saw("moving"), seconds(700));
    expect(late.operation).toMatchObject({ state: "needs_attention", error: { code: "DEADLINE_PASSED" } });
    expect(late.operation.error?.detail).toMatch(/[^.]\.$/);
    const refused = transition(moving.operation, refusal(transient), seconds(700));
    expect(refused.operation.state).toBe("needs_attention");
  });

  it.each([
    ["gone", "RESOURCE_NOT_FOUND"],
    ["locked", "LOCKED"],
    ["failed", "WRONG_STATE"],
  ] as const)("fails when the server is %s then: %s", (phase, code) => {
    const { operation } = after(update, claimed, refusal(), saw(phase));
    expect(operation).toMatchObject({ state: "failed", error: { code } });
  });

  it("survives whoever saw it move: the next one knows that it passes", () => {
    const { operation } = after(update, claimed, refusal(), saw("moving"));
    const again = operationSchema.parse(JSON.parse(JSON.stringify(operation)));
    expect(transition(again, saw("off"), seconds(30)).next).toEqual({ do: "send", what: "update" });
  });
});

describe("what was gone before anything was asked", () => {
  it("fails with the answer that said so", () => {
    const answer = { status: 404, type: "not_found", request_id: "req-7" };
    const { operation } = after(reboot, claimed, saw("gone", { said: answer }));
    expect(operation.error).toMatchObject({
      code: "RESOURCE_NOT_FOUND",
      provider: answer,
      request_id: "req-7",
    });
  });

  it("says nothing of an answer where none was about it alone", () => {
    const { operation } = after(reboot, claimed, saw("gone"));
    expect(operation.error).not.toHaveProperty("provider");
  });
});

describe("a reboot whose course may not be visible", () => {
  const old = asked("server.reboot", { name: "reboot", mode: "once", goal: "restarted" });
  const at = (change: Change, fact: Fact, second: number): Change =>
    transition(change.operation, fact, seconds(second));
  const sent = after(old, claimed, saw("on"), yes);

  it("ends when what was seen of it is over", () => {
    const down = at(sent, saw("moving"), 16);
    expect(down.next).toEqual({ do: "wait" });
    expect(at(down, saw("on"), 20)).toMatchObject({
      operation: { state: "succeeded" },
      why: "it changed and runs again",
    });
  });

  it.each(["off", "unknown"] as const)("counts %s in between as a sign of it", (phase) => {
    const between = at(sent, saw(phase), 16);
    expect(between.operation.state).toBe("following");
    expect(at(between, saw("on"), 20).why).toBe("it changed and runs again");
  });

  it("ends with the provider's yes where nothing is to be seen, after a first look", () => {
    expect(at(sent, saw("on"), 12).operation.state).toBe("following");
    expect(at(sent, saw("on"), 16)).toMatchObject({ operation: { state: "succeeded" } });
  });

  it("fails when it stays down, and only then", () => {
    expect(at(sent, saw("off"), 12).operation.state).toBe("following");
    expect(at(sent, saw("off"), 60).operation).toMatchObject({
      state: "failed",
      error: { code: "START_FAILED" },
    });
  });

  it("is not known without an answer, unless it is seen", () => {
    const lost = after(old, claimed, saw("on"), { type: "doubted", reason: "reset", requestId: null });
    expect(at(lost, saw("on"), 30).operation.state).toBe("following");
    expect(at(lost, saw("on"), 90).operation).toMatchObject({
      state: "needs_attention",
      error: { code: "OUTCOME_UNKNOWN" },
    });
    expect(at(at(lost, saw("moving"), 30), saw("on"), 34).operation.state).toBe("succeeded");
  });

  it.each([
    ["off", { state: "failed", error: { code: "WRONG_STATE" } }],
    ["gone", { state: "failed", error: { code: "RESOURCE_NOT_FOUND" } }],
    ["moving", { state: "starting" }],
  ] as const)("is not asked for at a server that is %s", (phase, expected) => {
    const change = after(old, claimed, saw(phase));
    expect(change.operation).toMatchObject(expected);
    expect(change.next.do).not.toBe("send");
  });

  it("is asked for in a state that we have no word for: the provider decides", () => {
    const change = after(old, claimed, saw("unknown"));
    expect(change.next).toEqual({ do: "send", what: "act" });
    const unheard = transition(change.operation, yes, seconds(11));
    expect(at(unheard, saw("unknown"), 60).operation.state).toBe("succeeded");
  });
});
