import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../local/temporary-folder.ts";
import { openStub } from "./api-stub.ts";
import { csv, folderWith } from "./rows.ts";

const root = resolve(import.meta.dirname, "../..");
const program = join(root, "cli/switchyard.mjs");
const environment = { PATH: process.env["PATH"] };
const run = promisify(execFile);

/** Runs the program as a process of its own, without a terminal. */
const start = (argv: readonly string[], url: string, folder: string) => {
  const env = { ...environment, SWITCHYARD_URL: url };
  const child = spawn(process.execPath, [program, ...argv], { cwd: folder, env, stdio: "pipe" });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.on("data", (chunk) => out.push(String(chunk)));
  child.stderr.on("data", (chunk) => err.push(String(chunk)));
  const told = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(err.join(""))) await once(child.stderr, "data");
  };
  const ended = once(child, "close").then(() => ({
    code: child.exitCode,
    out: out.join(""),
    err: err.join(""),
  }));
  return { child, told, ended };
};

describe("the program as a process", () => {
  test("says its version at once: nothing is read for it but the program's first file and package.json", async () => {
    const readable = [program, join(root, "package.json")].map((file) => `--allow-fs-read=${file}`);
    const { stdout } = await run(process.execPath, ["--permission", ...readable, program, "--version"]);
    expect(stdout).toBe("0.1.0\n");
  });

  test.each([["switchyard"], ["swy"]])("is found by npx %s in the clone, without a network", async (name) => {
    const env = {
      ...environment,
      npm_config_cache: temporaryFolder(),
      npm_config_registry: "http://127.0.0.1:9",
    };
    const { stdout } = await run("npx", [name, "help", "exit-codes"], { cwd: root, env });
    expect(stdout).toContain("124");
  });

  test("the data of a pipe is data: no colours, no drawing, messages apart", async () => {
    const stub = await openStub({ jobs: { perBeat: 3, failing: [1] } });
    const folder = folderWith("servers.csv", csv(6));
    const { ended } = start(["bulk", "submit", "-f", "servers.csv", "--wait"], stub.url, folder);
    const end = await ended;
    expect(end.out).toContain("✗ 5/6 running, 1 failed");
    expect(end.out.split("\n")[0]).not.toContain("[0:");
    expect(end.err).toMatch(/^\[[\d:]+\] blk_1 2\/6 running/m);
    expect(end.out + end.err).not.toContain("\u001B");
    expect(end.code).toBe(7);
  });

  test("Ctrl-C detaches with 130, also when a terminal and a parent tell it at once", async () => {
    const stub = await openStub({ jobs: { perBeat: 0 } });
    const folder = folderWith("servers.csv", csv(3));
    const { child, told, ended } = start(["bulk", "submit", "-f", "servers.csv", "--wait"], stub.url, folder);
    await told(/blk_1/);
    child.kill("SIGINT");
    child.kill("SIGINT");
    const end = await ended;
    expect(end.err).toContain(`Detached from blk_1; it goes on.
  Resume switchyard bulk watch blk_1
  Cancel switchyard bulk cancel blk_1
`);
    expect(end.code).toBe(130);
    expect(stub.asked()).not.toContain("POST /v1/bulk-jobs/blk_1/cancel");
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s before a job was answered leaves the command that finds it or does it once",
    async (signal) => {
      const { promise: isThere, resolve: tell } = Promise.withResolvers<void>();
      let isHeld = true;
      const stub = await openStub({
        jobs: { perBeat: 3 },
        holds: ({ method, path }) => {
          if (!isHeld || method !== "POST" || path !== "/v1/bulk-jobs") return false;
          tell();
          return true;
        },
      });
      const folder = folderWith("servers.csv", csv(3));
      const argv = ["bulk", "submit", "-f", "servers.csv", "--wait"];
      const { child, ended } = start(argv, stub.url, folder);
      await isThere;
      child.kill(signal);
      const end = await ended;
      const key = stub.last("POST", "/v1/bulk-jobs").headers["idempotency-key"];
      expect(end.err).toContain(
        `POST /v1/bulk-jobs was not answered yet: it may be done, and go on. Under the same key it is never done twice.
  Again  switchyard ${argv.join(" ")} --idempotency-key ${String(key)}
`,
      );
      expect(end.code).toBe(130);
      isHeld = false;
      const again = await start([...argv, "--idempotency-key", String(key)], stub.url, folder).ended;
      expect([again.code, again.out]).toEqual([0, expect.stringContaining("✔ 3/3 running")]);
      expect(again.out).toContain("blk_1");
    },
  );

  test("standard input is read as a file", async () => {
    const stub = await openStub();
    const { child, ended } = start(["bulk", "submit", "-f", "-", "-o", "id"], stub.url, temporaryFolder());
    child.stdin.end(csv(4));
    expect(await ended).toMatchObject({ code: 0, out: "blk_1\n" });
    expect(stub.last("POST", "/v1/bulk-jobs").body).toBe(csv(4));
  });

  test("a reader that has enough ends it without a word", async () => {
    const stub = await openStub({ jobs: { perBeat: 20_000 } });
    const folder = folderWith("servers.csv", csv(20_000));
    expect(
      (await start(["bulk", "submit", "-f", "servers.csv", "-w", "-y"], stub.url, folder).ended).code,
    ).toBe(0);
    const { child, ended } = start(["bulk", "report", "blk_1"], stub.url, folder);
    await once(child.stdout, "data");
    child.stdout.destroy();
    expect(await ended).toMatchObject({ code: 0, err: "" });
  });
});
