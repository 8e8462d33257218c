import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openStub } from "./api-stub.ts";
import { csv, folderWith } from "./rows.ts";
import { runCli, type CliWorld } from "./run-cli.ts";

/** A stub with the job blk_1 of 25, of which 24 and 25 fail. */
const withJob = async (
  perBeat = 5,
): Promise<{ stub: Awaited<ReturnType<typeof openStub>>; world: CliWorld }> => {
  const stub = await openStub({ jobs: { perBeat, failing: [24, 25] } });
  const world = { url: stub.url, folder: folderWith("servers.csv", csv(25)) };
  await runCli(["bulk", "submit", "-f", "servers.csv", "-q"], world);
  return { stub, world };
};

const finished = async () => {
  const { stub, world } = await withJob(25);
  expect((await runCli(["bulk", "watch", "blk_1", "-q"], world)).code).toBe(7);
  return { stub, world };
};

describe("bulk", () => {
  it("get and list show a job with its counts", async () => {
    const { world } = await withJob();
    const got = await runCli(["bulk", "get", "blk_1", "-o", "human=id,state,done,failed"], world);
    expect(got.out).toBe("id      blk_1\nstate   running\ndone    5/25\nfailed  0\n");
    const listed = await runCli(["bulk", "list"], world);
    expect(listed.out).toBe(`ID     STATE    KIND           DONE  SUCCEEDED  FAILED  AGE
blk_1  running  server.create  5/25  5          0       0 s
`);
    expect((await runCli(["bulk", "list", "-o", "id"], world)).out).toBe("blk_1\n");
  });

  it("watch follows a job to its end", async () => {
    const { world } = await withJob(10);
    const end = await runCli(["bulk", "watch", "blk_1"], world);
    expect(end.err).toBe("[0:00] blk_1 20/25 running, 5 under way, 0 failed\n");
    expect(end.out).toContain("✗ 23/25 running, 2 failed in 3.0 s   blk_1");
    expect(end.code).toBe(7);
  });

  it.each([
    ["pause", "paused"],
    ["resume", "running"],
  ])("%s is asked of the API, and what it makes is shown", async (verb, state) => {
    const { stub, world } = await withJob();
    const end = await runCli(["bulk", verb, "blk_1", "-o", "human=state"], world);
    expect(end.out).toBe(`state  ${state}\n`);
    expect(stub.asked().at(-1)).toBe(`POST /v1/bulk-jobs/blk_1/${verb}`);
  });

  it("cancel asks with the counts, and is refused where nobody can be asked", async () => {
    const { stub, world } = await withJob();
    const no = await runCli(["bulk", "cancel", "blk_1"], world);
    expect(no.err).toContain("This needs a yes: Cancel the 15 of 25 items of blk_1 that have not begun?");
    expect(no.code).toBe(2);
    expect(stub.asked()).not.toContain("POST /v1/bulk-jobs/blk_1/cancel");

    const yes = await runCli(["bulk", "cancel", "blk_1", "--wait"], {
      ...world,
      isTTY: true,
      answers: ["y"],
    });
    expect(yes.questions).toEqual(["Cancel the 10 of 25 items of blk_1 that have not begun? [y/N] "]);
    expect(yes.out).toBe("  ✗ 10/25 running, 0 failed, 15 cancelled in 2.0 s   blk_1\n");
    expect(yes.code).toBe(7);

    await withJob();
    const sent = await runCli(["bulk", "cancel", "blk_1", "--abort-running", "--yes", "--dry-run"], world);
    expect(sent.out).toBe('would POST /v1/bulk-jobs/blk_1/cancel {"abort_running":true}\n');
  });

  it("a job that was cancelled when all of it was under way has lost nothing: 0, and it says so", async () => {
    const counts = { total: 40, pending: 0, running: 0, succeeded: 40, failed: 0 };
    const job = {
      id: "blk_1",
      state: "cancelled",
      kind: "server.create",
      counts: { ...counts, cancelled: 0, skipped: 0, needs_attention: 0 },
      created_at: "2026-11-20T12:00:00.000Z",
      ended_at: "2026-11-20T12:00:05.000Z",
    };
    const stub = await openStub({ route: () => ({ status: 200, body: job }) });
    const end = await runCli(["bulk", "watch", "blk_1"], { url: stub.url });
    expect(end.out).toBe("  ✔ 40/40 running, cancelled too late for any in 5.0 s   blk_1\n");
    expect(end.code).toBe(0);
    job.counts.succeeded = 39;
    job.counts.cancelled = 1;
    const part = await runCli(["bulk", "watch", "blk_1"], { url: stub.url });
    expect(part.out).toBe("  ✗ 39/40 running, 0 failed, 1 cancelled in 5.0 s   blk_1\n");
    expect(part.code).toBe(7);
  });

  it("confirm of another plan is a conflict", async () => {
    const { world } = await withJob();
    const running = await runCli(["bulk", "confirm", "blk_1", "--yes"], world);
    expect(running.err).toContain("blk_1 does not wait for a confirmation");
    expect(running.code).toBe(5);
    const stub = await openStub({ jobs: { confirmOver: 1 } });
    await runCli(["bulk", "submit", "--count", "2", "name=a"], { url: stub.url });
    const other = await runCli(["bulk", "confirm", "blk_1", "--plan-hash", "other", "--yes"], {
      url: stub.url,
    });
    expect(other.err).toContain("The plan is another one");
    expect(other.code).toBe(5);
  });

  it("retry-failed does the failed ones again, and follows them", async () => {
    const { world } = await finished();
    const end = await runCli(["bulk", "retry-failed", "blk_1", "--wait", "-q"], world);
    expect(end.out).toContain("✔ 25/25 running");
    expect(end.code).toBe(0);
  });

  it("retry-failed sends which ones, and what is changed of them", async () => {
    const { stub, world } = await finished();
    const argv = [
      "bulk",
      "retry-failed",
      "blk_1",
      "--code",
      "OUT_OF_STOCK",
      "--zone",
      "fr-par-2",
      "type=DEV1-M",
    ];
    await runCli(argv, world);
    expect(JSON.parse(stub.last("POST", "/v1/bulk-jobs/blk_1/retry-failed").body)).toEqual({
      filter: { codes: ["OUT_OF_STOCK"] },
      patch_all: { zone: "fr-par-2", type: "DEV1-M" },
    });
  });

  it.each([
    [["--code", "NOPE"], "Nothing is tried again: no item has failed with NOPE.\n"],
    [
      ["--code", "NOPE", "--code", "NADA", "--key", "a"],
      "Nothing is tried again: none of these items has failed with NOPE or NADA.\n",
    ],
  ])("retry-failed %j of nothing says so", async (flags, words) => {
    const { world } = await finished();
    const end = await runCli(["bulk", "retry-failed", "blk_1", ...flags], world);
    expect([end.code, end.err]).toEqual([0, words]);
    expect((await runCli(["bulk", "retry-failed", "blk_1", "-q"], world)).err).toBe("");
    await runCli(["bulk", "watch", "blk_1", "-q"], world);
    const again = await runCli(["bulk", "retry-failed", "blk_1"], world);
    expect(again.err).toBe("Nothing is tried again: no item has failed.\n");
  });

  it("retry-failed of a cancelled job is a conflict", async () => {
    const { world } = await withJob();
    await runCli(["bulk", "cancel", "blk_1", "--yes"], world);
    expect((await runCli(["bulk", "retry-failed", "blk_1"], world)).code).toBe(5);
  });

  it("report goes to standard output as it came, or to a file", async () => {
    const { world } = await finished();
    const csvReport = await runCli(["bulk", "report", "blk_1", "--only", "failed"], world);
    expect(csvReport.out.split("\r\n")[0]).toBe(
      "line,key,name,state,attempts,code,message,server_id,ips,zone,started_at,ended_at,eur_per_hour,request_id",
    );
    expect(csvReport.out.split("\r\n")).toHaveLength(4);
    const lines = await runCli(["bulk", "report", "blk_1", "-o", "jsonl"], world);
    expect(lines.out.trimEnd().split("\n")).toHaveLength(25);
    const filed = await runCli(["bulk", "report", "blk_1", "-f", "out.csv"], world);
    expect(filed.out).toBe("");
    expect(readFileSync(join(world.folder ?? "", "out.csv"), "utf8").split("\r\n")).toHaveLength(27);
  });

  it("plan writes nothing, and is data in JSON", async () => {
    const stub = await openStub({ jobs: { warnings: ["DEV1-S is scarce in fr-par-1"] } });
    const argv = ["bulk", "plan", "--count", "2", "name=a-{{index}}", "type=DEV1-S"];
    const human = await runCli(argv, { url: stub.url });
    expect(human.out)
      .toBe(`Plan     2 × server.create at paris · EUR 0.0274 an hour, 19.97 a month · about 1.0 s · 9f2c41
Warning  DEV1-S is scarce in fr-par-1
`);
    const json = await runCli([...argv, "-o", "json"], { url: stub.url });
    expect(JSON.parse(json.out)).toMatchObject({ plan_hash: "9f2c41", counts: { total: 2 } });
    expect(stub.asked().filter((line) => line.startsWith("POST /v1/bulk-jobs"))).toEqual([]);
  });

  it("an unknown job is not found, and an empty id is not asked for", async () => {
    const stub = await openStub();
    const unknown = await runCli(["bulk", "get", "blk_9"], { url: stub.url });
    expect(unknown.err).toBe(`Error    There is no such thing
Why      There is no such thing.
Docs     switchyard help exit-codes
Request  req_5C1T
`);
    expect(unknown.code).toBe(3);
    const empty = await runCli(["bulk", "cancel", "", "--yes"], { url: stub.url });
    expect(empty.err).toBe("Error    The bulk job's id is empty\n");
    expect(empty.code).toBe(2);
  });
});
