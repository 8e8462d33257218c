import { afterAll, beforeAll, beforeEach, vi } from "vitest";
import * as z from "zod";
import type { SwitchyardEvent } from "../../events/event.ts";
import { openInstallation, type Installation } from "./installation.ts";

const answerSchema = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
const faultSchema = z.object({ pointer: z.string(), detail: z.string() });

/** What is read of a problem document. */
export const problemSchema = z.looseObject({
  code: z.string(),
  detail: z.string(),
  errors: z.array(faultSchema).default([]),
});

const countsSchema = z.strictObject({
  total: z.number(),
  pending: z.number(),
  running: z.number(),
  succeeded: z.number(),
  failed: z.number(),
  cancelled: z.number(),
  skipped: z.number(),
  needs_attention: z.number(),
});

/** What is read of a job. */
export const jobSchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  counts: countsSchema,
  plan_hash: z.string(),
  ended_at: z.string().nullable(),
  errors: z.array(z.looseObject({ code: z.string(), count: z.number(), names: z.array(z.string()) })),
  paused: z.looseObject({ why: z.string(), resumes_at: z.string().nullable() }).nullable(),
  stopped: z
    .looseObject({
      why: z.string(),
      rollback: z.object({ removed: z.number(), kept: z.array(z.string()), is_done: z.boolean() }).nullable(),
    })
    .nullable(),
  warnings: z.array(z.string()),
});
export type JobSeen = z.infer<typeof jobSchema>;

/** What is read of an item. */
const itemSchema = z.looseObject({
  index: z.number(),
  key: z.string(),
  name: z.string().nullable(),
  state: z.string(),
  attempts: z.number(),
  code: z.string().nullable(),
  message: z.string().nullable(),
  server_id: z.string().nullable(),
  ips: z.array(z.string()),
  zone: z.string().nullable(),
  eur_per_hour: z.number().nullable(),
  operation_id: z.string().nullable(),
});
export type ItemSeen = z.infer<typeof itemSchema>;

/** A request in few words: JSON, and the deployment's own key, unless it says otherwise. */
interface Asked {
  readonly body?: unknown;
  /** A body as it is. */
  readonly text?: string | Buffer;
  readonly type?: string;
  readonly key?: string;
  /** Null: none is sent. */
  readonly auth?: string | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: () => unknown;
}

const contextOf = (seconds: number) => {
  const end = Date.now() + seconds * 1000;
  return { getRemainingTimeInMillis: () => end - Date.now() };
};

const eventOf = (method: string, target: string, { body, text, type, key, auth = "swy_test" }: Asked) => {
  const [rawPath = "", rawQueryString = ""] = target.split("?");
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString,
    headers: {
      ...(auth === null ? {} : { authorization: `Bearer ${auth}` }),
      ...(sent === undefined ? {} : { "content-type": type ?? "application/json" }),
      ...(key === undefined ? {} : { "idempotency-key": key }),
    },
    requestContext: { http: { method, path: rawPath, sourceIp: "192.0.2.1" }, requestId: "r" },
    // API Gateway gives bodies of types that it does not know as text in base64.
    ...(sent === undefined ? {} : { body: Buffer.from(sent).toString("base64") }),
    isBase64Encoded: sent !== undefined,
  };
};

/** The functions of bulk jobs as they are deployed, on an installation. One a test file. */
export interface BulkWorld extends Installation {
  /** Asks the function `bulk`. */
  readonly ask: (method: string, target: string, asked?: Asked) => Promise<Answer>;
  /** Asks the function `settings`: keys, limits, the stop switch, the audit trail. */
  readonly askSettings: (method: string, target: string, asked?: Asked) => Promise<Answer>;
  /** Posts a job that must be taken. */
  readonly submit: (body: unknown, key: string) => Promise<JobSeen>;
  readonly job: (id: string) => Promise<JobSeen>;
  /** Asks for a pause, a cancel and so on, which must be granted. */
  readonly control: (id: string, verb: string, body?: unknown) => Promise<JobSeen>;
  readonly items: (id: string, query?: string) => Promise<readonly ItemSeen[]>;
  /** One tick of the runner. The follower is at work all the time. `seconds`: left of the invocation. */
  readonly tick: (seconds?: number) => Promise<void>;
  /** Lets the runner and the follower go on until `done` says that it is enough; asks it every 50 ms. */
  readonly until: (id: string, done: (job: JobSeen) => boolean) => Promise<JobSeen>;
  /** Servers at the provider whose names begin so. */
  readonly serversNamed: (beginning: string) => ReturnType<Installation["simulator"]["control"]["servers"]>;
  /** How many creates the provider was sent since its calls were cleared. */
  readonly creates: () => number;
  /** Resolves when no tick goes on any more. */
  readonly settled: () => Promise<void>;
  /** Ticks until the job is over. */
  readonly over: (id: string) => Promise<JobSeen>;
}

/** Events come at least once: each once, by its id, in their order. */
export const eventsAbout = (
  { events }: Pick<BulkWorld, "events">,
  { id }: Pick<JobSeen, "id">,
): readonly SwitchyardEvent[] => {
  const each = new Map(events.filter(({ subject }) => subject === id).map((event) => [event.id, event]));
  return [...each.values()].toSorted((one, other) => one.sequence - other.sequence);
};

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Adds up, at every read. */
const checked = (answer: Answer): JobSeen => {
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
  const job = jobSchema.parse(answer.json());
  const { total, ...parts } = job.counts;
  const sum = Object.values(parts).reduce((one, other) => one + other, 0);
  if (sum !== total) throw new Error(`The counts do not add up: ${JSON.stringify(job.counts)}`);
  return job;
};

const timesOut = 100_000;

/** Opens the installation with a connection `paris`; `more`: further settings of it. */
export const openBulkWorld = async (
  more: Readonly<Record<string, unknown>> = {},
  others: readonly { readonly name: string; readonly [setting: string]: unknown }[] = [],
): Promise<BulkWorld> => {
  const installation = await openInstallation("scaleway-instance", 100, [
    { name: "paris", ...more },
    ...others,
  ]);
  const { handler: bulk } = await import("../../functions/bulk.ts");
  const { handler: settings } = await import("../../functions/settings.ts");
  const { handler: run } = await import("../../functions/run-bulk-jobs.ts");
  const { control } = installation.simulator;
  const asking =
    (handler: typeof bulk) =>
    async (method: string, target: string, asked: Asked = {}): Promise<Answer> => {
      const given = answerSchema.parse(await handler(eventOf(method, target, asked), contextOf(29)));
      const { statusCode: status, headers, body: text } = given;
      return { status, headers, text, json: () => JSON.parse(text) };
    };
  const ask = asking(bulk);
  const ticks = new Set<Promise<void>>();
  const oneTick = async (seconds: number): Promise<void> => {
    const message = { messageId: "m1", body: '{"v":1}', attributes: { ApproximateReceiveCount: "1" } };
    await run({ Records: [message] }, contextOf(seconds));
  };
  const stopping = new AbortController();
  // The follower comes whenever it is woken, and each minute.
  const following = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await installation.follow();
      await sleep(100);
    }
  };
  const followed = following();
  const tick = (seconds = 90): Promise<void> => {
    const ticking = oneTick(seconds);
    const settled = ticking.catch(() => {}).finally(() => ticks.delete(settled));
    ticks.add(settled);
    return ticking;
  };
  const job = async (id: string): Promise<JobSeen> => checked(await ask("GET", `/v1/bulk-jobs/${id}`));
  const settled = async (): Promise<void> => {
    await Promise.all(ticks);
  };
  const until: BulkWorld["until"] = async (id, done) => {
    const began = Date.now();
    for (;;) {
      // A tick goes on until nothing is left for it: whoever changes the job changes it under its hands.
      if (ticks.size === 0) void tick().catch(() => {});
      const seen = await job(id);
      if (done(seen)) return seen;
      if (Date.now() - began > timesOut) throw new Error(`It never came: ${JSON.stringify(seen)}`);
      await sleep(50);
    }
  };
  const over: BulkWorld["over"] = (id) => until(id, ({ ended_at: at }) => at !== null);
  return {
    ...installation,
    ask,
    askSettings: asking(settings),
    submit: async (body, key) => checked(await ask("POST", "/v1/bulk-jobs", { body, key })),
    job,
    control: async (id, verb, body) =>
      checked(await ask("POST", `/v1/bulk-jobs/${id}/${verb}`, body === undefined ? {} : { body })),
    items: async (id, query = "limit=100") => {
      const answer = await ask("GET", `/v1/bulk-jobs/${id}/items?${query}`);
      return z.object({ items: z.array(itemSchema) }).parse(answer.json()).items;
    },
    tick,
    until,
    over,
    serversNamed: (beginning) => control.servers().filter(({ name }) => name.startsWith(beginning)),
    creates: () =>
      control.calls().filter(({ method, path }) => method === "POST" && path.endsWith("/servers")).length,
    settled,
    stop: async () => {
      await settled();
      stopping.abort();
      await followed;
      await installation.stop();
    },
  };
};

/**
 * A world for the tests of one file: before each of them nothing goes on and no fault is left.
 * @param more further settings of its connection `paris`
 * @param take gets it before each test, with a number that no other test has
 */
export const useBulkWorld = (
  more: Parameters<typeof openBulkWorld>[0],
  take: (world: BulkWorld, serial: number) => void,
  others?: Parameters<typeof openBulkWorld>[1],
): void => {
  vi.setConfig({ testTimeout: 120_000 });
  let world: BulkWorld;
  let serial = 0;
  beforeAll(async () => {
    world = await openBulkWorld(more, others);
  });
  afterAll(() => world.stop());
  beforeEach(async () => {
    await world.settled();
    world.simulator.control.clearFaults();
    world.simulator.control.clearCalls();
    serial += 1;
    take(world, serial);
  });
};
