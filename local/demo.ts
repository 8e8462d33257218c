import { setTimeout as sleep } from "node:timers/promises";
import {
  type DemoAccess,
  type DemoApi,
  demoCount,
  type DemoItem,
  type DemoJob,
  type DemoServer,
  openDemoApi,
} from "./demo-api.ts";
import { createProgress, type ProgressOutput } from "./demo-progress.ts";

export interface DemoOptions extends DemoAccess {
  /** How a shell command names the API key. */
  readonly keyInShell: string;
  readonly output: ProgressOutput;
}

const lookEveryMilliseconds = 250;

/** The value that `percent` of the sorted numbers do not exceed (nearest rank). */
export const percentile = (sorted: readonly number[], percent: number): number =>
  sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;

/** Everything that the summary says: the job's own figures, and what was counted beside it. */
export interface Counted {
  readonly job: DemoJob;
  readonly items: readonly DemoItem[];
  readonly servers: readonly DemoServer[];
  readonly calls: number;
  readonly events: number;
  /** Servers that were there when the job was asked for. */
  readonly earlier: number;
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
const euros = (amount: number): string => `EUR ${amount.toFixed(4)}`;

/** How many servers the provider has beyond one for each item. */
const doubled = (items: readonly DemoItem[], servers: readonly DemoServer[]): number => {
  const markers = new Set(items.map(({ operation_id: id }) => `swy:op=${id}`));
  const ours = servers.filter(({ tags }) => tags.some((tag) => markers.has(tag)));
  const made = new Set(ours.flatMap(({ tags }) => tags.filter((tag) => markers.has(tag))));
  return ours.length - made.size;
};

/** From the row of an item's operation to its end, in milliseconds, the shortest first. */
const durations = (items: readonly DemoItem[]): readonly number[] =>
  items
    .flatMap(({ started_at: from, ended_at: to }) =>
      from === null || to === null ? [] : [Date.parse(to) - Date.parse(from)],
    )
    .toSorted((one, other) => one - other);

/** The summary's lines. */
export const summaryLines = ({ job, items, servers, calls, events, earlier }: Counted): readonly string[] => {
  const { counts, cost } = job;
  const states = new Map(servers.map((server) => [server.id, server.state]));
  const running = items.filter(({ server_id: id }) => id !== null && states.get(id) === "running");
  const took = durations(items);
  const lasted = Date.parse(job.ended_at ?? job.created_at) - Date.parse(job.created_at);
  const sign = counts.succeeded === counts.total ? "✔" : "✗";
  return [
    `  ${sign} ${running.length}/${counts.total} running in ${seconds(lasted)}, ` +
      `p50 ${seconds(percentile(took, 50))}, p95 ${seconds(percentile(took, 95))}`,
    `  ${job.id} ${job.state}: ${counts.succeeded} succeeded, ${counts.failed} failed` +
      (cost === null ? "" : `, ${euros(cost.eur_per_hour)} an hour, ${euros(cost.so_far_eur)} so far`),
    `  ${calls} provider calls in this run, ${doubled(items, servers)} servers doubled, ${events} events`,
    ...(earlier === 0 ? [] : [`  ${earlier} of them were there already, from an earlier run`]),
    ...job.errors.map(
      ({ code, count, message, names }) => `  ✗ ${count} x ${code}  ${message}  ${names.join(", ")}`,
    ),
  ];
};

const nextLines = (options: DemoOptions, { job, items }: Counted): readonly string[] => {
  const header = `-H 'Authorization: Bearer ${options.keyInShell}'`.replace(
    /'(.*\$.*)'/,
    (_, inner: string) => `"${inner}"`,
  );
  const server = items.find(({ server_id: id }) => id !== null)?.server_id ?? null;
  return [
    "",
    "  Next",
    `    curl -s ${header} ${options.url}/v1/bulk-jobs/${job.id}/report`,
    `    curl -s ${header} '${options.url}/v1/operations?limit=3'`,
    `    curl -s ${header} ${options.url}/v1/connections/paris/servers`,
    `    curl -s ${header} '${options.url}/v1/events?limit=5'`,
    ...(server === null
      ? []
      : [
          `    curl -s ${header} -H 'Idempotency-Key: stop-1' -H 'Content-Type: application/json' ${options.url}/v1/operations \\`,
          `      -d '{"connection":"paris","kind":"server.stop","resource":{"type":"server","id":"${server}"}}'`,
        ]),
    "",
  ];
};

/** Looks at the job until it is over. */
const follow = async (api: DemoApi, id: string, output: ProgressOutput): Promise<DemoJob> => {
  const startedAt = performance.now();
  const progress = createProgress(output);
  for (;;) {
    const job = await api.job(id);
    progress.show(job, performance.now() - startedAt);
    if (job.ended_at !== null) {
      progress.end();
      return job;
    }
    await sleep(lookEveryMilliseconds);
  }
};

/** The events are appended after the rows: waits until their number stands still, for two seconds at most. */
const settledEvents = async (api: DemoApi, ids: ReadonlySet<string>): Promise<number> => {
  let before = await api.countEvents(ids);
  for (let looks = 0; looks < 8; looks += 1) {
    await sleep(lookEveryMilliseconds);
    const now = await api.countEvents(ids);
    if (now === before) return now;
    before = now;
  }
  return before;
};

/**
 * The main job, through the public API only: 25 servers by one bulk job, followed while you watch. A second run asks for
 * the same job: it finds the same 25, or goes on with those that are missing.
 * @throws DemoRefused when the API answers otherwise than it should
 */
export const runDemo = async (options: DemoOptions): Promise<void> => {
  const api = openDemoApi(options);
  const { job: asked, replayed } = await api.submit();
  options.output.write(
    `\n  POST /v1/bulk-jobs  ${demoCount} x DEV1-S fr-par-1  ->  202 Accepted  ${asked.id}\n\n`,
  );
  const job = await follow(api, asked.id, options.output);
  const items = await api.items(job.id);
  const ids = new Set([job.id, ...items.flatMap(({ operation_id: id }) => id ?? [])]);
  const counted: Counted = {
    job,
    items,
    servers: await api.servers(),
    calls: await api.countCalls(),
    events: await settledEvents(api, ids),
    earlier: replayed ? asked.counts.succeeded : 0,
  };
  const lines = [...summaryLines(counted), ...nextLines(options, counted)];
  options.output.write(`${lines.join("\n")}\n`);
};
