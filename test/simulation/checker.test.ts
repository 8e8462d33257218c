import { describe, expect, it } from "vitest";
import {
  accepted,
  at,
  brokenBy,
  facts,
  good,
  history,
  id,
  problem,
  said,
  shown,
  start,
  without,
} from "./checked-history.ts";
import { check, type Of } from "./checker.ts";
import type { Entry, History } from "./history.ts";

const swept = (tags: readonly string[], change: Partial<Of<"sweeper deletes">> = {}): Entry =>
  at(900, {
    what: "sweeper deletes",
    type: "server",
    id: "s9",
    tags,
    home: null,
    cameAlong: false,
    invocation: 1,
    ...change,
  });
const byHand = (seconds: number, server: string): Entry => at(seconds, { what: "made by hand", server });
const extra = byHand(5, "s9");
const volume = { type: "volume", cameAlong: true } as const;
const ours = [`swy:op=${id}`, "swy:dep=sim"];
const deleting: Partial<History> = {
  facts: { ...facts, orphans: { delete: true, most_per_run: 1 }, endedAt: start + 4_000_000 },
};
const standing = (tags: readonly string[]): History["servers"] => [
  { id: "s1", by: id, state: "running", tags: [], settledAt: start },
  { id: "s9", by: null, state: "stopped", tags, settledAt: start },
];

describe("the checker of what the sweeper does", () => {
  it("finds nothing wrong with the deletion of an extra server", () => {
    expect(brokenBy([...good, extra, swept(ours)], deleting)).toEqual([]);
  });

  const wrong: readonly (readonly [string, string, readonly Entry[], Partial<History>])[] = [
    ["a deletion where only reports are asked for", "I8", [extra, swept(ours)], { facts }],
    ["one of a kept server", "I8", [extra, swept([...ours, "keep"])], {}],
    ["one of an unmarked server", "I8", [extra, swept(["web"])], {}],
    ["one of another installation's", "I8", [extra, swept([ours[0] ?? "", "swy:dep=other"])], {}],
    ["one of the adopted server", "I8", [extra, swept(ours, { id: "s1" })], {}],
    ["one that comes too soon", "I8", [byHand(700, "s9"), swept(ours)], {}],
    ["two in one sweep", "I8", [extra, swept(ours), byHand(5, "s8"), swept(ours, { id: "s8" })], {}],
    ["one of a volume of a server that stands", "I8", [swept([], { ...volume, home: "s1" })], {}],
    [
      "one of a volume that came later",
      "I8",
      [extra, swept(ours), swept([], { type: "volume", home: "s9" })],
      {},
    ],
    ["an extra that nobody is told of", "I7", [extra], { servers: standing(ours) }],
  ];
  it.each(wrong)("sees %s (%s)", (_what, invariant, entries, change) => {
    expect(brokenBy([...good, ...entries], { ...deleting, ...change })).toContain(invariant);
  });

  it("lets a kept extra stand", () => {
    expect(brokenBy([...good, extra], { ...deleting, servers: standing([...ours, "keep"]) })).toEqual([]);
  });
});

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
