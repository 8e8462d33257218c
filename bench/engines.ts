import { join } from "node:path";
import { startBus } from "../local/bus-endpoint.ts";
import { localStage, readDeployment } from "../local/deployment.ts";
import { startEmbeddedQueues } from "../local/embedded-queue.ts";
import { startEmbeddedTable } from "../local/embedded-table.ts";
import { queueDefinitions } from "../local/queue-attributes.ts";
import { operationEventSchema } from "../events/operation-event.ts";
import { endWithParent, inputOf, onWord, tell, usageSince } from "./child.ts";
import { startCountingProxy } from "./counting-proxy.ts";
import { EngineTally } from "./engine-counts.ts";
import { busName, enginesInputSchema, type OperationEnd, tableName } from "./engine-messages.ts";

// A process of its own: the stand-ins of table, queue and bus, each behind a proxy that counts.

const { expected } = inputOf(enginesInputSchema);
const tally = new EngineTally();
const ends = new Map<string, OperationEnd>();

const take = (detail: unknown): void => {
  const parsed = operationEventSchema.safeParse(detail);
  if (!parsed.success || !parsed.data.data.done || ends.has(parsed.data.subject)) return;
  const { connection, state, resource, error, ended_at: endedAt, updated_at: updatedAt } = parsed.data.data;
  ends.set(parsed.data.subject, {
    connection,
    state,
    resourceId: resource?.id ?? null,
    error: error === null ? null : `${error.code}: ${error.detail}`,
    endedAt: Date.parse(endedAt ?? updatedAt),
    toldAt: Date.now(),
  });
  if (ends.size === expected) tell({ allTold: true });
};

const { queues } = await readDeployment(join(import.meta.dirname, "../serverless.yml"), localStage);
const table = await startEmbeddedTable({ table: tableName });
const queue = await startEmbeddedQueues({ queues: queueDefinitions(queues) });
const bus = await startBus({
  busName,
  rules: [{ pattern: {}, deliver: async ({ detail }) => take(detail) }],
  report: (message, error) => process.stderr.write(`${message}: ${String(error)}\n`),
});
onWord("report", () =>
  tell({ counts: tally.counts, ends: [...ends.values()], usage: usageSince(cpuBefore) }),
);
endWithParent();
const cpuBefore = process.cpuUsage();
tell({
  table: await startCountingProxy(table.endpoint, (exchange) => tally.table(exchange)),
  queue: await startCountingProxy(queue.endpoint, (exchange) => tally.queue(exchange)),
  directQueue: queue.endpoint,
  bus: await startCountingProxy(bus.endpoint, (exchange) => tally.bus(exchange)),
});
