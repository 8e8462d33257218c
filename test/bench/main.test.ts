import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { type Report, reportSchema } from "../../bench/report.ts";
import { textOf } from "../../bench/report-text.ts";

const bench = (...flags: string[]) =>
  promisify(execFile)(process.execPath, [join(import.meta.dirname, "../../bench/main.ts"), ...flags]);

describe.concurrent("the bench", () => {
  test("provisions with both clients and says as JSON what it counted", { timeout: 300_000 }, async () => {
    const flags = ["--row", "1", "--servers", "5", "--rounds", "1", "--speed", "20", "--json"];
    const { stdout } = await bench(...flags);
    const report = reportSchema.parse(JSON.parse(stdout));
    expect(report.settings).toMatchObject({ servers: 5, speed: 20 });
    expect({ ...report.rows, "1": null }).toEqual({ ...rows, "14": null });
    const [round] = report.rows["1"]?.rounds ?? [];
    for (const side of [round?.ours, round?.rival]) {
      expect(side).toMatchObject({ confirmed: 5, failed: 0, lost: 0, orphaned: 0, createsPerServer: 1 });
      expect(side?.looksPerServer).toBeGreaterThan(0);
      expect(side?.cpuMilliseconds).toBeGreaterThan(0);
      expect(side?.peakMegabytes).toBeGreaterThan(20);
    }
    // Accepted, started, succeeded, created, running: of each operation, and a row for each.
    expect(round?.engines.busEvents).toBeGreaterThanOrEqual(25);
    expect(round?.engines.rowWrites).toBeGreaterThanOrEqual(5);
  });

  test("takes nothing for a flag that is none, and ends with code 2", async () => {
    await expect(bench("--row", "2")).rejects.toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(
        '--row must be one of 1, 1b, 5, 14, bulk, memory, schedules, ready, not "2"',
      ),
    });
  });
});

const settings: Report["settings"] = {
  servers: 5,
  seed: 1,
  speed: 1,
  latencyMilliseconds: 50,
  providerCallsPerSecond: 100,
  ourCallsPerSecond: 95,
  rivalWritesAtOnce: 4,
  node: "24.0.0",
  cores: 2,
};
const figures = [
  { name: "import", unit: "ms", ours: 60.25, rival: 1.5, ratio: { median: 40.2, min: 38, max: 44.44 } },
  { name: "writes", unit: "per operation", ours: 3, rival: null, ratio: null },
];
const row = { title: "Row 14", rival: "nothing", figures, rounds: 25 };
const none = { "1": null, "1b": null, "5": null, bulk: null, memory: null, schedules: null, ready: null };
const rows = { ...none, "14": row };

test("as text, a figure that the rival does not have is a dash", () => {
  expect(textOf({ settings, rows }).split("\n")).toEqual([
    "Row 14",
    "rival: nothing",
    "rounds: 25; medians; ratios pair by pair, median [min–max]",
    "        ours  rival                 ours ÷ rival",
    "import  60.3   1.50  ms             40.2  [38–44.4]",
    "writes     3      –  per operation",
    "",
    "Node 24.0.0, 2 cores",
  ]);
});

test("as text, a run in quick motion warns of itself", () => {
  expect(textOf({ settings: { ...settings, speed: 20 }, rows })).toMatch(/^Durations are divided by 20/);
  expect(textOf({ settings, rows })).not.toContain("divided");
});
