import * as z from "zod";
import { ExactInstallation, type ExactSetting } from "./exact-installation.ts";
import type { WriteCounts } from "./metered-table.ts";
import { exactStart } from "./virtual-time.ts";

/** A job that is asked for. */
export interface AskedJob {
  readonly name: string;
  readonly servers: number;
  /** Milliseconds after the beginning. */
  readonly at: number;
}

const repliedSchema = z.object({ statusCode: z.number(), body: z.string() });
const viewSchema = z.object({
  id: z.string(),
  state: z.string(),
  counts: z.object({ succeeded: z.number(), failed: z.number(), total: z.number() }).loose(),
  ended_at: z.string().nullable(),
});

/** How a job ended. */
export interface JobEnd {
  readonly name: string;
  readonly state: string;
  readonly succeeded: number;
  /** From its being asked for, in seconds. */
  readonly seconds: number;
}

/** Everything that a run has counted. */
export interface Counted {
  readonly jobs: readonly JobEnd[];
  readonly running: number;
  readonly servers: number;
  readonly calls: Readonly<Record<"creates" | "actions" | "looks" | "others" | "limited" | "all", number>>;
  /** Seconds from the first write to the last. */
  readonly issueSeconds: number;
  readonly writes: Readonly<Record<string, WriteCounts>>;
  readonly largest: Readonly<Record<string, number>>;
  readonly reads: Readonly<Record<string, number>>;
  readonly queue: number;
  readonly events: number;
  readonly complaints: readonly string[];
}

const poll = 500;

const playJob = async (installation: ExactInstallation, asked: AskedJob): Promise<JobEnd> => {
  const { time } = installation;
  await time.sleep(asked.at);
  const began = time.now();
  const body = {
    connection: "exact",
    kind: "server.create",
    count: asked.servers,
    template: { name: `${asked.name}-{{index}}`, type: "DEV1-S", image: "ubuntu_noble" },
  };
  const replied = repliedSchema.parse(await installation.request("POST", "/v1/bulk-jobs", body, asked.name));
  if (replied.statusCode !== 202)
    throw new Error(`${asked.name} was answered ${replied.statusCode}: ${replied.body}`);
  const { id } = viewSchema.parse(JSON.parse(replied.body));
  for (;;) {
    await time.sleep(poll);
    const now = repliedSchema.parse(await installation.request("GET", `/v1/bulk-jobs/${id}`, null, ""));
    const { state, counts, ended_at: ended } = viewSchema.parse(JSON.parse(now.body));
    if (ended === null) continue;
    return {
      name: asked.name,
      state,
      succeeded: counts.succeeded,
      seconds: (Date.parse(ended) - began) / 1000,
    };
  }
};

const callsOf = ({ line }: ExactInstallation): Counted["calls"] => {
  const all = line.calls;
  const count = (is: (method: string, path: string) => boolean): number =>
    all.filter(({ method, path }) => is(method, path)).length;
  const creates = count((method, path) => method === "POST" && path.endsWith("/servers"));
  const actions = count((method, path) => method === "POST" && path.endsWith("/action"));
  const looks = count(
    (method, path) => method === "GET" && /\/servers(?:\/[^/]+)?$/.test(path) && !path.includes("products"),
  );
  const others = all.length - creates - actions - looks;
  return {
    creates,
    actions,
    looks,
    others,
    limited: all.filter(({ status }) => status === 429).length,
    all: all.length,
  };
};

const issueSecondsOf = ({ line }: ExactInstallation): number => {
  const posts = line.calls
    .filter(({ method, status }) => method === "POST" && status !== 429)
    .map(({ at }) => at);
  return posts.length === 0 ? 0 : (Math.max(...posts) - exactStart) / 1000;
};

/** After the last job has ended, so long what is still to be written is waited for. */
const settleMilliseconds = 10_000;

/** Plays jobs to their ends. */
export const play = async (setting: ExactSetting, asked: readonly AskedJob[]): Promise<Counted> => {
  const installation = new ExactInstallation(setting);
  installation.tick();
  const progress: { jobs: readonly JobEnd[] | null; failure: unknown; isOver: boolean } = {
    jobs: null,
    failure: null,
    isOver: false,
  };
  const all = async (): Promise<void> => {
    try {
      progress.jobs = await Promise.all(asked.map((job) => playJob(installation, job)));
      await installation.time.sleep(settleMilliseconds);
    } catch (error) {
      progress.failure = error;
    }
    progress.isOver = true;
  };
  const played = all();
  await installation.time.until(() => progress.isOver);
  await played;
  if (progress.jobs === null) throw progress.failure;
  const { line, table, queue, events, complaints } = installation;
  return {
    jobs: progress.jobs,
    running: line.running.size,
    servers: line.serverCount,
    calls: callsOf(installation),
    issueSeconds: issueSecondsOf(installation),
    writes: Object.fromEntries(table.counts),
    largest: Object.fromEntries(table.largest),
    reads: Object.fromEntries(table.reads),
    queue: queue.counts.sends + queue.counts.receives + queue.counts.deletes,
    events,
    complaints,
  };
};
