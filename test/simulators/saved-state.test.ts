import { spawn, type ChildProcess } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { bringTo, handClock, send, serverIdOf, startTalk } from "./talk.ts";

let directory: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "simulator-"));
});
afterEach(() => {
  children.splice(0).forEach((child) => child.kill("SIGKILL"));
  rmSync(directory, { recursive: true });
});

const main = join(import.meta.dirname, "../../simulators/main.ts");

interface Run {
  child: ChildProcess;
  output: string;
  errors: string;
  exited: Promise<number | null>;
}

const run = (...flags: string[]): Run => {
  const child = spawn(process.execPath, [main, ...flags]);
  children.push(child);
  const started: Run = {
    child,
    output: "",
    errors: "",
    exited: new Promise((resolve) => child.once("exit", resolve)),
  };
  child.stdout.on("data", (chunk: Buffer) => {
    started.output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    started.errors += chunk.toString();
  });
  return started;
};

const ready = async (started: Run): Promise<string> => {
  for (let tries = 0; tries < 2000; tries += 1) {
    const url = /^ready (http:\/\/127\.0\.0\.1:\d+)$/m.exec(started.output)?.[1];
    if (url !== undefined) {
      return url;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`no ready line: ${started.errors}`);
};

const flags = (...more: string[]) => ["--state", directory, "--latency-ms", "0", "--port", "0", ...more];
const create = (url: string, name: string) =>
  send("POST", `${url}/instance/v1/zones/fr-par-1/servers`, {
    name,
    commercial_type: "DEV1-S",
    image: "ubuntu_noble",
    project: "105bdce1-64c0-48ab-899d-868455867ecf",
  });
const listed = z.object({
  servers: z.array(z.object({ id: z.string(), name: z.string(), state: z.string() })),
});
const list = async (url: string) =>
  listed.parse((await send("GET", `${url}/instance/v1/zones/fr-par-1/servers?per_page=100`)).body).servers;

describe("after a SIGKILL", () => {
  test("every server that anybody was told of is there, once, and no id is given twice", async () => {
    const first = run(...flags());
    const url = await ready(first);
    const told: string[] = [];
    const make = async (worker: number) => {
      for (let index = 0; ; index += 1) {
        try {
          told.push(serverIdOf(await create(url, `w${worker}-${index}`)));
        } catch {
          return;
        }
        if (told.length === 60) {
          first.child.kill("SIGKILL");
        }
      }
    };
    await Promise.all([1, 2, 3].map(make));
    expect(await first.exited).toBeNull();
    const second = await ready(run(...flags()));
    const held = await list(second);
    expect(told.length).toBeGreaterThanOrEqual(60);
    expect(held.map(({ id }) => id)).toEqual(expect.arrayContaining(told));
    // At most the three calls that were under way were made without anybody hearing of it.
    expect(held.length).toBeLessThanOrEqual(told.length + 3);
    expect(new Set(held.map(({ name }) => name)).size).toBe(held.length);
    const fresh = serverIdOf(await create(second, "fresh"));
    expect(held.map(({ id }) => id)).not.toContain(fresh);
  });

  test("a reply that was lost on purpose is not lost to the state", async () => {
    const first = run(...flags("--fault", "lost_reply=match:POST */servers"));
    await expect(create(await ready(first), "lost")).rejects.toThrow("fetch failed");
    first.child.kill("SIGKILL");
    await first.exited;
    expect(await list(await ready(run(...flags())))).toMatchObject([{ name: "lost", state: "stopped" }]);
  });

  test("a transition goes on: it ends when it would have ended", async () => {
    const first = run(...flags("--speed", "20"));
    const url = await ready(first);
    const id = serverIdOf(await create(url, "web"));
    await send("POST", `${url}/instance/v1/zones/fr-par-1/servers/${id}/action`, { action: "poweron" });
    first.child.kill("SIGKILL");
    await first.exited;
    const second = await ready(run(...flags("--speed", "20")));
    const states = new Set<string>();
    for (let tries = 0; tries < 1000 && !states.has("running"); tries += 1) {
      (await list(second)).forEach(({ state }) => states.add(state));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(states).toContain("running");
  });
});

describe("saved state", () => {
  test("holds volumes, user data, groups and what was being detached", async () => {
    const clock = handClock();
    const first = await startTalk({ dialect: "scaleway-instance", stateDirectory: directory, clock });
    const id = await first.made({ name: "web", tags: ["a"] });
    await first.call("PATCH", `/servers/${id}/user_data/cloud-init`, "text");
    await first.act(id, "poweron");
    const before = (await first.call("GET", `/servers/${id}`)).body;
    await first.close();
    const second = await startTalk({ dialect: "scaleway-instance", stateDirectory: directory, clock });
    expect((await second.call("GET", `/servers/${id}`)).body).toEqual(before);
    expect((await second.call("GET", `/servers/${id}/user_data/cloud-init`)).text).toBe("text");
    clock.advance(100_000);
    await second.act(id, "terminate");
    clock.advance(100_000);
    expect((await second.call("GET", "/servers")).body).toEqual({ servers: [] });
    await second.close();
    const third = await startTalk({ dialect: "scaleway-instance", stateDirectory: directory, clock });
    expect((await third.call("GET", "/servers")).body).toEqual({ servers: [] });
    expect((await third.root("GET", "/block/v1/zones/fr-par-1/volumes")).body).toMatchObject({
      total_count: 1,
      volumes: [{ references: [] }],
    });
    await third.close();
  });

  test("works for the legacy API too, tasks included", async () => {
    const clock = handClock();
    const first = await startTalk({ dialect: "scaleway-compute", stateDirectory: directory, clock });
    const id = await first.made();
    await bringTo(first, id, "starting");
    const tasks = (await first.call("GET", "/tasks")).body;
    await first.close();
    const second = await startTalk({ dialect: "scaleway-compute", stateDirectory: directory, clock });
    expect((await second.call("GET", "/tasks")).body).toEqual(tasks);
    expect((await second.call("GET", `/servers/${id}`)).body).toMatchObject({
      server: { state: "starting" },
    });
    await second.close();
  });

  test("a last line that was cut off is dropped, any other damage is reported", async () => {
    const clock = handClock();
    const first = await startTalk({ dialect: "scaleway-instance", stateDirectory: directory, clock });
    await first.made({ name: "kept" });
    await first.close();
    appendFileSync(join(directory, "journal.jsonl"), '[["server","x",{"id":');
    const second = await startTalk({ dialect: "scaleway-instance", stateDirectory: directory, clock });
    expect(second.control.servers().map(({ name }) => name)).toEqual(["kept"]);
    await second.close();
    writeFileSync(join(directory, "journal.jsonl"), 'broken\n[["server","x",null]]\n');
    await expect(startTalk({ dialect: "scaleway-instance", stateDirectory: directory })).rejects.toThrow(
      "damaged at line 1",
    );
  });
});

describe("the command", () => {
  test("ends cleanly on SIGTERM", async () => {
    const started = run(...flags());
    await ready(started);
    started.child.kill("SIGTERM");
    expect(await started.exited).toBe(0);
  });

  test.for<readonly [flag: string, ...rest: string[]]>([
    ["--port", "70000"],
    ["--speed", "fast"],
    ["--dialect", "scaleway-nothing"],
  ])("refuses %s %s by name with exit code 2", async (args) => {
    const started = run(...args);
    expect(await started.exited).toBe(2);
    expect(started.errors).toContain(args[0]);
    expect(started.output).toBe("");
  });
});
