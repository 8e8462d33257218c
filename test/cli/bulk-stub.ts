import { problem, type Answered, type Received, type StubRoute } from "./api-stub.ts";

/** How the jobs of the stub behave. */
export interface StubJobs {
  /** Items that end with each read of the job; the numbers of those that fail are in `failing`. */
  readonly perBeat?: number;
  readonly failing?: readonly number[];
  readonly confirmOver?: number;
  readonly warnings?: readonly string[];
  /** Faults of rows, for every request. */
  readonly faults?: readonly { readonly pointer: string; readonly detail: string }[];
}

interface Job {
  readonly id: string;
  readonly kind: string;
  readonly total: number;
  readonly key: string;
  state: string;
  ended: number;
  failing: readonly number[];
  beats: number;
  planHash: string;
}

export const stubEpoch = Date.parse("2026-11-20T12:00:00.000Z");
const at = (beats: number): string => new Date(stubEpoch + beats * 1000).toISOString();
const over = new Set(["completed", "completed_with_errors", "failed", "cancelled"]);

const failedOf = (job: Job): number => job.failing.filter((number) => number <= job.ended).length;

const viewOf = (job: Job) => {
  const failed = failedOf(job);
  const cancelled = job.state === "cancelled" ? job.total - job.ended : 0;
  const running = job.state === "running" ? Math.min(5, job.total - job.ended) : 0;
  return {
    id: job.id,
    state: job.state,
    connection: "paris",
    kind: job.kind,
    counts: {
      total: job.total,
      pending: job.total - job.ended - running - cancelled,
      running,
      succeeded: job.ended - failed,
      failed,
      cancelled,
      skipped: 0,
      needs_attention: 0,
    },
    plan_hash: job.planHash,
    created_at: at(0),
    ended_at: over.has(job.state) ? at(job.beats) : null,
  };
};

const endOf = (job: Job): string => {
  if (failedOf(job) === 0) return "completed";
  return failedOf(job) === job.total ? "failed" : "completed_with_errors";
};

const beat = (job: Job, perBeat: number): void => {
  if (job.state !== "running") return;
  job.beats += 1;
  job.ended = Math.min(job.total, job.ended + perBeat);
  if (job.ended === job.total) job.state = endOf(job);
};

const totalOf = ({ headers, body }: Received): number => {
  const type = headers["content-type"] ?? "";
  const lines = body.split("\n").filter((line) => line.trim() !== "");
  if (type.startsWith("text/csv")) return lines.length - 1;
  if (type.startsWith("application/jsonl")) return lines.length;
  const document: { count?: number; items?: unknown[]; select?: unknown } = JSON.parse(body);
  return document.count ?? document.items?.length ?? 12;
};

const kindOf = ({ query, headers, body }: Received): string => {
  if (headers["content-type"] !== "application/json") return query["kind"] ?? "";
  const document: { kind?: string } = JSON.parse(body);
  return document.kind ?? "";
};

const name = (number: number): string => `demo-web-${number}`;

const reportLines = (job: Job, only: string): object[] =>
  Array.from({ length: job.ended }, (_, index) => index + 1).flatMap((number) => {
    const isFailed = job.failing.includes(number);
    if (only !== "all" && isFailed !== (only === "failed")) return [];
    return [
      {
        line: number + 1,
        key: name(number),
        name: name(number),
        state: isFailed ? "failed" : "succeeded",
        attempts: 1,
        code: isFailed ? "QUOTA_EXCEEDED" : null,
        message: isFailed ? "DEV1-S in fr-par-1 (limit 22)" : null,
        server_id: isFailed ? null : `server-${number}`,
        ips: [],
        zone: "fr-par-1",
        started_at: at(0),
        ended_at: at(1),
        eur_per_hour: 0.01368,
        request_id: isFailed ? "req_5C1T" : null,
      },
    ];
  });

const report = (job: Job, { query }: Received): Answered => {
  const lines = reportLines(job, query["only"] ?? "all");
  if (query["format"] === "jsonl")
    return {
      status: 200,
      headers: { "content-type": "application/jsonl" },
      text: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    };
  const rows = lines.map((line) => Object.values(line).join(","));
  const text = [Object.keys(lines[0] ?? { line: 0 }).join(","), ...rows, ""].join("\r\n");
  return { status: 200, headers: { "content-type": "text/csv" }, text };
};

const control = (job: Job, verb: string, { body }: Received): Answered => {
  if (verb === "pause" && job.state === "running") job.state = "paused";
  if (verb === "resume" && job.state === "paused") job.state = "running";
  if (verb === "cancel" && !over.has(job.state)) job.state = "cancelled";
  if (verb === "confirm") {
    const { plan_hash: hash }: { plan_hash?: string } = JSON.parse(body);
    if (hash !== job.planHash) return problem(409, "PLAN_CHANGED", "The plan is another one");
    job.state = "running";
  }
  if (verb === "retry-failed") {
    if (job.state === "cancelled") return problem(409, "JOB_CANCELLED", "A cancelled job is not tried again");
    const { filter }: { filter?: { codes?: string[] } } = body === "" ? {} : JSON.parse(body);
    const isOther = filter?.codes?.includes("QUOTA_EXCEEDED") === false;
    if (failedOf(job) === 0 || isOther) return { status: 200, body: { ...viewOf(job), retried: 0 } };
    job.ended -= failedOf(job);
    job.failing = [];
    job.state = "running";
  }
  return { status: 202, body: viewOf(job) };
};

const planOf = (total: number, options: StubJobs) => ({
  plan_hash: "9f2c41",
  counts: { total },
  cost: { eur_per_hour: total * 0.01368, eur_per_month: total * 0.01368 * 730 },
  duration_seconds: total / 2,
  warnings: options.warnings ?? [],
});

/** Bulk plans and jobs, by the contract's section 5. Jobs are called blk_1, blk_2, … */
export const bulkRoutes = (options: StubJobs): StubRoute => {
  const jobs: Job[] = [];
  const create = (request: Received): Answered => {
    const key = request.headers["idempotency-key"];
    if (typeof key !== "string") return problem(400, "IDEMPOTENCY_KEY_REQUIRED", "A key is required");
    const known = jobs.find((job) => job.key === key);
    if (known !== undefined) return { status: 202, body: viewOf(known) };
    const kind = kindOf(request);
    const total = totalOf(request);
    const asks = total > (options.confirmOver ?? 1000) || kind === "server.delete";
    const failing = options.failing ?? [];
    const state = asks ? "awaiting_confirm" : "running";
    const id = `blk_${jobs.length + 1}`;
    const job: Job = { id, kind, total, key, failing, state, ended: 0, beats: 0, planHash: "9f2c41" };
    jobs.push(job);
    return { status: 202, body: viewOf(job) };
  };
  const about = (request: Received, id: string, part: string | undefined): Answered => {
    const job = jobs.find((one) => one.id === id);
    if (job === undefined) return problem(404, "NOT_FOUND", "There is no such thing");
    if (part === "report") return report(job, request);
    if (part !== undefined) return control(job, part, request);
    beat(job, options.perBeat ?? 5);
    return { status: 200, body: viewOf(job) };
  };
  return (request) => {
    const [, version, collection, id, part] = request.path.split("/");
    if (version !== "v1" || !/^bulk-(?:jobs|plans)$/.test(collection ?? "")) return null;
    const faults = options.faults ?? [];
    if (request.method === "POST" && id === undefined && faults.length > 0)
      return problem(422, "INVALID_REQUEST", "The request has faults", {
        detail: faults.map(({ pointer, detail }) => `${pointer}: ${detail}`).join("; "),
        errors: faults,
      });
    if (collection === "bulk-plans") return { status: 200, body: planOf(totalOf(request), options) };
    if (id !== undefined) return about(request, id, part);
    if (request.method === "POST") return create(request);
    return { status: 200, body: { items: jobs.map(viewOf).toReversed(), next_cursor: null } };
  };
};
