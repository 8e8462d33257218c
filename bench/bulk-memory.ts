import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { simulatedSecret, simulatedSecretVariable } from "../local/default-connection.ts";
import { localApiKey } from "../local/environment.ts";
import { bulkPath } from "./http-request.ts";
import { startProviderProcess } from "./provider-process.ts";
import type { Figure, FiguresRow } from "./report.ts";
import { peakWhile, type StackProcess, startStackProcess } from "./stack-process.ts";
import { upload } from "./upload.ts";

/** What is measured, and how. */
export interface MemorySetting {
  readonly items: number;
  readonly uploadMegabytes: number;
  readonly callsPerSecond: number;
  readonly seed: number;
}

/** Recorded durations and latencies divided by it: what is held at the same time is the job, not the servers that start. */
const providerSpeed = 10;
/** What the stack holds when nothing is asked of it is looked at after so long. */
const idleMilliseconds = 10_000;
const pollMilliseconds = 1000;

const connections = (url: string, { callsPerSecond }: MemorySetting): string =>
  JSON.stringify({
    connections: [
      {
        name: "bench",
        provider: "scaleway-instance",
        api_url: url,
        zone: "fr-par-1",
        project: "105bdce1-64c0-48ab-899d-868455867ecf",
        secret: `env:${simulatedSecretVariable}`,
        rate_per_second: callsPerSecond,
        confirm_over: 1_000_000,
      },
    ],
  });

const jobSchema = z.object({
  id: z.string(),
  state: z.string(),
  ended_at: z.string().nullable(),
  counts: z.object({ succeeded: z.number() }),
});
type Job = z.infer<typeof jobSchema>;
const headers = { authorization: `Bearer ${localApiKey}`, "content-type": "application/json" };

const read = async (answer: Response): Promise<Job> => {
  const body = await answer.text();
  if (!answer.ok) throw new Error(`The job was answered ${answer.status}: ${body}`);
  return jobSchema.parse(JSON.parse(body));
};

/** A job of that many servers, from its request to its end. */
const runJob = async (url: string, items: number, progress: (line: string) => void): Promise<Job> => {
  const body = JSON.stringify({
    connection: "bench",
    kind: "server.create",
    count: items,
    template: { name: "bench-{{index}}", type: "DEV1-S", image: "ubuntu_noble" },
  });
  const asked = { method: "POST", headers: { ...headers, "idempotency-key": "memory" }, body };
  let job = await read(await fetch(`${url}${bulkPath}`, asked));
  for (let polled = 1; job.ended_at === null; polled += 1) {
    await sleep(pollMilliseconds);
    job = await read(await fetch(`${url}${bulkPath}/${job.id}`, { headers }));
    if (polled % 30 === 0) progress(`memory: ${job.counts.succeeded} of ${items} servers run`);
  }
  return job;
};

const figure = (name: string, unit: string, ours: number): Figure => ({
  name,
  unit,
  ours,
  rival: null,
  ratio: null,
});

const measured = async (
  stack: StackProcess,
  setting: MemorySetting,
  progress: (line: string) => void,
): Promise<readonly Figure[]> => {
  const { items, uploadMegabytes } = setting;
  await sleep(idleMilliseconds);
  const idle = stack.megabytes();
  progress(`memory: an upload of ${uploadMegabytes} MB`);
  const uploaded = await peakWhile(stack, upload(stack.url, localApiKey, uploadMegabytes));
  const before = stack.megabytes();
  const ran = await peakWhile(stack, runJob(stack.url, items, progress));
  return [
    figure("embedded stack, idle", "MB", idle),
    figure(
      `– at most while ${uploadMegabytes} MB are uploaded, above that`,
      "MB",
      uploaded.peakMegabytes - idle,
    ),
    figure("– how that is answered", "status", uploaded.result.status),
    figure(
      `– at most during a job of ${items}, above idle`,
      "MB",
      ran.peakMegabytes - Math.min(idle, before),
    ),
    figure("– how many of them run", "servers", ran.result.counts.succeeded),
  ];
};

/** The row: what the embedded stack holds, with everything in one process that AWS would run, but for the provider. */
export const rowMemory = async (
  setting: MemorySetting,
  progress: (line: string) => void,
): Promise<FiguresRow> => {
  const folder = mkdtempSync(join(tmpdir(), "switchyard-bench-"));
  const provider = await startProviderProcess({
    seed: setting.seed,
    speed: providerSpeed,
    latencyMilliseconds: 20,
    callsPerSecond: setting.callsPerSecond,
  });
  const config = join(folder, "connections.yaml");
  writeFileSync(config, connections(provider.url, setting));
  const stack = await startStackProcess(join(folder, "state"), ["--config", config], {
    [simulatedSecretVariable]: simulatedSecret,
    SWITCHYARD_LOG_LEVEL: "ERROR",
  });
  try {
    return {
      title: `Row memory. The embedded stack, all in one process, at a job of ${setting.items}`,
      rival:
        "none; at most 200 MB above idle is allowed, and an upload of 100 MB must be refused without being held",
      figures: await measured(stack, setting, progress),
      rounds: 1,
    };
  } finally {
    await stack.stop();
    await provider.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
