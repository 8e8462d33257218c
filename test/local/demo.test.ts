import { describe, expect, test } from "vitest";
import { percentile, summaryLines } from "../../local/demo.ts";
import type { DemoItem, DemoJob } from "../../local/demo-api.ts";
import { barLine, createProgress, plainLine } from "../../local/demo-progress.ts";

const none = {
  pending: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  skipped: 0,
  needs_attention: 0,
};
const jobOf = (counts: Partial<DemoJob["counts"]>, more: Partial<DemoJob> = {}): DemoJob => ({
  id: "blk_1",
  state: "completed",
  counts: { ...none, total: 4, ...counts },
  percent: 100,
  rate_per_minute: null,
  time_left: null,
  cost: null,
  errors: [],
  created_at: "2026-11-21T10:00:00.000Z",
  ended_at: "2026-11-21T10:00:05.500Z",
  ...more,
});
const item = (number: number): DemoItem => ({
  name: `demo-${number}`,
  state: "succeeded",
  operation_id: `op_${number}`,
  server_id: `server-${number}`,
  started_at: "2026-11-21T10:00:00.000Z",
  ended_at: `2026-11-21T10:00:0${number}.000Z`,
});
const server = (number: number, state = "running", id = `server-${number}`) => ({
  id,
  state,
  tags: ["env=demo", `swy:op=op_${number}`],
});

describe("the summary", () => {
  const four = [1, 2, 3, 4];
  const counted = {
    job: jobOf({ succeeded: 4 }, { cost: { eur_per_hour: 0.0359, so_far_eur: 0.00002 } }),
    items: four.map(item),
    servers: four.map((number) => server(number)),
    calls: 17,
    events: 20,
    earlier: 0,
  };

  test("says what the job says, and what was counted", () => {
    expect(summaryLines(counted)).toEqual([
      "  ✔ 4/4 running in 5.5 s, p50 2.0 s, p95 4.0 s",
      "  blk_1 completed: 4 succeeded, 0 failed, EUR 0.0359 an hour, EUR 0.0000 so far",
      "  17 provider calls in this run, 0 servers doubled, 20 events",
    ]);
  });

  test("does not believe an item whose server is not running at the provider", () => {
    const servers = [server(1), server(2, "stopped"), server(3), server(4)];
    expect(summaryLines({ ...counted, servers })[0]).toContain("3/4 running");
  });

  test("counts servers beyond one for each item", () => {
    const servers = [...counted.servers, server(1, "stopped", "another"), server(9, "running", "not ours")];
    expect(summaryLines({ ...counted, servers })[2]).toContain("1 servers doubled");
  });

  test("names what failed, by its reason, and what was there before", () => {
    const errors = [{ code: "OUT_OF_STOCK", count: 2, message: "no more", names: ["demo-3", "demo-4"] }];
    const job = jobOf({ succeeded: 2, failed: 2 }, { state: "completed_with_errors", errors });
    const lines = summaryLines({ ...counted, job, servers: [server(1), server(2)], earlier: 2 });
    expect(lines[0]).toContain("✗ 2/4 running");
    expect(lines.at(-2)).toContain("2 of them were there already");
    expect(lines.at(-1)).toBe("  ✗ 2 x OUT_OF_STOCK  no more  demo-3, demo-4");
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
  const goesOn = { ended_at: null, percent: 33.3, time_left: { p50_seconds: 4 } };
  const job = jobOf({ total: 3, succeeded: 1, running: 1, pending: 1 }, goesOn);

  test("is a line with the job's own counts and time left", () => {
    expect(plainLine(job, 2_000)).toBe(
      "[0:02] 1/3 1 running, 1 starting, 1 waiting, 0 failed, about 4 s left",
    );
    expect(barLine(job, 2_000)).toContain("━━━━━━╌");
  });

  test("on a terminal is one line that is drawn again", () => {
    const written: string[] = [];
    const progress = createProgress({ isTTY: true, columns: 40, write: (text) => written.push(text) });
    progress.show(job, 0);
    progress.show(job, 250);
    progress.end();
    expect(written.every((text) => text.startsWith("\r") && !text.includes("\n"))).toBe(true);
    expect(written[0]?.replace("\r", "").replace("\u001B[K", "")).toHaveLength(39);
  });

  test("elsewhere is a plain line at a change, and every five seconds without one", () => {
    const written: string[] = [];
    const progress = createProgress({ write: (text) => written.push(text) });
    const done = jobOf({ total: 3, succeeded: 3 });
    for (const [state, at] of [
      [job, 0],
      [job, 1_000],
      [job, 4_900],
      [job, 5_100],
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
