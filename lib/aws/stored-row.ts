import * as z from "zod";
import { retentionSeconds } from "../operation/bounds.ts";
import type { ListPosition } from "../ports/operation-store.ts";
import type { Row } from "./conditional-put.ts";
import { packText, unpackText } from "./packed-text.ts";
import { expiryAttribute } from "./table-definition.ts";
import { parseRow } from "./unreadable-row.ts";

/** What every kind of row that is listed and falls due has. */
interface Listed {
  readonly id: string;
  readonly version: number;
  readonly created_at: string;
}

/** How values of one kind stand in the table. Prefix and shards of no two kinds are the same. */
export interface RowShape<Value extends Listed> {
  /** What stands before the id in `pk`. */
  readonly prefix: string;
  readonly sk: string;
  /** The attribute that holds the value: packed JSON text. */
  readonly attribute: string;
  readonly schema: z.ZodType<Value>;
  /** Where it stands in both indexes. */
  readonly shardOf: (value: Value) => string;
  /** Whether rows may be named in rolls, which list them. */
  readonly isEnrolled: boolean;
  /** Whether the row has an entry of its own in the index by age. */
  readonly isListed: (value: Value) => boolean;
  /** Milliseconds since the epoch; null: not in the due index. */
  readonly dueAt: (value: Value) => number | null;
  /** The row is kept for 30 days from then on; null: for ever. */
  readonly keptSince: (value: Value) => string | null;
}

type KeyShape = Pick<RowShape<Listed>, "prefix" | "sk">;

export const keyOf = ({ prefix, sk }: KeyShape, id: string): { pk: string; sk: string } => ({
  pk: `${prefix}${id}`,
  sk,
});
export const idOf = ({ prefix }: Pick<KeyShape, "prefix">, pk: string): string => pk.slice(prefix.length);
export const listKey = ({ createdAt, id }: ListPosition): string => `${createdAt}#${id}`;

/**
 * The value as an item. The whole of it is one JSON text, packed: DynamoDB's maps forget the order of keys and the
 * exact text of numbers, and the bytes of an event must be the same in every repeat.
 */
export const toRow = <Value extends Listed>(shape: RowShape<Value>, value: Value): Row => {
  const due = shape.dueAt(value);
  const shard = shape.shardOf(value);
  const since = shape.keptSince(value);
  return {
    ...keyOf(shape, value.id),
    [shape.attribute]: packText(JSON.stringify(value)),
    version: value.version,
    ...(shape.isListed(value)
      ? { list_shard: shard, list_key: listKey({ createdAt: value.created_at, id: value.id }) }
      : {}),
    due_shard: due === null ? undefined : shard,
    due_at: due ?? undefined,
    [expiryAttribute]: since === null ? undefined : Math.floor(Date.parse(since) / 1000) + retentionSeconds,
  };
};

const expirySchema = z.object({ [expiryAttribute]: z.number().optional() });

/** Whether the item's time is over; TTL removes rows days late. @throws UnreadableRow */
export const isExpired = (item: Record<string, unknown>, nowMilliseconds: number): boolean => {
  const { [expiryAttribute]: expiry } = parseRow(String(item["pk"]), expirySchema, () => item);
  return expiry !== undefined && expiry * 1000 <= nowMilliseconds;
};

/** The value in the item; null when its time is over. @throws UnreadableRow */
export const fromRow = <Value extends Listed>(
  shape: RowShape<Value>,
  item: Record<string, unknown>,
  nowMilliseconds: number,
): Value | null => {
  if (isExpired(item, nowMilliseconds)) return null;
  return parseRow(String(item["pk"]), shape.schema, () => JSON.parse(unpackText(item[shape.attribute])));
};
