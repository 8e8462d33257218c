import { afterEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { createLog, type LogSettings, type OpenLog } from "../lib/log.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** The lines that come out, on standard output and standard error, when this is done with a log. */
const linesOf = (
  level: LogSettings["level"],
  work: (log: OpenLog) => void,
): readonly Record<string, unknown>[] => {
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
  }
  work(createLog({ level }));
  vi.restoreAllMocks();
  const lines = written.join("").split("\n");
  return lines
    .filter((line) => line !== "")
    .map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
};

describe("the log", () => {
  it("writes one JSON line a step, with its fields beside the message", () => {
    const fields = { operation_id: "op_1", why: "message\nof two lines", count: 0 };
    expect(linesOf("INFO", (log) => log.info("operation started", fields))).toMatchObject([
      { level: "INFO", message: "operation started", service: "switchyard", ...fields },
    ]);
  });

  it.each([
    ["DEBUG", ["debug", "info", "warn", "error"]],
    ["INFO", ["info", "warn", "error"]],
    ["WARN", ["warn", "error"]],
    ["ERROR", ["error"]],
    ["SILENT", []],
  ] as const)("at level %s writes %j", (level, written) => {
    const lines = linesOf(level, (log) => {
      for (const one of ["debug", "info", "warn", "error"] as const) log[one](one);
    });
    expect(lines.map(({ message }) => message)).toEqual(written);
  });

  it("writes the counts of an invocation as embedded metrics when it is flushed, once", () => {
    const lines = linesOf("INFO", (log) => {
      log.count("ProviderRateLimited", 2);
      log.count("ProviderRateLimited", 3);
      log.count("FollowerHeartbeat", 1);
      log.flush();
      log.flush();
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      service: "switchyard",
      ProviderRateLimited: [2, 3],
      FollowerHeartbeat: 1,
      _aws: { CloudWatchMetrics: [{ Namespace: "Switchyard", Dimensions: [["service"]] }] },
    });
  });

  it("writes no metrics when nothing was counted", () => {
    expect(linesOf("INFO", (log) => log.flush())).toEqual([]);
  });
});
