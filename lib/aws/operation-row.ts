import { indexedAt } from "../operation/due-at.ts";
import { type Operation, operationSchema } from "../operation/operation.ts";
import { shardOf } from "./shard.ts";
import type { RowShape } from "./stored-row.ts";

/** Operations: spread over shards, kept for 30 days after their end. */
export const operationShape: RowShape<Operation> = {
  prefix: "OP#",
  sk: "OP",
  attribute: "operation",
  schema: operationSchema,
  shardOf: ({ id }) => shardOf(id),
  isEnrolled: true,
  isListed: ({ is_led: isLed }) => !isLed,
  dueAt: indexedAt,
  keptSince: ({ ended_at: endedAt }) => endedAt,
};
