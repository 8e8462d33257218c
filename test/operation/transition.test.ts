import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { begin } from "../../lib/operation/begin.ts";
import { bounds, horizonSeconds, usuallyAssumed } from "../../lib/operation/bounds.ts";
import type { Fact } from "../../lib/operation/fact.ts";
import type { Change } from "../../lib/operation/forward.ts";
import { goneObservation, type Observation, type Phase } from "../../lib/operation/observation.ts";
import { isDone, operationSchema, type Operation } from "../../lib/operation/operation.ts";
import { dueAt } from "../../lib/operation/due-at.ts";
import { viewOf } from "../../lib/operation/view.ts";
import { transition } from "../../lib/operation/transition.ts";
import { needOf } from "../../lib/operation/resume.ts";

const start = Date.parse("2026-11-02T08:00:00.000Z");
const seconds = (count: number) => start + count * 1000;

const createSteps = [
  { name: "create", mode: "once", goal: "answered" },
  { name: "power_on", mode: "reach", goal: "on" },
] as const;
const configuredSteps = [
  createSteps[0],
  { name: "configure", mode: "repeat", goal: "answered" },
  createSteps[1],
] as const;

const accepted = (more: Partial<Parameters<typeof begin>[0]> = {}): Operation =>
  begin(
    {
      id: "op_00000000000000000000000001",
      fingerprint: "f",
      kind: "server.create",
      connection: "paris",
      input: { name: "web-1" },
      resource: null,
      steps: createSteps,
      deadlineSeconds: null,
      isMarked: true,
      graceSeconds: 20,
      assumed: usuallyAssumed,
      ...more,
    },
    start,
  );

const server = { type: "server", id: "srv-1" };
const saw = (phase: Phase, more: Partial<Observation> = {}): Observation => ({
  ...goneObservation("req-1"),
  phase,
  state: phase === "gone" ? null : phase,
  name: "web-1",
  ...more,
});
const answered = (more: Partial<Extract<Fact, { type: "answered" }>> = {}): Fact => ({
  type: "answered",
  resource: server,
  task: null,
  observation: saw("off"),
  requestId: "req-1",
  mayGoOn: true,
  ...more,
});
const refusal = (code: string): Fact => ({
  type: "refused",
  code,
  detail: `the provider said ${code}`,
  provider: { status: 400, request_id: "req-9" },
  retryAfterSeconds: null,
});

/** Applies facts in turn, each a second after the other, as the flow does: a saved change gets a new version. */
const after = (operation: Operation, ...facts: readonly Fact[]): Change => {
  let change: Change = { operation, save: false, next: { do: "wait" }, why: "" };
  for (const [index, fact] of facts.entries()) {
    change = transition(change.operation, fact, seconds(index + 1));
    if (change.save)
      change = { ...change, operation: { ...change.operation, version: change.operation.version + 1 } };
  }
  return change;
};
const types = ({ operation }: Change): string[] =>
  operation.outbox.map(({ type }) => type.replace("switchyard.", ""));

describe("a create that goes well", () => {
  const run = after(
    accepted(),
    { type: "claimed" },
    answered(),
    { type: "seen", observation: saw("moving") },
    { type: "seen", observation: saw("on") },
  );

  it("succeeds and says exactly what happened, in order", () => {
    expect(run.operation.state).toBe("succeeded");
    expect(types(run)).toEqual([
      "operation.accepted",
      "operation.started",
      "server.created",
      "server.running",
      "operation.succeeded",
    ]);
  });

  it("is written four times before its events are marked", () => {
    expect(run.operation.version).toBe(4);
  });

  it("numbers events per subject without a gap", () => {
    const by = Map.groupBy(run.operation.outbox, ({ subject }) => subject);
    expect([...by.values()].map((events) => events.map(({ sequence }) => sequence))).toEqual([
      [1, 2, 3],
      [1, 2],
    ]);
  });

  it("leaves the due index only when its events are out", () => {
    expect(dueAt(run.operation)).not.toBeNull();
    const out = transition(
      run.operation,
      { type: "published", ids: run.operation.outbox.map(({ id }) => id) },
      seconds(9),
    );
    expect(out.save).toBe(true);
    expect(dueAt(out.operation)).toBeNull();
  });
});

describe("the protocol of exactly one server", () => {
  it("saves the intent before the create is sent", () => {
    const change = after(accepted(), { type: "claimed" });
    expect(change).toMatchObject({ save: true, next: { do: "send", what: "create" } });
    expect(change.operation.call).toMatchObject({ what: "create", outcome: "intended" });
  });

  it("saves the adoption before the server is switched on", () => {
    const change = after(accepted(), { type: "claimed" }, answered());
    expect(change).toMatchObject({ save: true, next: { do: "send", what: "power_on" } });
    expect(change.operation).toMatchObject({ state: "following", resource: server });
  });

  it("writes cloud-init before the first boot", () => {
    const change = after(accepted({ steps: configuredSteps }), { type: "claimed" }, answered());
    expect(change.next).toEqual({ do: "send", what: "configure" });
    const booted = after(
      accepted({ steps: configuredSteps }),
      { type: "claimed" },
      answered(),
      answered({ resource: null }),
    );
    expect(booted.next).toEqual({ do: "send", what: "power_on" });
  });

  it("searches for a create in doubt and sends nothing", () => {
    const change = after(
      accepted(),
      { type: "claimed" },
      { type: "doubted", reason: "timeout", requestId: null },
    );
    expect(change.next).toEqual({ do: "wait" });
    expect(needOf(change.operation, seconds(30)).do).toBe("search");
  });

  it("takes an intent without an outcome for a death, and searches", () => {
    const change = after(accepted(), { type: "claimed" });
    expect(needOf(change.operation, seconds(5)).do).toBe("wait");
    expect(needOf(change.operation, seconds(60)).do).toBe("doubt");
  });

  it("adopts what the search finds, looks, and only then switches it on", () => {
    const change = after(
      accepted(),
      { type: "claimed" },
      { type: "doubted", reason: "reset", requestId: null },
      {
        type: "searched",
        matches: [{ resource: server, createdAt: "2026-11-02T08:00:01+00:00", observation: saw("off") }],
      },
    );
    expect(change).toMatchObject({
      save: true,
      next: { do: "look" },
      operation: { resource: server, state: "following" },
    });
  });

  it("adopts the oldest of several, and names the others as evidence", () => {
    const match = (id: string, createdAt: string) => ({
      resource: { type: "server", id },
      createdAt,
      observation: saw("off"),
    });
    const change = after(
      accepted(),
      { type: "claimed" },
      { type: "doubted", reason: "reset", requestId: null },
      {
        type: "searched",
        matches: [
          match("b", "2026-11-02T08:00:02+00:00"),
          match("z", "2026-11-02T08:00:01.5+00:00"),
          match("a", "2026-11-02T08:00:02+00:00"),
        ],
      },
    );
    expect(change.operation.resource?.id).toBe("z");
    expect(change.operation.evidence.at(-1)?.what).toContain("b, a");
  });

  it("creates again only after the horizon and five empty searches", () => {
    let { operation } = after(
      accepted(),
      { type: "claimed" },
      { type: "doubted", reason: "reset", requestId: null },
    );
    let now = seconds(2);
    let searches = 0;
    for (;;) {
      now += bounds.searchInterval * 1000;
      const change = transition(operation, { type: "searched", matches: [] }, now);
      operation = change.operation;
      searches += 1;
      if (change.next.do === "intend") break;
      expect(change.next.do).toBe("wait");
    }
    expect(searches).toBeGreaterThanOrEqual(bounds.emptySearches);
    expect(now - seconds(1)).toBeGreaterThanOrEqual(horizonSeconds(usuallyAssumed) * 1000);
    expect(operation).toMatchObject({ call: null, doubt: null });
    expect(transition(operation, { type: "intended" }, now).next).toEqual({ do: "send", what: "create" });
  });

  it("creates again at once after a definite refusal that passes by itself", () => {
    const change = after(accepted(), { type: "claimed" }, refusal("RATE_LIMITED"));
    expect(change.operation).toMatchObject({ state: "starting", call: null });
    expect(needOf(change.operation, seconds(10)).do).toBe("intend");
  });

  it("gives up with the evidence after three creates in doubt", () => {
    const doubted = after(
      accepted(),
      { type: "claimed" },
      { type: "doubted", reason: "reset", requestId: null },
    ).operation;
    const late = {
      ...doubted,
      doubted_creates: 3,
      doubt: doubted.doubt === null ? null : { ...doubted.doubt, empty_searches: 4 },
    };
    const change = transition(late, { type: "searched", matches: [] }, seconds(500));
    expect(change.operation).toMatchObject({ state: "needs_attention", error: { code: "CREATE_UNCERTAIN" } });
    expect(change.operation.error?.evidence?.length).toBeGreaterThan(0);
  });

  it("searches when the provider made a server and did not say its id", () => {
    const change = after(accepted(), { type: "claimed" }, answered({ resource: null }));
    expect(needOf(change.operation, seconds(30)).do).toBe("search");
  });

  it("never sends again what the provider said that it made, found or not, unless a person asks for it", () => {
    const searchedInVain = (operation: Operation, from: number) =>
      [0, 10, 20, 30, 40].reduce(
        (so, later) => transition(so, { type: "searched", matches: [] }, seconds(from + later)).operation,
        operation,
      );
    const unnamed = after(accepted(), { type: "claimed" }, answered({ resource: null })).operation;
    const asked = searchedInVain(unnamed, 200);
    expect(asked).toMatchObject({ state: "needs_attention", error: { code: "CREATE_UNCERTAIN" } });
    const retry: Fact = { type: "resolve_requested", as: "retry", resourceId: null };
    const tried = searchedInVain(transition(asked, retry, seconds(300)).operation, 310);
    expect(tried).toMatchObject({ state: "starting", call: null, doubt: null });
  });

  it("leaves the boot to the follower when the budget has no place", () => {
    const change = after(accepted(), { type: "claimed" }, answered({ mayGoOn: false }));
    expect(change).toMatchObject({
      save: true,
      next: { do: "wait" },
      operation: { resource: server, call: null },
    });
    expect(needOf(change.operation, seconds(5)).do).toBe("look");
  });
});

describe("refusals", () => {
  const rows = [
    ["RATE_LIMITED", "starting", "a rate limit delays and never fails"],
    ["UNAVAILABLE", "starting", "an API that can't be reached delays"],
    ["PERMISSION_DENIED", "starting", "a fresh grant may be refused for two minutes"],
    ["QUOTA_EXCEEDED", "failed", "a used-up quota is the end"],
    ["OUT_OF_STOCK", "failed", "no stock is the end"],
    ["INVALID_INPUT", "failed", "bad input is the end"],
    ["UNAUTHENTICATED", "starting", "a key may have been rotated and is read anew"],
  ] as const;
  it.each(rows)("%s leaves a create %s: %s", (code, state) => {
    const { operation } = after(accepted(), { type: "claimed" }, refusal(code));
    expect(operation.state).toBe(state);
    if (state === "failed") expect(operation.error).toMatchObject({ code, request_id: "req-9" });
  });

  it("can be cancelled as long as nothing was sent, whatever was tried", () => {
    const held = after(accepted(), { type: "claimed" }, refusal("UNAVAILABLE")).operation;
    expect(transition(held, { type: "cancel_requested" }, seconds(20)).operation.state).toBe("cancelled");
    const intended = transition(held, { type: "intended" }, seconds(20)).operation;
    expect(transition(intended, { type: "cancel_requested" }, seconds(20)).operation.state).toBe("starting");
  });

  it("what is waited for is shown at the step that waits, until it goes on", () => {
    const held = after(accepted(), { type: "claimed" }, refusal("UNAVAILABLE")).operation;
    expect(viewOf(held).steps[0]?.note).toBe(held.waits_for);
    expect(held.waits_for).not.toBeNull();
    const { operation } = transition(held, { type: "intended" }, seconds(60));
    expect(viewOf(operation).steps[0]).not.toHaveProperty("note");
  });

  it("a key that is refused again is the end", () => {
    const change = after(
      accepted(),
      { type: "claimed" },
      refusal("UNAUTHENTICATED"),
      { type: "intended" },
      refusal("UNAUTHENTICATED"),
    );
    expect(change.operation).toMatchObject({ state: "failed", error: { code: "UNAUTHENTICATED" } });
  });

  it("a server that its provider does not know a moment after its create is asked for again", () => {
    const change = after(accepted(), { type: "claimed" }, answered(), refusal("RESOURCE_NOT_FOUND"));
    expect(change.operation).toMatchObject({ state: "following", call: null });
  });

  it("a connection that is gone leaves what may exist to a person", () => {
    const doubted = after(
      accepted(),
      { type: "claimed" },
      { type: "doubted", reason: "reset", requestId: null },
    );
    expect(transition(doubted.operation, refusal("CONNECTION_UNAVAILABLE"), seconds(9)).operation.state).toBe(
      "needs_attention",
    );
  });

  it("no provider makes us wait longer than five minutes", () => {
    const claimed = after(accepted(), { type: "claimed" }).operation;
    const far: Fact = {
      type: "refused",
      code: "RATE_LIMITED",
      detail: "later",
      provider: { status: 429 },
      retryAfterSeconds: 9e15,
    };
    const { operation } = transition(claimed, far, seconds(2));
    expect(Date.parse(operation.hold_until ?? "")).toBe(seconds(302));
  });

  it("a permission that stays refused is the end", () => {
    const claimed = after(accepted(), { type: "claimed" }).operation;
    expect(transition(claimed, refusal("PERMISSION_DENIED"), seconds(121)).operation.state).toBe("failed");
  });

  it("does not exist is success for a delete and failure for a start", () => {
    const remove = { name: "remove", mode: "reach", goal: "gone", removal: "stop_first" } as const;
    const power = { name: "power_on", mode: "reach", goal: "on" } as const;
    const deleting = accepted({ kind: "server.delete", resource: server, steps: [remove] });
    const starting = accepted({ kind: "server.start", resource: server, steps: [power] });
    expect(after(deleting, { type: "claimed" }, refusal("RESOURCE_NOT_FOUND")).operation.state).toBe(
      "succeeded",
    );
    expect(after(starting, { type: "claimed" }, refusal("RESOURCE_NOT_FOUND")).operation).toMatchObject({
      state: "failed",
      error: { code: "RESOURCE_NOT_FOUND" },
    });
  });

  it("a wrong state is looked at again", () => {
    const power = { name: "power_on", mode: "reach", goal: "on" } as const;
    const starting = accepted({ kind: "server.start", resource: server, steps: [power] });
    const { operation } = after(
      starting,
      { type: "claimed" },
      { type: "seen", observation: saw("off") },
      refusal("WRONG_STATE"),
    );
    expect(needOf(operation, seconds(60)).do).toBe("look");
    expect(
      after(
        starting,
        { type: "claimed" },
        { type: "seen", observation: saw("off") },
        refusal("WRONG_STATE"),
        { type: "seen", observation: saw("on") },
      ).operation.state,
    ).toBe("succeeded");
  });
});

describe("what is there already", () => {
  const power = { name: "power_off", mode: "reach", goal: "off" } as const;
  const stopping = accepted({ kind: "server.stop", resource: server, steps: [power] });

  it("succeeds without a call, and without an event about the server", () => {
    const change = after(stopping, { type: "claimed" }, { type: "seen", observation: saw("off") });
    expect(change.operation.state).toBe("succeeded");
    expect(types(change)).toEqual(["operation.accepted", "operation.started", "operation.succeeded"]);
  });

  it.each<readonly [action: string, goal: "on" | "off" | "standby" | "changed" | "gone", event: string]>([
    ["poweron", "on", "server.running"],
    ["poweroff", "off", "server.stopped"],
    ["stop_in_place", "standby", "server.stopped"],
    ["reboot", "changed", "server.rebooted"],
    ["terminate", "gone", "server.deleted"],
  ])("the action %s that was carried out says so: %s, %s", (_action, goal, event) => {
    const mode = goal === "changed" ? "once" : "reach";
    const acting = accepted({
      kind: "server.action",
      resource: server,
      steps: [{ name: "action", mode, goal }],
    });
    const end = goal === "changed" ? "on" : goal;
    const change = after(
      acting,
      { type: "claimed" },
      { type: "seen", observation: saw(goal === "on" ? "off" : "on") },
      answered({ resource: null }),
      { type: "seen", observation: saw("moving") },
      { type: "seen", observation: saw(end, { state: "the provider's word" }) },
    );
    expect(change.operation.state).toBe("succeeded");
    const told = change.operation.outbox.find(({ type }) => type === `switchyard.${event}`);
    expect(told?.data["state"]).toBe("the provider's word");
  });

  it("a stop that was asked for says so when it is done", () => {
    const change = after(
      stopping,
      { type: "claimed" },
      { type: "seen", observation: saw("on") },
      answered({ resource: null }),
      { type: "seen", observation: saw("off") },
    );
    expect(types(change)).toContain("server.stopped");
  });
});

describe("what was seen", () => {
  const booting = after(accepted(), { type: "claimed" }, answered()).operation;
  const step = (operation: Operation, ...facts: readonly Fact[]): Operation =>
    facts.reduce((current, fact) => transition(current, fact, seconds(5)).operation, operation);

  it.each(["on its way", "at rest"])("a new server seen %s and then not found is gone at once", (how) => {
    const phase = how === "at rest" ? "off" : "moving";
    const { state, error } = step(
      booting,
      { type: "seen", observation: saw(phase) },
      { type: "seen", observation: saw("gone") },
    );
    expect([state, error?.code]).toEqual(["failed", "RESOURCE_NOT_FOUND"]);
  });

  it("a new server that its action does not find after it was seen is gone at once", () => {
    const { state } = step(
      booting,
      { type: "seen", observation: saw("moving") },
      refusal("RESOURCE_NOT_FOUND"),
    );
    expect(state).toBe("failed");
  });

  it("a new server that a search has found and a look does not is waited for", () => {
    const doubted = step(after(accepted(), { type: "claimed" }).operation, {
      type: "doubted",
      reason: "reset",
      requestId: null,
    });
    const { state } = step(
      doubted,
      {
        type: "searched",
        matches: [{ resource: server, createdAt: "2026-11-02T08:00:01Z", observation: saw("off") }],
      },
      { type: "seen", observation: saw("gone") },
    );
    expect(state).toBe("following");
  });

  const task = { id: "task-1", status: "started", progress: 30 };
  it.each<readonly [sentence: string, evidence: string, seen: Observation]>([
    ["a state is told in the provider's word", "seen: starting", saw("moving", { state: "starting" })],
    [
      "with its detail",
      "seen: starting (allocating node)",
      saw("moving", { state: "starting", detail: "allocating node" }),
    ],
    [
      "a task alone is told as a task",
      "seen: task task-1 started at 30 %",
      saw("moving", { state: null, task }),
    ],
    [
      "a task without a count of its progress too",
      "seen: task task-1 started",
      saw("moving", { state: null, task: { ...task, progress: null } }),
    ],
    [
      "a state and a task are both told",
      "seen: odd, task task-1 started at 30 %",
      saw("unknown", { state: "odd", task }),
    ],
    ["nothing is told as nothing", "seen: nothing that says how it stands", saw("unknown", { state: null })],
  ])("in evidence %s: %s", (_sentence, evidence, observation) => {
    const late = transition(booting, { type: "seen", observation }, seconds(9999)).operation;
    expect(late).toMatchObject({ state: "needs_attention", error: { code: "DEADLINE_PASSED" } });
    expect(late.error?.evidence?.at(-1)?.what).toBe(evidence);
  });

  it("in evidence gone is said of what does not exist", () => {
    const hasty = after(accepted({ deadlineSeconds: 1 }), { type: "claimed" }, answered()).operation;
    const late = transition(hasty, { type: "seen", observation: saw("gone") }, seconds(9)).operation;
    expect(late.state).toBe("needs_attention");
    expect(late.error?.evidence?.at(-1)?.what).toBe("seen: gone");
  });
});

describe("whatever changes something", () => {
  it("is saved as an intent before it is sent, so that of two workers only one sends it", () => {
    const power = { name: "power_off", mode: "reach", goal: "off" } as const;
    const stopping = accepted({ kind: "server.stop", resource: server, steps: [power] });
    const change = after(stopping, { type: "claimed" }, { type: "seen", observation: saw("on") });
    expect(change).toMatchObject({ save: true, next: { do: "send", what: "power_off" } });
    expect(change.operation).toMatchObject({ state: "following", call: { what: "power_off" } });
  });
});

describe("cancel and resolve", () => {
  it("cancels what has not begun", () => {
    const change = after(accepted(), { type: "cancel_requested" });
    expect(change.operation.state).toBe("cancelled");
    expect(types(change)).toEqual(["operation.accepted", "operation.cancelled"]);
  });

  it("is too late once the first call may have begun", () => {
    expect(after(accepted(), { type: "claimed" }, { type: "cancel_requested" }).operation.state).toBe(
      "starting",
    );
  });

  const stuck = after(accepted(), { type: "claimed" }, { type: "deadline_passed", why: "no end" }).operation;
  const resolve = (as: "adopt" | "abandon" | "retry", resourceId: string | null = null): Change =>
    transition(stuck, { type: "resolve_requested", as, resourceId }, seconds(9999));

  it("adopts the server that a person names and goes on with it", () => {
    expect(resolve("adopt", "srv-7")).toMatchObject({
      next: { do: "look" },
      operation: { state: "following", resource: { id: "srv-7" } },
    });
  });

  describe("whose end is then seen tells of the server as ever", () => {
    const power = { name: "power_on", mode: "reach", goal: "on" } as const;
    const ask = (kind: "server.start" | "server.action", steps: Parameters<typeof begin>[0]["steps"]) =>
      accepted({ kind, resource: server, steps });
    const adopted = (operation: Operation, facts: readonly Fact[], end: Phase): string[] => {
      const late = after(operation, { type: "claimed" }, ...facts, {
        type: "deadline_passed",
        why: "no end",
      });
      const open = transition(
        late.operation,
        { type: "resolve_requested", as: "adopt", resourceId: null },
        seconds(9999),
      );
      return types(transition(open.operation, { type: "seen", observation: saw(end) }, seconds(10_000)));
    };
    const off: Fact = { type: "seen", observation: saw("off") };
    const on: Fact = { type: "seen", observation: saw("on") };
    const yes = answered({ resource: null });

    it("a start", () => {
      expect(adopted(ask("server.start", [power]), [off, yes], "on")).toContain("server.running");
    });

    it("a start that never asked for anything tells nothing of it", () => {
      expect(adopted(ask("server.start", [power]), [], "on")).not.toContain("server.running");
    });

    it("a create whose server is on its way up", () => {
      expect(
        adopted(accepted(), [answered(), yes], "on").filter((type) => type === "server.running"),
      ).toHaveLength(1);
    });

    it("a stop in place, which ends in standby", () => {
      const standby = { name: "action", mode: "reach", goal: "standby" } as const;
      expect(adopted(ask("server.action", [standby]), [on, yes], "standby")).toContain("server.stopped");
    });

    it("a reboot that is only said to have happened is not told", () => {
      const reboot = { name: "reboot", mode: "once", goal: "changed" } as const;
      const rebooting = ask("server.action", [reboot]);
      const said = adopted(rebooting, [on, yes], "on");
      expect(said.filter((type) => type.startsWith("server."))).toEqual([]);
    });
  });

  it("a create that is given a running server tells that it runs", () => {
    const open = resolve("adopt", "srv-7").operation;
    const owned = transition(open, { type: "seen", observation: saw("on") }, seconds(9999)).operation;
    const end = transition(owned, { type: "seen", observation: saw("on") }, seconds(9999));
    expect(end.operation.state).toBe("succeeded");
    expect(types(end)).toEqual(expect.arrayContaining(["server.created", "server.running"]));
  });

  it("tries again only after searching anew", () => {
    const { operation } = resolve("retry");
    expect(operation).toMatchObject({ state: "starting", ended_at: null, error: null });
    expect(needOf(operation, seconds(10_005)).do).toBe("search");
  });

  it("abandons by failing", () => {
    expect(resolve("abandon").operation).toMatchObject({ state: "failed", error: { code: "ABANDONED" } });
  });

  it("resolves nothing that needs no attention", () => {
    const ended = after(accepted(), { type: "cancel_requested" }).operation;
    expect(
      transition(ended, { type: "resolve_requested", as: "retry", resourceId: null }, seconds(5)).operation,
    ).toBe(ended);
  });
});

describe("whatever happens", () => {
  const phase = fc.constantFrom<Phase>(
    "on",
    "off",
    "standby",
    "moving",
    "locked",
    "failed",
    "gone",
    "unknown",
  );
  const fact: fc.Arbitrary<Fact> = fc.oneof(
    fc.constant<Fact>({ type: "claimed" }),
    fc.constant<Fact>({ type: "intended" }),
    phase.map((seen): Fact => ({ type: "seen", observation: saw(seen) })),
    fc.boolean().map((known) => answered({ resource: known ? server : null })),
    fc
      .constantFrom("RATE_LIMITED", "WRONG_STATE", "OUT_OF_STOCK", "RESOURCE_NOT_FOUND", "UNAVAILABLE")
      .map(refusal),
    fc.constant<Fact>({ type: "doubted", reason: "reset", requestId: null }),
    phase.map((seen): Fact => ({
      type: "searched",
      matches:
        seen === "on"
          ? [{ resource: server, createdAt: "2026-11-02T08:00:01Z", observation: saw("off") }]
          : [],
    })),
    fc.constant<Fact>({ type: "cancel_requested" }),
    fc
      .constantFrom("adopt" as const, "abandon" as const, "retry" as const)
      .map((as): Fact => ({ type: "resolve_requested", as, resourceId: "srv-1" })),
  );
  const plans = fc.constantFrom(
    accepted(),
    accepted({ steps: configuredSteps }),
    accepted({
      kind: "server.stop",
      resource: server,
      steps: [{ name: "power_off", mode: "reach", goal: "off" }],
    }),
    accepted({
      kind: "server.reboot",
      resource: server,
      steps: [{ name: "reboot", mode: "once", goal: "changed" }],
    }),
    accepted({
      kind: "server.delete",
      resource: server,
      steps: [
        { name: "remove", mode: "reach", goal: "gone", removal: "terminate" },
        { name: "remove_volumes", mode: "repeat", goal: "gone" },
      ],
    }),
  );
  const histories = fc.array(fc.tuple(fact, fc.integer({ min: 0, max: 60_000 })), { maxLength: 40 });

  it("rows stay valid, ended operations never move, sequences only grow, each event once", () => {
    fc.assert(
      fc.property(plans, histories, (operation, history) => {
        let current = operation;
        let now = start;
        for (const [what, later] of history) {
          now += later;
          const { operation: next } = transition(current, what, now);
          if (isDone(current) && current.state !== "needs_attention") expect(next).toBe(current);
          expect(next.sequence).toBeGreaterThanOrEqual(current.sequence);
          expect(next.event_count).toBeGreaterThanOrEqual(current.event_count);
          current = next;
        }
        operationSchema.parse(current);
        expect(new Set(current.outbox.map(({ id }) => id)).size).toBe(current.outbox.length);
        for (const events of Map.groupBy(current.outbox, ({ subject }) => subject).values()) {
          expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
        }
        expect(isDone(current) || dueAt(current) !== null).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("a create is only ever sent with a saved intent, and never while one is in doubt", () => {
    fc.assert(
      fc.property(histories, (history) => {
        let current = accepted();
        let now = start;
        for (const [what, later] of history) {
          now += later;
          const change = transition(current, what, now);
          if (change.next.do === "send" && change.next.what === "create") {
            expect(change.save).toBe(true);
            expect(current.doubt).toBeNull();
            expect(current.call).toBeNull();
          }
          current = change.operation;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
