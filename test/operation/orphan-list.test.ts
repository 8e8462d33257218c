import { describe, expect, it } from "vitest";
import type { Marked } from "../../lib/operation/marked.ts";
import {
  afterSights,
  noOrphans,
  withoutSaid,
  type OrphanList,
  type Sight,
} from "../../lib/operation/orphan-list.ts";
import type { Judgement } from "../../lib/operation/orphan.ts";

/** What a row of the table takes. */
const rowBytes = 400 * 1024;
const start = Date.parse("2026-11-02T08:00:00.000Z");
const longName = "ü".repeat(255);

const thingOf = (number: number): Marked => ({
  resource: { type: "server", id: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}` },
  name: longName,
  tags: [],
  createdAt: "2026-11-02T07:00:00.000000+00:00",
  phase: "on",
  state: "running",
  isProtected: false,
  usedBy: null,
  volumes: [],
});
const noOwner: Judgement = {
  is: "orphan",
  reason: "extra",
  why: `operation op_${"0".repeat(26)} has 00000000-0000-4000-8000-ffffffffffff, not this one`,
  heldBack: "it is running, and only what is off is deleted",
};
const found = { is: "owned", why: "another operation works on it, or has" } as const;
const sightOf = (number: number, judgement: Judgement): Sight => {
  const thing = thingOf(number);
  return { resource: thing.resource, thing, judgement, by: `op_${"0".repeat(26)}` };
};
const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);
const bytesOf = (list: OrphanList) => Buffer.byteLength(JSON.stringify(list));

/** Sweeps five minutes apart, each of which publishes what it has said. */
const swept = (before: OrphanList, sights: readonly Sight[], from: number, count: number) => {
  let list = before;
  let largest = 0;
  const said: string[] = [];
  for (const sweep of numbers(from, count)) {
    const now = start + sweep * 300_000;
    list = afterSights(list, sights, { connection: "paris", now, patienceSeconds: () => 240 });
    largest = Math.max(largest, bytesOf(list));
    said.push(...list.outbox.map(({ type, subject }) => `${type} ${subject}`));
    list = withoutSaid(
      list,
      list.outbox.map(({ id }) => id),
    );
  }
  return { list, largest, said };
};

describe("the orphans of a connection", () => {
  it("stay within one row of the table, however many come and go; each is said, if later", () => {
    const orphans = numbers(0, 200).map((number) => sightOf(number, noOwner));
    const owned = numbers(0, 200).map((number) => sightOf(number, found));
    const others = numbers(500, 250).map((number) => sightOf(number, noOwner));
    const first = swept(noOrphans, orphans, 0, 6);
    const second = swept(first.list, owned, 6, 5);
    const third = swept(second.list, others, 11, 6);
    expect(new Set(first.said).size).toBe(200);
    expect(first.said.every((one) => one.startsWith("switchyard.orphan.found "))).toBe(true);
    expect(new Set(second.said).size).toBe(200);
    expect(second.list.orphans).toEqual([]);
    expect(third.list.orphans).toHaveLength(200);
    // What deletions add to it (what they plan, and what they say) is not in this.
    for (const { largest } of [first, second, third]) expect(largest).toBeLessThan(rowBytes * 0.6);
  });

  it("cut a long name without breaking a letter in two", () => {
    const sight = sightOf(1, noOwner);
    if (sight.thing === null) throw new Error("a thing was expected");
    const named: Sight = { ...sight, thing: { ...sight.thing, name: `a${"😀".repeat(120)}` } };
    const [orphan] = swept(noOrphans, [named], 0, 1).list.orphans;
    expect(orphan?.name?.length).toBeLessThanOrEqual(100);
    expect(orphan?.name?.isWellFormed()).toBe(true);
  });
});
