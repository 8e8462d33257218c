import { describe, expect, it } from "vitest";
import type { JobRecord } from "../simulation/bulk/ledger.ts";
import { hasEnded, VirtualBulk } from "./virtual-bulk.ts";

const namesOf = (label: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${label}-${at}`);

/** Labels of the jobs in the order in which their items were begun. */
const begunBy = (jobs: readonly JobRecord[]): readonly string[] =>
  jobs
    .flatMap(({ label, walks }) =>
      (walks.at(-1)?.items ?? []).map(({ started_at: at }) => ({ label, at: at ?? "" })),
    )
    .toSorted((one, other) => (one.at < other.at ? -1 : 1))
    .map(({ label }) => label);

const countOf = (labels: readonly string[], wanted: string): number =>
  labels.filter((label) => label === wanted).length;

describe("two jobs at one connection", () => {
  it("begin items by their priorities", async () => {
    const bulk = new VirtualBulk({ rate_per_second: 10 });
    const [high, low] = [
      bulk.submit("high", namesOf("high", 120), { priority: 8 }),
      bulk.submit("low", namesOf("low", 120), { priority: 2 }),
    ];
    await bulk.until(hasEnded);
    // While both wait, four of five.
    const first = begunBy([high, low]).slice(0, 100);
    expect(countOf(first, "high")).toBeGreaterThan(70);
    expect(countOf(first, "low")).toBeGreaterThan(12);
    expect([high, low].map(({ last }) => last?.counts.succeeded)).toEqual([120, 120]);
  });

  it("rise the longer they wait: at a slow connection the lowest has more than its share", async () => {
    const bulk = new VirtualBulk({ rate_per_second: 0.5 });
    const [high, low] = [
      bulk.submit("high", namesOf("high", 60), { priority: 10 }),
      bulk.submit("low", namesOf("low", 60), { priority: 1 }),
    ];
    await bulk.until(hasEnded);
    const first = begunBy([high, low]).slice(0, 55);
    // One of eleven by priority alone, which is five; ten seconds are worth a priority higher by one.
    expect(countOf(first, "low")).toBeGreaterThanOrEqual(8);
    expect(countOf(first, "high")).toBeGreaterThan(countOf(first, "low"));
  });

  it("of which one is small and comes late does not wait for the other one's end", async () => {
    const bulk = new VirtualBulk({ rate_per_second: 10 });
    const large = bulk.submit("large", namesOf("large", 300));
    await bulk.until(({ last }) => (last?.counts.succeeded ?? 0) > 20);
    const small = bulk.submit("small", namesOf("small", 5));
    await bulk.until((record) => record.label === "large" || hasEnded(record));
    expect(small.last).toMatchObject({ state: "completed", counts: { succeeded: 5 } });
    expect(large.last?.counts.pending).toBeGreaterThan(150);
  });
});
