import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import * as z from "zod";

const run = promisify(execFile);
const module = new URL("../lib/log.ts", import.meta.url).href;

/** The lines that a process writes when it does this with `log`: standard output first, then standard error. */
const linesOf = async (level: string, does: string): Promise<readonly Record<string, unknown>[]> => {
  const program = `import { createLog } from ${JSON.stringify(module)};
    const log = createLog({ level: ${JSON.stringify(level)} });
    ${does}`;
  const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "-e", program], {
    env: { PATH: process.env["PATH"] ?? "" },
  });
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line !== "");
  return lines.map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
};

describe("the log", () => {
  it("writes one JSON line a step, with its fields beside the message", async () => {
    const lines = await linesOf(
      "INFO",
      `log.info("operation started", { operation_id: "op_1", why: "message\\nof two lines", count: 0 });`,
    );
    expect(lines).toMatchObject([
      {
        level: "INFO",
        message: "operation started",
        service: "switchyard",
        operation_id: "op_1",
        why: "message\nof two lines",
        count: 0,
      },
    ]);
  });

  it.each([
    ["DEBUG", ["debug", "info", "warn", "error"]],
    ["INFO", ["info", "warn", "error"]],
    ["WARN", ["warn", "error"]],
    ["ERROR", ["error"]],
    ["SILENT", []],
  ])("at level %s writes %j", async (level, written) => {
    const all = ["debug", "info", "warn", "error"].map((one) => `log.${one}("${one}");`).join("");
    const lines = await linesOf(level, all);
    expect(lines.map(({ message }) => message)).toEqual(written);
  });

  it("writes the counts of an invocation as embedded metrics when it is flushed, once", async () => {
    const lines = await linesOf(
      "INFO",
      `log.count("ProviderRateLimited", 2); log.count("ProviderRateLimited", 3); log.count("FollowerHeartbeat", 1);
       log.flush(); log.flush();`,
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      service: "switchyard",
      ProviderRateLimited: [2, 3],
      FollowerHeartbeat: 1,
      _aws: { CloudWatchMetrics: [{ Namespace: "Switchyard", Dimensions: [["service"]] }] },
    });
  });

  it("writes no metrics when nothing was counted", async () => {
    expect(await linesOf("INFO", "log.flush();")).toEqual([]);
  });
});
