import { describe, expect, it } from "vitest";
import type { DialectName } from "../../lib/connection.ts";
import { at, brokenBy, facts, good, id, problem, said, shown } from "./checked-history.ts";
import type { Entry } from "./history.ts";

describe("the checker of what differs between dialects", () => {
  const applying = (input: object, resource = "box"): Entry =>
    at(0, {
      what: "accepted",
      key: "k",
      body: JSON.stringify({ resource: { type: "container", id: resource }, input }),
      kind: "object.create",
      operation: id,
      server: null,
    });
  const applied = (by: string | null): Entry =>
    at(3, { what: "applied", kind: "object.create", resource: "box", part: "a", by, isBuilt: true });
  const ofPart = (...entries: readonly Entry[]): readonly Entry[] => [
    applying({ object_id: "a", content: "k" }),
    ...entries,
    said(4, 1, "operation.accepted"),
  ];
  const succeeded = [
    said(9, 2, "operation.succeeded"),
    shown({ kind: "object.create", steps: [], resource: null }),
  ];
  const exists = [
    said(9, 2, "operation.failed"),
    shown({
      kind: "object.create",
      state: "failed",
      steps: [],
      resource: null,
      error: problem("ALREADY_EXISTS"),
    }),
  ];
  const built = [{ name: "build", state: "done" as const, started_at: null, ended_at: null }];
  const inDialects: readonly (readonly [string, string, DialectName, readonly Entry[]])[] = [
    [
      "a second create without a marker",
      "I1",
      "convoy-v0",
      [
        at(0, {
          what: "accepted",
          key: "k",
          body: JSON.stringify({ resource: null, input: { name: "n".repeat(32) } }),
          kind: "server.create",
          operation: id,
          server: null,
        }),
        at(1, { what: "create left", by: id }),
        at(2, { what: "create left", by: id }),
        ...good.slice(1),
      ],
    ],
    [
      "two containers of one request",
      "I1",
      "scaleway-v1",
      [
        ...good,
        ...["c1", "c2"].map((thing) =>
          at(2, { what: "made", type: "container", id: thing, by: id } as const),
        ),
      ],
    ],
    [
      "settings that are changed during a build",
      "I17",
      "convoy-v0",
      [
        ...good,
        at(5, {
          what: "applied",
          kind: "specifications.update",
          resource: "s1",
          part: null,
          by: null,
          isBuilt: false,
        }),
      ],
    ],
    [
      "a build that is called over and is not",
      "I5",
      "convoy-v4",
      [...good.filter(({ what }) => what !== "state" && what !== "shown"), shown({ steps: built })],
    ],
    ["an object that was never made", "I5", "scaleway-v1", ofPart(...succeeded)],
    ["an object that somebody else has made", "I5", "scaleway-v1", ofPart(applied("op_2"), ...succeeded)],
    ["a failure because of what it has made itself", "I5", "scaleway-v1", ofPart(applied(id), ...exists)],
  ];
  it.each(inDialects)("finds %s (%s) at %s", (_, invariant, dialect, entries) => {
    expect(brokenBy(entries, { facts: { ...facts, dialect } })).toContain(invariant);
  });

  it.each([
    ["an object that it has made", ofPart(applied(id), ...succeeded)],
    [
      "one of which it can't be told who made it",
      ofPart(at(2, { what: "apply in doubt", by: id }), ...succeeded),
    ],
    ["a failure because of what somebody else has made", ofPart(applied("op_2"), ...exists)],
  ])("finds nothing wrong with %s", (_, entries) => {
    const dialect = "scaleway-v1";
    expect(brokenBy(entries, { facts: { ...facts, dialect }, servers: [] })).toEqual([]);
  });
});
