import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { runStack } from "./running-stack.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const ready = /^ready (?<url>http:\/\/127\.0\.0\.1:\d+)$/;
const serversSchema = z.object({ servers: z.array(z.object({ name: z.string(), state: z.string() })) });

const providerServers = async (url: string) =>
  serversSchema.parse(await (await fetch(`${url}/_simulator/servers`)).json()).servers;

describe("npm run dev", () => {
  test("is ready without a terminal and without configuration, keeps state, and stops when it is told to", async () => {
    const folder = temporaryFolder();
    const stack = runStack(["dev", "--port", "0"], folder);
    const url = (await stack.line(ready)).groups?.["url"] ?? "";
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/v1/operations`)).status).toBe(401);
    const listed = await fetch(`${url}/v1/connections`, {
      headers: { authorization: "Bearer swy_dev_local" },
    });
    expect(await listed.json()).toMatchObject({ items: [{ name: "paris" }] });

    const stoppedAt = performance.now();
    expect(await stack.signal("SIGINT")).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(5_000);
    expect(stack.lines.at(-1)).toContain("State is kept in ./.switchyard");
    expect(existsSync(join(folder, ".switchyard", "table"))).toBe(true);
    expect(existsSync(join(folder, ".switchyard", "stack.json"))).toBe(false);
    expect(stack.lines.join("\n")).not.toContain("\u001B");
  });

  test("leaves nothing behind when it is ephemeral", async () => {
    const folder = temporaryFolder();
    const stack = runStack(["dev", "--port", "0", "--ephemeral"], folder);
    await stack.line(ready);
    expect(await stack.signal("SIGTERM")).toBe(0);
    expect(existsSync(join(folder, ".switchyard"))).toBe(false);
  });

  test("says that the port is busy, and ends with 1", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    onTestFinished(() => void other.close());
    const { port } = z.object({ port: z.number() }).parse(other.address());
    const stack = runStack(["dev", "--ephemeral"], temporaryFolder(), { SWITCHYARD_PORT: String(port) });
    expect(await stack.exit).toBe(1);
    expect(stack.errors.join("\n")).toContain(`Port ${port} is in use.`);
    expect(stack.lines).toEqual([]);
  });

  test("does not share its state with another", async () => {
    const folder = temporaryFolder();
    const first = runStack(["dev", "--port", "0"], folder);
    await first.line(ready);
    const second = runStack(["dev", "--port", "0"], folder);
    expect(await second.exit).toBe(1);
    expect(second.errors.join("\n")).toContain(`(process ${first.pid})`);
  });

  test("says what a flag should have been, and ends with 2", async () => {
    const stack = runStack(["dev", "--prot", "1"], temporaryFolder());
    expect(await stack.exit).toBe(2);
    expect(stack.errors.join("\n")).toContain("--prot");
    expect(stack.errors.join("\n")).toContain("Usage:");
  });

  test.each([[["dev", "--help"]], [["demo", "--help"]]])(
    "says how it is used, does nothing else, and ends with 0: %j",
    async (argv) => {
      const folder = temporaryFolder();
      const stack = runStack(argv, folder);
      expect(await stack.exit).toBe(0);
      expect(stack.lines[0]).toContain("Usage: npm run dev");
      expect(stack.errors).toEqual([]);
      expect(existsSync(join(folder, ".switchyard"))).toBe(false);
    },
  );

  test("says what is wrong with a configuration, and ends with 1", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "switchyard.yaml"), "connections: [{name: Paris}]");
    const stack = runStack(["dev", "--port", "0", "--ephemeral"], folder);
    expect(await stack.exit).toBe(1);
    expect(stack.errors.join("\n")).toContain("connections.0.name");
  });
});

describe("npm start", () => {
  const simulator = /simulated at (?<url>http:\S+)/;
  const done = /25\/25 running in/;

  test("provisions 25 servers; killed in the middle and started again they are still 25; a third run shows the same", async () => {
    const folder = temporaryFolder();
    const argv = ["demo", "--port", "0"];
    const killed = runStack(argv, folder, { SCW_SECRET_KEY: "never used" });
    await killed.line(/ [1-9]\d* running/);
    expect(await killed.signal("SIGKILL")).toBe("SIGKILL");

    for (let run = 2; run <= 3; run += 1) {
      const stack = runStack(argv, folder);
      const provider = (await stack.line(simulator)).groups?.["url"] ?? "";
      await stack.line(done);
      const servers = await providerServers(provider);
      expect(servers.filter(({ name }) => name.startsWith("demo-"))).toHaveLength(25);
      expect(new Set(servers.map(({ state }) => state))).toEqual(new Set(["running"]));
      await stack.line(/0 servers doubled/);
      expect(await stack.signal("SIGINT")).toBe(0);
    }
  }, 240_000);
});
