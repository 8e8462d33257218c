import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Log } from "../ports/log.ts";
import type { DueOperation, ListPosition } from "../ports/operation-store.ts";
import { batchGet, type TableAccess } from "./batch-get.ts";
import { getRow, hasVersion, isFree, type PutOutcome, putIf } from "./conditional-put.ts";
import { recentPositions } from "./recent-positions.ts";
import { fromRow, idOf, keyOf, listKey, type RowShape, toRow } from "./stored-row.ts";
import { dueIndex } from "./table-definition.ts";
import { UnreadableRow } from "./unreadable-row.ts";

/** Rows that one listing looks at before it gives what it has: a rare filter must not read the whole table. */
const lookedAtCeiling = 2_000;
const batchSize = 100;

const dueRowSchema = z.object({ pk: z.string(), due_at: z.number() });

type Listed = Parameters<typeof positionOf>[0];
const positionOf = (value: { id: string; version: number; created_at: string }): ListPosition => ({
  createdAt: value.created_at,
  id: value.id,
});

const newestFirst = (one: Listed, other: Listed): number => {
  if (one.created_at !== other.created_at) return one.created_at < other.created_at ? 1 : -1;
  return one.id < other.id ? 1 : -1;
};

/** What a listing looks for. */
export interface Listing<Value> {
  readonly shards: readonly string[];
  /** Null: every row. */
  readonly matches: ((value: Value) => boolean) | null;
  readonly after: ListPosition | null;
  readonly limit: number;
}

/** Rows of one kind in DynamoDB: one item each, single-item conditional puts, two indexes of keys. */
export class DynamoRows<Value extends Listed> {
  readonly #access: TableAccess;
  readonly #log: Log;
  readonly #shape: RowShape<Value>;

  /** `log` is told of rows that can't be read when many are loaded: one of them must not hide the others. */
  constructor(access: TableAccess, log: Log, shape: RowShape<Value>) {
    this.#access = access;
    this.#log = log;
    this.#shape = shape;
  }

  /** Puts the value if its id is free. */
  create(value: Value): Promise<PutOutcome> {
    return putIf(this.#access, toRow(this.#shape, value), isFree(this.#access));
  }

  /** The value in an item that was read; null when its time is over. @throws UnreadableRow */
  read(item: Record<string, unknown>): Value | null {
    return fromRow(this.#shape, item, this.#access.clock.now());
  }

  async load(id: string): Promise<Value | null> {
    const item = await getRow(this.#access, keyOf(this.#shape, id));
    return item === null ? null : this.read(item);
  }

  async loadMany(ids: readonly string[]): Promise<readonly Value[]> {
    const items = await batchGet(
      this.#access,
      [...new Set(ids)].map((id) => keyOf(this.#shape, id)),
    );
    return items.map((item) => this.#readable(item)).filter((value) => value !== null);
  }

  async replace(next: Value, seenVersion: number): Promise<"written" | "stale"> {
    const outcome = await putIf(
      this.#access,
      toRow(this.#shape, next),
      hasVersion(this.#access, seenVersion),
    );
    return outcome.written ? "written" : "stale";
  }

  /** What is due in the shards, oldest first. */
  async due(shards: readonly string[], at: number, limit: number): Promise<readonly DueOperation[]> {
    const found = await Promise.all(shards.map((shard) => this.#dueInShard(shard, at, limit)));
    return found
      .flat()
      .toSorted((one, other) => one.dueAtMilliseconds - other.dueAtMilliseconds)
      .slice(0, limit);
  }

  /** Newest first. */
  async list(asked: Listing<Value>): Promise<{ found: readonly Value[]; next: ListPosition | null }> {
    const { shards, matches, after, limit } = asked;
    const found: Value[] = [];
    let lookedAt = 0;
    const { prefix, isEnrolled } = this.#shape;
    const size = matches === null ? limit + 1 : batchSize;
    for await (const batch of recentPositions(this.#access, {
      prefix,
      shards,
      after,
      batchSize: size,
      isEnrolled,
    })) {
      const values = await this.loadMany(batch.map(({ id }) => id));
      const places = new Set(batch.map(listKey));
      for (const value of values.toSorted(newestFirst)) {
        // A roll may name what was put at another time after all: it is listed there.
        if (!places.has(listKey(positionOf(value)))) continue;
        if (matches !== null && !matches(value)) continue;
        const last = found.at(-1);
        if (found.length === limit && last !== undefined) return { found, next: positionOf(last) };
        found.push(value);
      }
      lookedAt += batch.length;
      if (lookedAt >= lookedAtCeiling) return { found, next: batch.at(-1) ?? null };
    }
    return { found, next: null };
  }

  #readable(item: Record<string, unknown>): Value | null {
    try {
      return this.read(item);
    } catch (error) {
      if (!(error instanceof UnreadableRow)) throw error;
      const id = idOf(this.#shape, error.key);
      this.#log.error("row can't be read", { operation_id: id, error: String(error.cause) });
      return null;
    }
  }

  async #dueInShard(shard: string, at: number, limit: number): Promise<readonly DueOperation[]> {
    const found: DueOperation[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const answer = await this.#access.client.send(
        new QueryCommand({
          TableName: this.#access.table,
          IndexName: dueIndex,
          KeyConditionExpression: "due_shard = :shard AND due_at <= :at",
          ExpressionAttributeValues: { ":shard": shard, ":at": at },
          Limit: limit - found.length,
          ExclusiveStartKey: start,
        }),
      );
      const rows = z.array(dueRowSchema).parse(answer.Items ?? []);
      found.push(...rows.map((row) => ({ id: idOf(this.#shape, row.pk), dueAtMilliseconds: row.due_at })));
      start = answer.LastEvaluatedKey;
    } while (start !== undefined && found.length < limit);
    return found;
  }
}
