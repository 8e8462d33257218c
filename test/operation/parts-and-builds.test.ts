import { describe, expect, it } from "vitest";
import { begin } from "../../lib/operation/begin.ts";
import { bounds, usuallyAssumed } from "../../lib/operation/bounds.ts";
import type { Fact } from "../../lib/operation/fact.ts";
import type { Change } from "../../lib/operation/forward.ts";
import { creates, kinds, removesPart } from "../../lib/operation/kind.ts";
import { goneObservation, type Observation, type Phase } from "../../lib/operation/observation.ts";
import { operationSchema, type Operation } from "../../lib/operation/operation.ts";
import { dueAt } from "../../lib/operation/due-at.ts";
import { needOf } from "../../lib/operation/resume.ts";
import { transition } from "../../lib/operation/transition.ts";

const start = Date.parse("2026-11-02T08:00:00.000Z");
const seconds = (count: number): number => start + count * 1000;
const container = { type: "container", id: "c-1" };
const server = { type: "server", id: "7" };

const build = { name: "build", mode: "watch", goal: "on" } as const;
const apply = { name: "apply", mode: "repeat", goal: "answered" } as const;

const request = (more: Partial<Parameters<typeof begin>[0]>): Operation =>
  begin(
    {
      id: "op_00000000000000000000000001",
      fingerprint: "f",
      kind: "object.create",
      connection: "old",
      input: { object_id: "logs/a.txt" },
      resource: container,
      steps: [apply],
      deadlineSeconds: null,
      isMarked: true,
      graceSeconds: bounds.grace,
      assumed: usuallyAssumed,
      ...more,
    },
    start,
  );
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
const refusal = (code: string): Fact => ({
  type: "refused",
  code,
  detail: `the provider said ${code}`,
  provider: { status: 409 },
  retryAfterSeconds: null,
});
const doubt: Fact = { type: "doubted", reason: "reset", requestId: null };

const after = (operation: Operation, ...facts: readonly Fact[]): Change => {
  let change: Change = { operation, save: false, next: { do: "wait" }, why: "" };
  for (const [index, fact] of facts.entries())
    change = transition(change.operation, fact, seconds(index + 1));
  operationSchema.parse(change.operation);
  return change;
};
const claimed: Fact = { type: "claimed" };

describe("a call on a part of something", () => {
  it("is sent as soon as it is taken on, and the provider's yes is its end", () => {
    expect(after(request({}), claimed).next).toEqual({ do: "send", what: "apply" });
    const change = after(request({}), claimed, yes);
    expect(change.operation.state).toBe("succeeded");
    expect(change.operation.outbox.map(({ type }) => type)).toEqual([
      "switchyard.operation.accepted",
      "switchyard.operation.started",
      "switchyard.operation.succeeded",
    ]);
  });

  it("that makes what exists already fails", () => {
    expect(after(request({}), claimed, refusal("ALREADY_EXISTS")).operation).toMatchObject({
      state: "failed",
      error: { code: "ALREADY_EXISTS" },
    });
  });

  it("that makes what exists already has succeeded when its first answer was lost", () => {
    expect(after(request({}), claimed, doubt, refusal("ALREADY_EXISTS")).operation.state).toBe("succeeded");
  });

  it("whose sender died is in doubt first, and then sent again", () => {
    const { operation } = after(request({}), claimed);
    expect(needOf(operation, seconds(60)).do).toBe("doubt");
    const doubted = transition(operation, doubt, seconds(60)).operation;
    expect(doubted.doubted_creates).toBe(1);
    expect(needOf(doubted, seconds(64)).do).toBe("intend");
    const again = transition(doubted, { type: "intended" }, seconds(64));
    expect(again).toMatchObject({ save: true, next: { do: "send", what: "apply" } });
  });

  it("whose sender died after a pause is in doubt too: what it made would pass for somebody else's", () => {
    const held = after(request({}), claimed, refusal("RATE_LIMITED")).operation;
    const resent = transition(held, { type: "intended" }, seconds(64)).operation;
    expect(needOf(resent, seconds(124)).do).toBe("doubt");
    const doubted = transition(resent, doubt, seconds(124)).operation;
    expect(transition(doubted, refusal("ALREADY_EXISTS"), seconds(130)).operation.state).toBe("succeeded");
  });

  it.each(["object.delete", "tag_metadata.delete", "server_tag.detach"] as const)(
    "%s of what is gone has succeeded",
    (kind) => {
      const change = after(request({ kind }), claimed, refusal("RESOURCE_NOT_FOUND"));
      expect(change.operation.state).toBe("succeeded");
    },
  );

  it.each(["object.update", "container.update", "tag_metadata.create"] as const)(
    "%s of what is gone fails",
    (kind) => {
      const change = after(request({ kind }), claimed, refusal("RESOURCE_NOT_FOUND"));
      expect(change.operation).toMatchObject({ state: "failed", error: { code: "RESOURCE_NOT_FOUND" } });
    },
  );

  it("makes nothing whose id the provider would choose", () => {
    for (const kind of kinds) if (removesPart(kind)) expect(creates(kind)).toBe(false);
    expect(kinds.filter(creates)).toEqual([
      "server.create",
      "volume.create",
      "container.create",
      "tag.create",
      "organization.create",
    ]);
  });
});

describe("a build, which is only watched", () => {
  const specifications = request({
    kind: "specifications.update",
    resource: server,
    input: { cores: 2 },
    steps: [build, apply],
  });

  it("is looked at at once, and again: nothing is sent before it is over", () => {
    const change = after(specifications, claimed);
    expect(change.next).toEqual({ do: "look" });
    const moving = transition(change.operation, saw("moving"), seconds(2));
    expect(moving.next).toEqual({ do: "wait" });
    expect(needOf(moving.operation, seconds(10)).do).toBe("look");
  });

  it("that was seen going on is remembered, with one write", () => {
    const first = after(specifications, claimed, saw("moving"));
    expect(first.save).toBe(true);
    expect(first.operation.steps[0]).toMatchObject({ seen_moving: true });
    expect(transition(first.operation, saw("moving"), seconds(9)).save).toBe(false);
  });

  it("that is over lets the call go, and its yes is the end", () => {
    const change = after(specifications, claimed, saw("moving"), saw("on"));
    expect(change.next).toEqual({ do: "send", what: "apply" });
    expect(transition(change.operation, yes, seconds(9)).operation.state).toBe("succeeded");
  });

  it("that the provider has given up fails with what it says", () => {
    const change = after(specifications, claimed, saw("failed", { detail: "no template" }));
    expect(change.operation).toMatchObject({ state: "failed", error: { code: "BUILD_FAILED" } });
    expect(change.operation.error?.detail).toContain("no template");
  });

  it("in a state that we don't know is neither over nor given up", () => {
    expect(after(specifications, claimed, saw("unknown")).next).toEqual({ do: "wait" });
  });

  it("that never ends needs attention after its deadline", () => {
    const { operation } = after(specifications, claimed);
    expect(transition(operation, saw("moving"), seconds(1300)).operation).toMatchObject({
      state: "needs_attention",
      error: { code: "DEADLINE_PASSED" },
    });
  });

  it("after a create is no reason to switch anything on", () => {
    const create = { name: "create", mode: "once", goal: "answered" } as const;
    const made = request({ kind: "server.create", resource: null, steps: [create, build] });
    const change = after(made, claimed, {
      ...yes,
      resource: server,
      observation: { ...goneObservation(null), phase: "moving", state: "installing" },
    });
    expect(change.next).toEqual({ do: "look" });
    const over = transition(change.operation, saw("on"), seconds(9)).operation;
    expect(over.outbox.map(({ type }) => type.replace("switchyard.", ""))).toEqual([
      "operation.accepted",
      "operation.started",
      "server.created",
      "server.running",
      "operation.succeeded",
    ]);
  });
});

describe("what a provider has given up", () => {
  const remove = { name: "remove", mode: "reach", goal: "gone", removal: "delete" } as const;
  const deletion = request({ kind: "server.delete", resource: server, input: {}, steps: [remove] });

  it("may be deleted", () => {
    const change = after(deletion, claimed, saw("failed", { state: "install_failed" }));
    expect(change.next).toEqual({ do: "send", what: "delete" });
  });

  it("is deleted while it is being built, and not again while that is on its way", () => {
    const asked = after(deletion, claimed, saw("moving", { state: "installing" }));
    expect(asked.next).toEqual({ do: "send", what: "delete" });
    const accepted = transition(asked.operation, yes, seconds(1));
    const later = transition(accepted.operation, saw("moving", { state: "deleting" }), seconds(600));
    expect(later.next).toEqual({ do: "wait" });
    const lost = transition(asked.operation, doubt, seconds(1));
    const again = transition(lost.operation, saw("moving", { state: "installing" }), seconds(600));
    expect(again.next).toEqual({ do: "send", what: "delete" });
  });

  it("after it was deleted fails the delete", () => {
    const asked = after(deletion, claimed, saw("on"), yes, saw("moving"));
    const change = transition(asked.operation, saw("failed", { detail: "the node is down" }), seconds(30));
    expect(change.operation).toMatchObject({ state: "failed", error: { code: "DELETE_FAILED" } });
    expect(change.operation.error?.detail).toContain("the node is down");
  });
});

describe("a create without room for a marker", () => {
  const create = { name: "create", mode: "once", goal: "answered" } as const;
  const unmarked = request({
    kind: "server.create",
    input: { name: "x".repeat(40) },
    resource: null,
    steps: [create],
    isMarked: false,
  });
  const doubtAgain = (operation: Operation, now: number) =>
    transition(operation, { type: "doubted", reason: "reset", requestId: null }, now);

  it("is neither searched for nor sent again: a person has to look, when nothing can land any more", () => {
    const { operation } = after(unmarked, claimed, doubt);
    const horizon = Date.parse(operation.call?.intended_at ?? "") + operation.horizon_seconds * 1000;
    expect(dueAt(operation)).toBe(horizon);
    expect(needOf(operation, horizon - 1)).toEqual({ do: "wait" });
    expect(needOf(operation, horizon)).toMatchObject({ do: "doubt" });
    const early = doubtAgain(operation, horizon - 1);
    expect(early.operation).toMatchObject({ state: "starting", evidence: operation.evidence });
    const ended = doubtAgain(operation, horizon).operation;
    expect(ended).toMatchObject({ state: "needs_attention", error: { code: "CREATE_UNCERTAIN" } });
    expect(ended.error?.title).toContain("whether the server was made");
    expect(ended.error?.hint).toMatch(/name and time.*no marker.*adopt and its id/);
    expect(ended.evidence).toEqual(operation.evidence);
  });

  it("whatever a search says, it is not sent again", () => {
    let { operation } = after(unmarked, claimed, doubt);
    for (let search = 1; search < 40; search += 1) {
      const change = transition(operation, { type: "searched", matches: [] }, seconds(10 * search));
      expect(change.next.do).not.toBe("intend");
      ({ operation } = change);
    }
  });

  it("that the provider has answered without an id needs a person at once", () => {
    const without: Fact = {
      type: "answered",
      resource: null,
      task: null,
      observation: null,
      requestId: null,
      mayGoOn: true,
    };
    const { operation } = after(unmarked, claimed, without);
    expect(operation).toMatchObject({ state: "needs_attention", error: { code: "CREATE_UNCERTAIN" } });
    expect(operation.error?.detail).toContain("did not say its id");
  });

  it("of a volume speaks of a volume", () => {
    const volume = request({
      kind: "volume.create",
      input: { size: 1 },
      resource: null,
      steps: [create],
      isMarked: false,
    });
    const { operation } = after(volume, claimed, doubt);
    const { error } = doubtAgain(operation, seconds(200)).operation;
    expect(error?.title).toBe("It can't be known whether the volume was made");
    expect(error?.hint).toMatch(/volume of this size, type and time/);
  });

  it("with a marker is told to be looked for by it", () => {
    const marked = request({ kind: "server.create", resource: null, steps: [create] });
    let { operation } = after(marked, claimed, doubt);
    for (let time = 1; operation.state === "starting" && time < 60; time += 1) {
      const fact: Fact =
        operation.call === null
          ? { type: "intended" }
          : operation.doubt === null
            ? { type: "doubted", reason: "reset", requestId: null }
            : { type: "searched", matches: [] };
      operation = transition(operation, fact, seconds(110 * time)).operation;
    }
    expect(operation.error).toMatchObject({ code: "CREATE_UNCERTAIN" });
    expect(operation.error?.hint).toMatch(/with our marker.*adopt, abandon or retry/);
  });
});
