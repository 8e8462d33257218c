import { describe, expect, it } from "vitest";
import { begin } from "../../lib/operation/begin.ts";
import { usuallyAssumed } from "../../lib/operation/bounds.ts";
import { viewOf, type OperationView } from "../../lib/operation/view.ts";
import { check } from "./checker.ts";
import type { Entry, Fact, History } from "./history.ts";
import { virtualStart } from "./world.ts";

const start = virtualStart;
const id = "op_1";
const at = (seconds: number, fact: Fact): Entry => ({ ...fact, at: start + seconds * 1000 });

const view = (change: Partial<OperationView> = {}): OperationView => {
  const operation = begin(
    {
      id,
      fingerprint: "f",
      kind: "server.create",
      connection: "paris",
      input: {},
      resource: null,
      steps: [{ name: "power_on", mode: "reach", goal: "on" }],
      deadlineSeconds: null,
      assumed: usuallyAssumed,
    },
    start,
  );
  return {
    ...viewOf(operation),
    state: "succeeded",
    done: true,
    ended_at: new Date(start + 9000).toISOString(),
    resource: { type: "server", id: "s1" },
    ...change,
  };
};

const said = (
  seconds: number,
  count: number,
  type: string,
  more: Partial<Extract<Fact, { what: "published" }>> = {},
) =>
  at(seconds, {
    what: "published",
    id: `evt_${id}_${count}`,
    type: `switchyard.${type}`,
    subject: id,
    sequence: count,
    operation: id,
    bytes: `bytes ${count}`,
    ...more,
  });

const accepted = (operation: string): Entry =>
  at(0, { what: "accepted", key: "k", body: "b", kind: "server.create", operation, server: null });
const asked = accepted(id);
const shown = (change: Partial<OperationView> = {}): Entry => at(20, { what: "shown", view: view(change) });
const good: readonly Entry[] = [
  asked,
  at(1, { what: "created", server: "s1", by: id }),
  at(2, { what: "booted", server: "s1" }),
  at(3, { what: "state", server: "s1", state: "running" }),
  said(4, 1, "operation.accepted"),
  said(9, 2, "operation.succeeded"),
  shown(),
];

const facts: History["facts"] = {
  boundsKept: true,
  ratePerSecond: 10,
  faultsEnd: start,
  stalls: false,
  quiet: false,
  onlyRepliesLost: false,
  onlyDeaths: false,
  orphans: null,
  endedAt: start,
};
const history = (entries: readonly Entry[], change: Partial<History> = {}): History => ({
  entries,
  servers: [{ id: "s1", by: id, state: "running", tags: [], settledAt: start }],
  volumes: [],
  facts,
  ...change,
});
const without = (what: Fact["what"]): readonly Entry[] => good.filter((entry) => entry.what !== what);
const brokenBy = (entries: readonly Entry[], change: Partial<History> = {}): readonly string[] => [
  ...new Set(check(history(entries, change)).map(({ invariant }) => invariant)),
];

describe("the checker", () => {
  it("finds nothing in a history in which all is well", () => {
    expect(check(history(good))).toEqual([]);
  });

  const late = { ended_at: new Date(start + 4_000_000).toISOString() };
  const planted: readonly (readonly [string, string, readonly Entry[]])[] = [
    ["a second server", "I1", [...good, at(5, { what: "created", server: "s2", by: id })]],
    [
      "a failed create whose server lives on unnamed",
      "I1",
      [
        ...good.slice(0, 5),
        said(9, 2, "operation.failed"),
        shown({ state: "failed", resource: null, error: problem() }),
      ],
    ],
    ["a request that nobody knows", "I2", without("shown")],
    [
      "a request without an end",
      "I2",
      [...without("shown"), shown({ state: "following", done: false, ended_at: null })],
    ],
    ["an end that comes far too late", "I2", [...without("shown"), shown(late)]],
    [
      "a second server that is switched on",
      "I3",
      [...good, at(5, { what: "created", server: "s2", by: id }), at(6, { what: "booted", server: "s2" })],
    ],
    ["a reboot that nobody asked for", "I3", [...good, at(5, { what: "rebooted", server: "s1" })]],
    ["an end that nobody was told of", "I4", good.filter((entry) => entry !== good[5])],
    ["an event that was left out", "I4", good.filter((entry) => entry !== good[4])],
    ["two copies that differ", "I4", [...good, said(10, 2, "operation.succeeded", { bytes: "others" })]],
    ["two ends", "I4", [...good, said(10, 3, "operation.failed")]],
    ["a success that was none", "I5", good.filter((entry) => entry.what !== "state")],
    [
      "an event before its fact",
      "I5",
      [...good, said(0.5, 3, "server.created", { subject: "paris/server/s1", sequence: 1 })],
    ],
    ["two events in one place", "I6", [...good, said(10, 3, "operation.started", { sequence: 2 })]],
    [
      "more calls than the rate allows",
      "I10",
      [
        ...good,
        ...Array.from({ length: 60 }, () => at(6, { what: "sent", connection: "paris", call: "look" })),
      ],
    ],
    ["two operations for one key", "I12", [...good, accepted("op_2")]],
    [
      "work that is under way at the end of an invocation",
      "I14",
      [...good, at(6, { what: "invocation over", name: "api", pending: 1 })],
    ],
    [
      "an invocation that takes too long by itself",
      "I14",
      [...good, at(6, { what: "invocation overdue", name: "api", stalled: false })],
    ],
    [
      "a rate limit that fails a request",
      "I16",
      [
        ...good.slice(0, 1),
        said(4, 1, "operation.accepted"),
        said(9, 2, "operation.failed"),
        shown({ state: "failed", resource: null, error: problem("RATE_LIMITED") }),
      ],
    ],
  ];

  it.each(planted)("finds %s (%s)", (_, invariant, entries) => {
    expect(brokenBy(entries)).toContain(invariant);
  });

  it("does not blame us for what a person did at the provider", () => {
    const entries = [
      ...good,
      at(5, { what: "deleted", server: "s1", who: "human" }),
      at(6, { what: "created", server: "s2", by: id }),
    ];
    expect(brokenBy(entries)).toEqual([]);
  });
});

function problem(code = "QUOTA_EXCEEDED"): OperationView["error"] {
  return { type: "t", title: "t", status: 422, detail: "no", code };
}
