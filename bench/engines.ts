import { join } from "node:path";
import * as z from "zod";
import { startBus } from "../local/bus-endpoint.ts";
import { localStage, readDeployment } from "../local/deployment.ts";
import { startEmbeddedQueues } from "../local/embedded-queue.ts";
import { startEmbeddedTable } from "../local/embedded-table.ts";
import { queueDefinitions } from "../local/queue-attributes.ts";
import { operationEventSchema } from "../events/operation-event.ts";
import { inputOf, onWord, tell } from "./child.ts";
import { startCountingProxy } from "./counting-proxy.ts";
import { engineCountsSchema, EngineTally } from "./engine-counts.ts";

/** Names that the functions are given. */
export const tableName = "switchyard-bench";
export const busName = "switchyard-bench";

/** `expected`: how many operations there will be. */
export const enginesInputSchema = z.object({ expected: z.number() });

/** Where the stand-ins are. The `direct` queue is not counted: what comes from outside is not the functions' doing. */
export const enginesReadySchema = z.object({
  table: z.string(),
  queue: z.string(),
  directQueue: z.string(),
  bus: z.string(),
});

/** Sent when as many operations as expected have told their ends. */
export const allToldSchema = z.object({ allTold: z.literal(true) });

const endSchema = z.object({
  connection: z.string(),
  state: z.string(),
  resourceId: z.string().nullable(),
  error: z.string().nullable(),
  /** Milliseconds since the epoch: when the operation ended, and when its event first stood on the bus. */
  endedAt: z.number(),
  toldAt: z.number(),
});
/** How an operation ended, by its own event. */
export type OperationEnd = z.infer<typeof endSchema>;
export const enginesReportSchema = z.object({ counts: engineCountsSchema, ends: z.array(endSchema) });

const ends = new Map<string, OperationEnd>();
/** Told their ends before they were over, as it were: `needs_attention` is an end here, because nobody resolves it. */
const endOf = (detail: unknown): void => {
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
};

const main = async (): Promise<void> => {
  const { expected } = inputOf(enginesInputSchema);
  const { queues } = await readDeployment(join(import.meta.dirname, "../serverless.yml"), localStage);
  const tally = new EngineTally();
  const table = await startEmbeddedTable({ table: tableName });
  const queue = await startEmbeddedQueues({ queues: queueDefinitions(queues) });
  const take = async (event: Readonly<Record<string, unknown>>): Promise<void> => {
    endOf(event["detail"]);
    if (ends.size === expected) tell({ allTold: true });
  };
  const bus = await startBus({
    busName,
    rules: [{ pattern: {}, deliver: take }],
    report: (message, error) => process.stderr.write(`${message}: ${String(error)}\n`),
  });
  onWord("report", () => tell({ counts: tally.counts, ends: [...ends.values()] }));
  tell({
    table: await startCountingProxy(table.endpoint, (exchange) => tally.table(exchange)),
    queue: await startCountingProxy(queue.endpoint, (exchange) => tally.queue(exchange)),
    directQueue: queue.endpoint,
    bus: await startCountingProxy(bus.endpoint, (exchange) => tally.bus(exchange)),
  });
};

if (import.meta.main) await main();
