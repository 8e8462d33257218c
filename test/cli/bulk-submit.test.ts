import { describe, expect, test } from "vitest";
import { openStub } from "./api-stub.ts";
import { csv, folderWith } from "./rows.ts";
import { runCli } from "./run-cli.ts";

const submit = ["bulk", "submit", "-f", "servers.csv", "--wait"];
const plan =
  "Plan     25 × server.create at paris · EUR 0.3420 an hour, 249.66 a month · about 12.5 s · 9f2c41\n";

describe("bulk submit --wait without a terminal", () => {
  test("a job of which some fail ends with 7, its causes, and the command that retries them", async () => {
    const stub = await openStub({ jobs: { failing: [23, 24, 25] } });
    const folder = folderWith("servers.csv", csv(25));
    const end = await runCli(submit, { url: stub.url, folder });
    expect(end.out).toBe(`  ✗ 22/25 running, 3 failed in 5.0 s   blk_1
    3 x QUOTA_EXCEEDED  DEV1-S in fr-par-1 (limit 22)   demo-web-23, -24, -25
    Fix   switchyard bulk retry-failed blk_1   once the quota is raised
    Docs  switchyard help exit-codes        Request  req_5C1T
`);
    expect(end.err).toBe(`${plan}Idempotency-Key key-1
[0:00] blk_1 5/25 running, 5 under way, 15 waiting, 0 failed
`);
    expect(end.code).toBe(7);
  });

  test("a job that goes well ends with 0, and tells how it stands every five seconds", async () => {
    const stub = await openStub({ jobs: { perBeat: 2 } });
    const folder = folderWith("servers.csv", csv(25));
    const end = await runCli(submit, { url: stub.url, folder });
    expect(end.out).toBe("  ✔ 25/25 running in 13.0 s   blk_1\n");
    expect(end.err).toBe(`${plan}Idempotency-Key key-1
[0:00] blk_1 2/25 running, 5 under way, 18 waiting, 0 failed
[0:05] blk_1 12/25 running, 5 under way, 8 waiting, 0 failed, ~6 s left
[0:10] blk_1 22/25 running, 3 under way, 0 failed, ~2 s left
`);
    expect(end.code).toBe(0);
  });

  test("a job of which all fail ends with 8", async () => {
    const stub = await openStub({ jobs: { failing: [1, 2] } });
    const end = await runCli(submit, { url: stub.url, folder: folderWith("servers.csv", csv(2)) });
    expect(end.out).toContain("✗ 0/2 running, 2 failed in 1.0 s   blk_1");
    expect(end.code).toBe(8);
  });

  test("a change of state is told at once, with its word", async () => {
    const stub = await openStub({ jobs: { perBeat: 1 } });
    const control = async (verb: string) => {
      const headers = { authorization: "Bearer swy_dev_local" };
      await fetch(`${stub.url}/v1/bulk-jobs/blk_1/${verb}`, { method: "POST", headers });
    };
    const end = await runCli(submit, {
      url: stub.url,
      folder: folderWith("servers.csv", csv(4)),
      slept: (count) => (count === 1 ? control("pause") : count === 3 ? control("resume") : undefined),
    });
    expect(end.err.split("\n").slice(2, -1)).toEqual([
      "[0:00] blk_1 1/4 running, 3 under way, 0 failed",
      "[0:01] blk_1 1/4 running, 3 waiting, 0 failed, paused",
      "[0:03] blk_1 2/4 running, 2 under way, 0 failed, ~3 s left",
    ]);
  });

  test("with --output jsonl each change is a line, and the last one is how it ended", async () => {
    const stub = await openStub({ jobs: { perBeat: 2, failing: [5] } });
    const folder = folderWith("servers.csv", csv(5));
    const end = await runCli([...submit, "-o", "jsonl", "-q"], { url: stub.url, folder });
    const states = end.out
      .trimEnd()
      .split("\n")
      .map((line) => {
        const { state, counts }: { state: string; counts: { succeeded: number } } = JSON.parse(line);
        return [state, counts.succeeded];
      });
    expect(states).toEqual([
      ["running", 2],
      ["running", 4],
      ["completed_with_errors", 4],
    ]);
    expect(end.err).toBe("");
    expect(end.code).toBe(7);
  });

  test("--timeout ends the waiting with 124, and says how to come back", async () => {
    const stub = await openStub({ jobs: { perBeat: 1 } });
    const folder = folderWith("servers.csv", csv(25));
    const end = await runCli([...submit, "--timeout", "3s", "-q"], { url: stub.url, folder });
    expect(end.err).toBe(`blk_1 is not over after 3.0 s; it goes on.
  Resume switchyard bulk watch blk_1
  Cancel switchyard bulk cancel blk_1
`);
    expect(end.code).toBe(124);
    expect(stub.asked()).not.toContain("POST /v1/bulk-jobs/blk_1/cancel");
  });

  test("Ctrl-C detaches with 130 and cancels nothing; in JSON too", async () => {
    const stub = await openStub({ jobs: { perBeat: 1 } });
    const folder = folderWith("servers.csv", csv(25));
    const end = await runCli([...submit, "-q"], { url: stub.url, folder, interruptAtSleep: 2 });
    expect(end.err).toBe(`Detached from blk_1; it goes on.
  Resume switchyard bulk watch blk_1
  Cancel switchyard bulk cancel blk_1
`);
    expect(end.code).toBe(130);
    expect(stub.asked().filter((line) => line.includes("cancel"))).toEqual([]);

    const json = await runCli([...submit, "-q", "-o", "json"], {
      url: stub.url,
      folder,
      interruptAtSleep: 1,
    });
    expect(JSON.parse(json.err)).toEqual({
      error: {
        exit_code: 130,
        code: "INTERRUPTED",
        message: "Detached from blk_1; it goes on.",
        resume: "switchyard bulk watch blk_1",
        cancel: "switchyard bulk cancel blk_1",
      },
    });
  });
});

describe("bulk submit --wait on a terminal", () => {
  test("the bar is drawn again in its place, and is gone at the end", async () => {
    const stub = await openStub({ jobs: { perBeat: 10 } });
    const folder = folderWith("servers.csv", csv(25));
    const end = await runCli([...submit, "--color", "never"], { url: stub.url, folder, isTTY: true });
    const bar = (full: number) => "━".repeat(full) + "╌".repeat(48 - full);
    expect(end.err).toBe(
      [
        `${plan}Idempotency-Key key-1\n`,
        `\r\u001B[J  blk_1  create 25 servers\n  ${bar(19)}  10/25   40 %   0:00\n`,
        "  10/25 running   5 under way   10 waiting   0 failed\n",
        `\u001B[3A\r\u001B[J  blk_1  create 25 servers\n  ${bar(38)}  20/25   80 %   0:01   about 0:01 left\n`,
        "  20/25 running   5 under way   0 failed\n",
        "\u001B[3A\r\u001B[J",
      ].join(""),
    );
    expect(end.out).toBe("  ✔ 25/25 running in 3.0 s   blk_1\n");
  });

  test("nothing is drawn wider than the terminal", async () => {
    const stub = await openStub({ jobs: { perBeat: 10 } });
    const folder = folderWith("servers.csv", csv(25));
    const argv = [...submit, "--color", "never"];
    const end = await runCli(argv, { url: stub.url, folder, isTTY: true, columns: 40 });
    const drawn = end.err.slice(end.err.indexOf("\r")).replaceAll(/\p{Cc}\[\w+/gu, "");
    expect(Math.max(...drawn.split(/[\r\n]/).map((line) => line.length))).toBe(39);
  });

  test.each([
    ["TERM=dumb gets lines", { TERM: "dumb" }, [], /^\[0:00\] blk_1/m],
    ["NO_COLOR gets no colours", { NO_COLOR: "1" }, [], /^Idempotency-Key/m],
    ["CLICOLOR=0 gets no colours", { CLICOLOR: "0" }, [], /^Idempotency-Key/m],
    ["else there are colours", {}, [], /^\p{Cc}\[2mIdempotency-Key/mu],
    ["--color always goes before NO_COLOR", { NO_COLOR: "1" }, ["--color", "always"], /^\p{Cc}\[2mIdem/mu],
  ])("%s", async (_why, environment, flags, expected) => {
    const stub = await openStub({ jobs: { perBeat: 10 } });
    const folder = folderWith("servers.csv", csv(20));
    const end = await runCli([...submit, ...flags], { url: stub.url, folder, isTTY: true, environment });
    expect(end.err).toMatch(expected);
  });
});
