import { describe, expect, it } from "vitest";
import { begin } from "../../lib/operation/begin.ts";
import { bounds, usuallyAssumed } from "../../lib/operation/bounds.ts";
import type { JsonObject } from "../../lib/operation/json.ts";
import type { Fact } from "../../lib/operation/fact.ts";
import type { Change } from "../../lib/operation/forward.ts";
import { goneObservation } from "../../lib/operation/observation.ts";
import { operationSchema, type Operation } from "../../lib/operation/operation.ts";
import { needOf } from "../../lib/operation/resume.ts";
import { transition } from "../../lib/operation/transition.ts";
import { viewOf } from "../../lib/operation/view.ts";

const start = Date.parse("2026-11-02T08:00:00.000Z");
const fallback = [{ type: "DEV1-M" }, { zone: "nl-ams-1" }];
const create = { name: "create", mode: "once", goal: "answered" } as const;
const powerOn = { name: "power_on", mode: "reach", goal: "on" } as const;

const request = (input: JsonObject, more: Partial<Parameters<typeof begin>[0]> = {}): Operation =>
  begin(
    {
      id: "op_00000000000000000000000001",
      fingerprint: "f",
      kind: "server.create",
      connection: "paris",
      input: { name: "web-1", type: "DEV1-S", ...input },
      resource: null,
      steps: [create, powerOn],
      deadlineSeconds: null,
      isMarked: true,
      graceSeconds: bounds.grace,
      assumed: usuallyAssumed,
      ...more,
    },
    start,
  );
const claimed: Fact = { type: "claimed" };
const intended: Fact = { type: "intended" };
const refusal = (code: string): Fact => ({
  type: "refused",
  code,
  detail: `the provider said ${code}.`,
  provider: { status: 503, request_id: "r-1" },
  retryAfterSeconds: null,
});
const made: Fact = {
  type: "answered",
  resource: { type: "server", id: "nl-ams-1/7" },
  task: null,
  observation: null,
  requestId: null,
  mayGoOn: true,
};
const after = (operation: Operation, ...facts: readonly Fact[]): Change => {
  let change: Change = { operation, save: false, next: { do: "wait" }, why: "" };
  for (const fact of facts) change = transition(change.operation, fact, start + 1000);
  return change;
};

describe("an operation whose input names alternatives", () => {
  it.each(["OUT_OF_STOCK", "QUOTA_EXCEEDED"])(
    "tries the next one after %s, under an intent of its own",
    (code) => {
      const { operation, next, save } = after(request({ fallback }), claimed, refusal(code));
      expect(operation).toMatchObject({ state: "starting", choice: 1, call: null, doubt: null });
      expect(operation.evidence).toMatchObject([
        { what: `the provider said ${code}. Choice 1 is tried.`, request_id: "r-1" },
      ]);
      expect([next, save]).toEqual([{ do: "intend" }, true]);
      const sent = after(operation, intended);
      expect(sent.operation.call).toMatchObject({ what: "create", attempt: 1, outcome: "intended" });
      expect(sent.next).toEqual({ do: "send", what: "create" });
    },
  );

  it("goes on where it was when its worker died between the two", () => {
    const { operation } = after(request({ fallback }), claimed, refusal("OUT_OF_STOCK"));
    const loaded = operationSchema.parse(JSON.parse(JSON.stringify(operation)));
    expect(needOf(loaded, start + 60_000)).toEqual({ do: "intend" });
    expect(loaded.choice).toBe(1);
  });

  it("fails with the last refusal when none is left", () => {
    const no = refusal("OUT_OF_STOCK");
    const { operation } = after(request({ fallback }), claimed, no, intended, no, intended, no);
    expect(operation).toMatchObject({ state: "failed", choice: 2, error: { code: "OUT_OF_STOCK" } });
    expect(operation.error?.evidence).toHaveLength(2);
  });

  it.each(["INVALID_INPUT", "PAYMENT_REQUIRED", "PROVIDER_REFUSED", "ALREADY_EXISTS"])(
    "does not try another after %s, which would meet it as well",
    (code) => {
      const { operation } = after(request({ fallback }), claimed, refusal(code));
      expect(operation).toMatchObject({ state: "failed", choice: 0, error: { code } });
    },
  );

  it.each([
    ["a doubt", { type: "doubted", reason: "reset", requestId: null }],
    ["a rate limit", refusal("RATE_LIMITED")],
    ["a call that was not sent", refusal("UNAVAILABLE")],
  ] as const)("keeps its choice after %s", (_what, fact) => {
    expect(after(request({ fallback }), claimed, fact).operation).toMatchObject({
      state: "starting",
      choice: 0,
    });
  });

  it("keeps the same choice through a doubt and the search that settles it", () => {
    const doubted = after(request({ fallback }), claimed, refusal("OUT_OF_STOCK"), intended, {
      type: "doubted",
      reason: "reset",
      requestId: null,
    });
    const observation = { ...goneObservation(null), phase: "off" as const, state: "stopped" };
    const found = after(doubted.operation, {
      type: "searched",
      matches: [{ resource: { type: "server", id: "7" }, createdAt: "", observation }],
    });
    expect(found.operation).toMatchObject({ choice: 1, resource: { id: "7" } });
  });

  it("does not make another when the one that it made has no room to start in", () => {
    const { operation } = after(request({ fallback }), claimed, made, refusal("OUT_OF_STOCK"));
    expect(operation).toMatchObject({ state: "failed", choice: 0, resource: { id: "nl-ams-1/7" } });
  });

  it("shows which one was taken, and says nothing of choices where there are none", () => {
    const taken = after(
      request({ fallback }),
      claimed,
      refusal("OUT_OF_STOCK"),
      intended,
      refusal("QUOTA_EXCEEDED"),
    );
    expect(viewOf(taken.operation).choice).toEqual({ number: 2, zone: "nl-ams-1" });
    expect(viewOf(request({ fallback })).choice).toEqual({ number: 0 });
    expect(viewOf(request({}))).not.toHaveProperty("choice");
  });
});

describe("the addresses of a server that goes", () => {
  const steps = [
    { name: "remove", mode: "reach", goal: "gone", removal: "stop_first" },
    { name: "remove_addresses", mode: "repeat", goal: "answered" },
    { name: "remove_volumes", mode: "repeat", goal: "gone" },
  ] as const;
  const server = { type: "server", id: "7" };
  const removal = request(
    { with_public_ips: true },
    { kind: "server.delete", resource: server, steps: [...steps] },
  );
  const gone: Fact = { type: "seen", observation: goneObservation(null) };

  it("go once it is gone, and before its volumes", () => {
    const { operation, next } = after(removal, claimed, gone);
    expect(next).toEqual({ do: "send", what: "apply" });
    expect(operation.steps.map(({ state }) => state)).toEqual(["done", "running", "pending"]);
    expect(after(operation, { ...made, resource: null }).operation.state).toBe("succeeded");
  });

  it("are asked for again after a doubt, by whoever comes", () => {
    const { operation } = after(removal, claimed, gone, {
      type: "doubted",
      reason: "reset",
      requestId: null,
    });
    expect(operation.doubted_creates).toBe(0);
    expect(needOf(operation, start + 60_000)).toEqual({ do: "send", what: "apply" });
  });
});
