import { describe, expect, test } from "vitest";
import { openStub } from "./api-stub.ts";
import { csv, folderWith } from "./rows.ts";
import { runCli } from "./run-cli.ts";

const submit = ["bulk", "submit", "-f", "servers.csv", "--wait"];

describe("a job that waits for a confirmation", () => {
  const jobs = { confirmOver: 3, perBeat: 10 };
  const question = "Start blk_1: 4 × server.create, plan 9f2c41? [y/N] ";

  test("is confirmed with --yes", async () => {
    const stub = await openStub({ jobs });
    const folder = folderWith("servers.csv", csv(4));
    const end = await runCli([...submit, "--yes"], { url: stub.url, folder });
    expect(JSON.parse(stub.last("POST", "/v1/bulk-jobs/blk_1/confirm").body)).toEqual({
      plan_hash: "9f2c41",
    });
    expect(end.code).toBe(0);
  });

  test("is asked about on a terminal", async () => {
    const stub = await openStub({ jobs });
    const folder = folderWith("servers.csv", csv(4));
    const end = await runCli(submit, { url: stub.url, folder, isTTY: true, answers: ["y"] });
    expect(end.questions).toEqual([question]);
    expect(end.code).toBe(0);
  });

  test("stays as it is when the answer is no", async () => {
    const stub = await openStub({ jobs });
    const folder = folderWith("servers.csv", csv(4));
    const argv = [...submit, "--color", "never"];
    const end = await runCli(argv, { url: stub.url, folder, isTTY: true, answers: [""] });
    expect(end.err).toContain(`Error    blk_1 waits for a confirmation; nothing is started
Why      "${question.replace(" [y/N] ", "")}" was not answered with yes.
Fix      switchyard bulk confirm blk_1 --yes
         or give it up: switchyard bulk cancel blk_1 --yes
`);
    expect(end.code).toBe(2);
    expect(stub.asked()).not.toContain("POST /v1/bulk-jobs/blk_1/confirm");
  });

  test("stays as it is after Ctrl-C at the question, and that is said", async () => {
    const stub = await openStub({ jobs });
    const interrupting = new AbortController();
    const folder = folderWith("servers.csv", csv(4));
    const end = await runCli([...submit, "-q"], { url: stub.url, folder, isTTY: true, interrupting });
    expect(end.questions).toEqual([question]);
    expect(end.err).toContain("blk_1 waits for a confirmation; nothing is started");
    expect(end.err).toContain("give it up: switchyard bulk cancel blk_1 --yes");
    expect(end.code).toBe(130);
  });

  test("stays as it is where nobody can be asked, and the commands that decide are named", async () => {
    const stub = await openStub({ jobs });
    const end = await runCli([...submit, "-q"], { url: stub.url, folder: folderWith("servers.csv", csv(4)) });
    expect(end.err).toBe(`Error    blk_1 waits for a confirmation; nothing is started
Why      There is no terminal to ask on.
Fix      switchyard bulk confirm blk_1 --yes
         or give it up: switchyard bulk cancel blk_1 --yes
Docs     switchyard help exit-codes
`);
    expect(end.code).toBe(2);
  });

  test("--no-input asks nobody, terminal or not", async () => {
    const stub = await openStub({ jobs });
    const folder = folderWith("servers.csv", csv(4));
    const end = await runCli([...submit, "--no-input"], { url: stub.url, folder, isTTY: true });
    expect(end.questions).toEqual([]);
    expect(end.code).toBe(2);
  });

  test("deletions want their number typed", async () => {
    const stub = await openStub({ jobs });
    const argv = ["bulk", "submit", "--kind", "server.delete", "--tag", "env=dev", "--wait"];
    const no = await runCli(argv, { url: stub.url, isTTY: true, answers: ["y"] });
    expect(no.questions).toEqual(["Start blk_1: 12 × server.delete, plan 9f2c41? Type 12 to go on: "]);
    expect(no.code).toBe(2);
    expect(no.err).toContain("was not answered with 12.");
    expect(no.err).toContain("or give it up: switchyard bulk cancel blk_1 --yes");
    const yes = await runCli(["bulk", "confirm", "blk_1", "--wait"], {
      url: stub.url,
      isTTY: true,
      answers: ["12"],
    });
    expect(yes.out).toBe("  ✔ 12/12 deleted in 2.0 s   blk_1\n");
    expect(yes.code).toBe(0);
  });

  test.each([[["--no-input"]], [["--no-input", "--wait"]], [[]]])(
    "deletions with %j are refused where nobody is asked, and the job that waits is named",
    async (flags) => {
      const stub = await openStub({ jobs });
      const argv = ["bulk", "submit", "--kind", "server.delete", "--tag", "env=dev", "-q", ...flags];
      const end = await runCli(argv, { url: stub.url });
      expect(end.err).toContain("blk_1 waits for a confirmation; nothing is started");
      expect(end.err).toContain("Fix      switchyard bulk confirm blk_1 --yes");
      expect(end.code).toBe(2);
      expect(stub.asked()).not.toContain("POST /v1/bulk-jobs/blk_1/confirm");
    },
  );

  test("a job that makes servers may wait for somebody else", async () => {
    const stub = await openStub({ jobs });
    const argv = ["bulk", "submit", "-f", "servers.csv", "--no-input", "-o", "id"];
    const end = await runCli(argv, { url: stub.url, folder: folderWith("servers.csv", csv(4)) });
    expect([end.code, end.out]).toEqual([0, "blk_1\n"]);
    expect(end.err).toContain("It waits for: switchyard bulk confirm blk_1");
  });
});
