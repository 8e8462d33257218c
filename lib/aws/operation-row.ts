import { retentionSeconds } from "../operation/bounds.ts";
import * as z from "zod";
import { dueAt } from "../operation/due-at.ts";
import { type Operation, operationSchema } from "../operation/operation.ts";
import type { ListPosition } from "../ports/operation-store.ts";
import { expiryAttribute } from "./table-definition.ts";
import type { Row } from "./conditional-put.ts";
import { shardOf } from "./shard.ts";
import { parseRow } from "./unreadable-row.ts";

/** Seconds for which a finished operation is kept: 30 days. */
const prefix = "OP#";

export const operationKey = (id: string): { pk: string; sk: string } => ({ pk: `${prefix}${id}`, sk: "OP" });
export const idOfKey = (pk: string): string => pk.slice(prefix.length);
export const listKey = ({ createdAt, id }: ListPosition): string => `${createdAt}#${id}`;

const expiresAt = (operation: Operation): number | undefined =>
  operation.ended_at === null
    ? undefined
    : Math.floor(Date.parse(operation.ended_at) / 1000) + retentionSeconds;

/**
 * The operation as an item. The whole of it is one JSON text: DynamoDB's maps forget the order of keys and the
 * exact text of numbers, and the bytes of an event in the outbox must be the same in every repeat.
 */
export const toRow = (operation: Operation): Row => {
  const due = dueAt(operation);
  const shard = shardOf(operation.id);
  return {
    ...operationKey(operation.id),
    operation: JSON.stringify(operation),
    version: operation.version,
    list_shard: shard,
    list_key: listKey({ createdAt: operation.created_at, id: operation.id }),
    due_shard: due === null ? undefined : shard,
    due_at: due ?? undefined,
    [expiryAttribute]: expiresAt(operation),
  };
};

const rowSchema = z.object({
  pk: z.string(),
  operation: z.string(),
  version: z.number(),
  [expiryAttribute]: z.number().optional(),
});

/** The operation in the item; null when its time is over (TTL removes rows days late). @throws UnreadableRow */
export const fromRow = (item: Record<string, unknown>, nowMilliseconds: number): Operation | null => {
  const key = String(item["pk"]);
  const row = parseRow(key, rowSchema, () => item);
  const expiry = row[expiryAttribute];
  if (expiry !== undefined && expiry * 1000 <= nowMilliseconds) return null;
  return parseRow(key, operationSchema, () => JSON.parse(row.operation));
};
