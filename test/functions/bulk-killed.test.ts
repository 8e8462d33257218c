import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import * as z from "zod";
import { startSimulator } from "../../simulators/start-simulator.ts";
import { runStack, type RunningStack } from "../local/running-stack.ts";
import { temporaryFolder } from "../local/temporary-folder.ts";
import { jobSchema, type JobSeen } from "./bulk-world.ts";

const count = 40;
const headers = { authorization: "Bearer swy_dev_local", "content-type": "application/json" };
const itemsSchema = z.object({
  items: z.array(
    z.object({ name: z.string(), state: z.string(), attempts: z.number(), server_id: z.string().nullable() }),
  ),
});

/** The provider, which outlives whoever is killed. */
const openProvider = async () => {
  const simulator = await startSimulator({
    dialect: "scaleway-instance",
    seed: 11,
    speed: 40,
    latency: { milliseconds: 40 },
  });
  onTestFinished(() => simulator.close());
  return simulator;
};

const configure = (folder: string, apiUrl: string): void => {
  const connection = {
    name: "paris",
    provider: "scaleway-instance",
    api_url: apiUrl,
    zone: "fr-par-1",
    project: "105bdce1-64c0-48ab-899d-868455867ecf",
    secret: "env:PROVIDER_SECRET",
    rate_per_second: 25,
    assume: { lands_within_seconds: 1, listed_within_seconds: 1 },
  };
  writeFileSync(join(folder, "switchyard.yaml"), JSON.stringify({ connections: [connection] }));
};

const startIn = async (folder: string): Promise<{ readonly stack: RunningStack; readonly url: string }> => {
  const stack = runStack(["dev", "--port", "0"], folder, {
    PROVIDER_SECRET: "11111111-2222-4333-8444-555555555555",
  });
  const { groups } = await stack.line(/^ready (?<url>http:\/\/127\.0\.0\.1:\d+)$/);
  return { stack, url: groups?.["url"] ?? "" };
};

const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await done())) await sleep(20);
};

/** Reads the job; its counts add up at every read. */
const read = async (url: string, id: string): Promise<JobSeen> => {
  const job = jobSchema.parse(await (await fetch(`${url}/v1/bulk-jobs/${id}`, { headers })).json());
  const { total, ...others } = job.counts;
  expect(Object.values(others).reduce((sum, one) => sum + one, 0)).toBe(total);
  return job;
};

const submit = async (url: string): Promise<string> => {
  const template = { name: "killed-{{index}}", type: "DEV1-S", image: "ubuntu_noble" };
  const answer = await fetch(`${url}/v1/bulk-jobs`, {
    method: "POST",
    headers: { ...headers, "idempotency-key": "killed" },
    body: JSON.stringify({ connection: "paris", kind: "server.create", count, template }),
  });
  expect(answer.status).toBe(202);
  return jobSchema.parse(await answer.json()).id;
};

describe("a stack that is killed with a bulk job in its hands", () => {
  it("goes on when it is started again, and makes every item once, wherever it was killed", async () => {
    const provider = await openProvider();
    const made = () => provider.control.servers();
    const folder = temporaryFolder();
    configure(folder, provider.url);
    let { stack, url } = await startIn(folder);
    const id = await submit(url);
    for (const killedAt of [4, 20]) {
      await until(() => made().length >= killedAt);
      expect(await stack.signal("SIGKILL")).toBe("SIGKILL");
      expect(made().length).toBeLessThan(count);
      ({ stack, url } = await startIn(folder));
      expect((await read(url, id)).ended_at).toBeNull();
    }
    await until(async () => (await read(url, id)).ended_at !== null);
    expect(await read(url, id)).toMatchObject({
      state: "completed",
      counts: { total: count, succeeded: count },
    });

    const servers = made();
    expect(new Set(servers.map(({ name }) => name)).size).toBe(count);
    expect(servers).toHaveLength(count);
    expect(new Set(servers.map(({ state }) => state))).toEqual(new Set(["running"]));
    const listed = await fetch(`${url}/v1/bulk-jobs/${id}/items?limit=100`, { headers });
    const { items } = itemsSchema.parse(await listed.json());
    expect(items).toHaveLength(count);
    expect(new Set(items.map(({ server_id: server }) => server))).toEqual(
      new Set(servers.map((server) => server.id)),
    );
    expect(new Set(items.map(({ state, attempts }) => `${state} ${attempts}`))).toEqual(
      new Set(["succeeded 1"]),
    );
    // What was posted is known after the death: the same request is the same job.
    expect(await submit(url)).toBe(id);
    expect(await stack.signal("SIGINT")).toBe(0);
  }, 120_000);
});
