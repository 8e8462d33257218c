import { describe, expect, it } from "vitest";
import type { Marked } from "../../lib/operation/marked.ts";
import type { Sight } from "../../lib/operation/orphan-list.ts";
import { mostOthers, othersAfter } from "../../lib/operation/orphan-others.ts";

const now = Date.parse("2026-11-02T08:00:00.000Z");
const thing = (id: string): Marked => ({
  resource: { type: "server", id },
  name: `name of ${id}`,
  tags: [],
  createdAt: "2026-01-01T00:00:00.000Z",
  phase: "on",
  state: "running",
  isProtected: false,
  usedBy: null,
  volumes: [],
});
const sight = (
  id: string,
  is: "kept" | "unknown_owner" | "owned" | "waits",
  by: string | null = "op_1",
): Sight => ({
  resource: { type: "server", id },
  thing: thing(id),
  by,
  judgement: { is, why: `because it is ${is}` },
});
const servers = new Set(["server"]);

describe("what a sweep leaves alone", () => {
  it("is told with its state, its operation and the reason, and since when", () => {
    const [kept] = othersAfter([], [sight("a", "kept")], servers, now);
    expect(kept).toEqual({
      type: "server",
      id: "a",
      name: "name of a",
      operation_id: "op_1",
      state: "kept",
      detail: "because it is kept",
      created_at: "2026-01-01T00:00:00.000Z",
      first_seen_at: "2026-11-02T08:00:00.000Z",
    });
    expect(othersAfter(kept === undefined ? [] : [kept], [sight("a", "kept")], servers, now + 1000)).toEqual([
      kept,
    ]);
  });

  it.each([
    ["is owned", sight("a", "owned")],
    ["waits for its operation", sight("a", "waits")],
    ["names nobody beyond doubt", sight("a", "kept", null)],
    ["is gone", { resource: { type: "server", id: "a" }, thing: null } satisfies Sight],
  ])("holds nothing that %s, even if it did before", (_why, seen) => {
    const before = othersAfter([], [sight("a", "kept")], servers, now);
    expect(othersAfter(before, [seen], servers, now)).toEqual([]);
  });

  it("forgets what a whole list does not show any more, and keeps what could not be listed", () => {
    const before = othersAfter([], [sight("a", "unknown_owner")], servers, now);
    expect(othersAfter(before, [], servers, now)).toEqual([]);
    expect(othersAfter(before, [], new Set(["volume"]), now)).toEqual(before);
  });

  it("is no more than a row can hold, those that are kept first", () => {
    const many = Array.from({ length: mostOthers + 20 }, (_, index) => sight(`s-${index}`, "unknown_owner"));
    const others = othersAfter([], [...many, sight("z", "kept")], servers, now);
    expect(others).toHaveLength(mostOthers);
    expect(others[0]).toMatchObject({ id: "z", state: "kept" });
  });
});
