import { describe, expect, test } from "vitest";
import { percentile, summaryLines } from "../../local/demo.ts";
import type { DemoOperation } from "../../local/demo-api.ts";
import { barLine, createProgress, plainLine, tallyOf } from "../../local/demo-progress.ts";

const operation = (number: number, more: Partial<DemoOperation> = {}): DemoOperation => ({
  id: `op_${number}`,
  state: "succeeded",
  done: true,
  resource: { id: `server-${number}` },
  error: null,
  created_at: "2026-11-21T10:00:00.000Z",
  ended_at: `2026-11-21T10:00:0${number}.000Z`,
  ...more,
});
const server = (number: number, state = "running", id = `server-${number}`) => ({
  id,
  state,
  tags: ["env=demo", `swy:op=op_${number}`],
});

describe("the summary", () => {
  test("says what was counted", () => {
    const operations = [1, 2, 3, 4].map((number) => operation(number));
    const servers = [1, 2, 3, 4].map((number) => server(number));
    expect(summaryLines({ operations, servers, calls: 17, events: 20, replayed: 0 })).toEqual([
      "  ✔ 4/4 running in 4.0 s, p50 2.0 s, p95 4.0 s",
      "  17 provider calls in this run, 0 servers doubled, 20 events",
    ]);
  });

  test("does not believe an operation whose server is not running at the provider", () => {
    const operations = [operation(1), operation(2)];
    const [first] = summaryLines({
      operations,
      servers: [server(1), server(2, "stopped")],
      calls: 0,
      events: 0,
      replayed: 0,
    });
    expect(first).toContain("1/2 running");
  });

  test("counts servers beyond one for each operation", () => {
    const counted = { operations: [operation(1)], calls: 0, events: 0, replayed: 0 };
    const servers = [server(1), server(1, "stopped", "another"), server(9, "running", "not ours")];
    expect(summaryLines({ ...counted, servers })[1]).toContain("1 servers doubled");
  });

  test("names what failed, and what was there before", () => {
    const failed = operation(2, { state: "failed", error: { code: "OUT_OF_STOCK", detail: "no more" } });
    const lines = summaryLines({
      operations: [operation(1), failed],
      servers: [server(1)],
      calls: 1,
      events: 2,
      replayed: 2,
    });
    expect(lines[0]).toContain("✗ 1/2 running");
    expect(lines.at(-2)).toContain("2 of them were there already");
    expect(lines.at(-1)).toContain("op_2 failed OUT_OF_STOCK no more");
  });

  test.each([
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 50, 5],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 95, 10],
    [[7], 50, 7],
    [[], 95, 0],
  ])("of %j the %d th percentile is %d", (sorted, percent, value) => {
    expect(percentile(sorted, percent)).toBe(value);
  });
});

describe("progress", () => {
  const tally = tallyOf([
    operation(1),
    operation(2, { state: "following" }),
    operation(3, { state: "accepted" }),
  ]);

  test("is a line with counts, pace and time left", () => {
    expect(plainLine(tally, 2_000)).toBe(
      "[0:02] 1/3 1 running, 1 starting, 1 waiting, 0 failed, 0.5/s, about 4 s left",
    );
    expect(barLine(tally, 2_000)).toContain("━━━━━━╌");
  });

  test("on a terminal is one line that is drawn again", () => {
    const written: string[] = [];
    const progress = createProgress({ isTTY: true, columns: 40, write: (text) => written.push(text) });
    progress.show(tally, 0);
    progress.show(tally, 250);
    progress.end();
    expect(written.every((text) => text.startsWith("\r") && !text.includes("\n"))).toBe(true);
    expect(written[0]?.replace("\r", "").replace("\u001B[K", "")).toHaveLength(39);
  });

  test("elsewhere is a plain line at a change, and every five seconds without one", () => {
    const written: string[] = [];
    const progress = createProgress({ write: (text) => written.push(text) });
    const done = tallyOf([operation(1), operation(2), operation(3)]);
    for (const [state, at] of [
      [tally, 0],
      [tally, 1_000],
      [tally, 4_900],
      [tally, 5_100],
      [done, 5_700],
      [done, 6_000],
    ] as const) {
      progress.show(state, at);
    }
    progress.end();
    expect(written.map((line) => line.slice(0, 6))).toEqual(["[0:00]", "[0:05]", "[0:05]"]);
    expect(written.join("")).not.toContain("\u001B");
  });
});
