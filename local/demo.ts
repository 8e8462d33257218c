import { setTimeout as sleep } from "node:timers/promises";
import {
  type DemoAccess,
  type DemoApi,
  type DemoOperation,
  type DemoServer,
  openDemoApi,
} from "./demo-api.ts";
import { createProgress, type ProgressOutput, tallyOf } from "./demo-progress.ts";

export interface DemoOptions extends DemoAccess {
  /** How a shell command names the API key. */
  readonly keyInShell: string;
  readonly output: ProgressOutput;
}

/** `01` … `25`: they are in the servers' names and in the idempotency keys, so a second run asks for the same ones. */
const numbers = Array.from({ length: 25 }, (_, index) => String(index + 1).padStart(2, "0"));
const lookEveryMilliseconds = 250;

/** The value that `percent` of the sorted numbers do not exceed (nearest rank). */
export const percentile = (sorted: readonly number[], percent: number): number =>
  sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;

/** Everything that the summary says, all of it counted. */
export interface Counted {
  readonly operations: readonly DemoOperation[];
  readonly servers: readonly DemoServer[];
  readonly calls: number;
  readonly events: number;
  readonly replayed: number;
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** How many servers the provider has beyond one for each operation. */
const doubled = (operations: readonly DemoOperation[], servers: readonly DemoServer[]): number => {
  const markers = new Set(operations.map(({ id }) => `swy:op=${id}`));
  const ours = servers.filter(({ tags }) => tags.some((tag) => markers.has(tag)));
  const made = new Set(ours.flatMap(({ tags }) => tags.filter((tag) => markers.has(tag))));
  return ours.length - made.size;
};

/** The summary's lines. */
export const summaryLines = (counted: Counted): readonly string[] => {
  const { operations, servers } = counted;
  const took = operations
    .flatMap(({ created_at, ended_at }) =>
      ended_at === null ? [] : [Date.parse(ended_at) - Date.parse(created_at)],
    )
    .toSorted((a, b) => a - b);
  const first = Math.min(...operations.map(({ created_at }) => Date.parse(created_at)));
  const last = Math.max(...operations.map(({ ended_at, created_at }) => Date.parse(ended_at ?? created_at)));
  const wanted = new Map(servers.map((server) => [server.id, server.state]));
  const running = operations.filter(
    ({ resource }) => resource !== null && wanted.get(resource.id) === "running",
  );
  const failed = operations.filter(({ state }) => state !== "succeeded");
  const earlier =
    counted.replayed === 0 ? [] : [`  ${counted.replayed} of them were there already, from an earlier run`];
  return [
    `  ${failed.length === 0 ? "✔" : "✗"} ${running.length}/${operations.length} running in ${seconds(last - first)}, ` +
      `p50 ${seconds(percentile(took, 50))}, p95 ${seconds(percentile(took, 95))}`,
    `  ${counted.calls} provider calls in this run, ${doubled(operations, servers)} servers doubled, ` +
      `${counted.events} events`,
    ...earlier,
    ...failed.map(({ id, state, error }) => `  ✗ ${id} ${state} ${error?.code ?? ""} ${error?.detail ?? ""}`),
  ];
};

const nextLines = (options: DemoOptions, example: DemoOperation | undefined): readonly string[] => {
  const header = `-H 'Authorization: Bearer ${options.keyInShell}'`.replace(
    /'(.*\$.*)'/,
    (_, inner: string) => `"${inner}"`,
  );
  const server = example?.resource?.id;
  return [
    "",
    "  Next",
    `    curl -s ${header} '${options.url}/v1/operations?limit=3'`,
    `    curl -s ${header} ${options.url}/v1/connections/paris/servers`,
    `    curl -s ${header} '${options.url}/v1/events?limit=5'`,
    ...(server === undefined
      ? []
      : [
          `    curl -s ${header} -H 'Idempotency-Key: stop-1' -H 'Content-Type: application/json' ${options.url}/v1/operations \\`,
          `      -d '{"connection":"paris","kind":"server.stop","resource":{"type":"server","id":"${server}"}}'`,
        ]),
    "",
  ];
};

const follow = async (
  api: DemoApi,
  ids: ReadonlySet<string>,
  output: ProgressOutput,
): Promise<readonly DemoOperation[]> => {
  const startedAt = performance.now();
  const progress = createProgress(output);
  for (;;) {
    const operations = await api.operations(ids);
    progress.show(tallyOf(operations), performance.now() - startedAt);
    if (operations.length === ids.size && operations.every(({ done }) => done)) {
      progress.end();
      return operations;
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
 * The main job, through the public API only: 25 servers, followed while you watch. A second run finds the same 25.
 * @throws DemoRefused when the API answers otherwise than it should
 */
export const runDemo = async (options: DemoOptions): Promise<void> => {
  const api = openDemoApi(options);
  options.output.write(`\n  POST /v1/operations  ${numbers.length} x DEV1-S fr-par-1\n\n`);
  const asked = await Promise.all(numbers.map((number) => api.create(number)));
  const ids = new Set(asked.map(({ operation }) => operation.id));
  const operations = await follow(api, ids, options.output);
  const counted: Counted = {
    operations,
    servers: await api.servers(),
    calls: await api.countCalls(),
    events: await settledEvents(api, ids),
    replayed: asked.filter(({ replayed }) => replayed).length,
  };
  const lines = [...summaryLines(counted), ...nextLines(options, operations[0])];
  options.output.write(`${lines.join("\n")}\n`);
};
