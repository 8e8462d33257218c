import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Operation } from "../operation/operation.ts";
import type { Log } from "../ports/log.ts";
import type {
  DueOperation,
  ListPosition,
  OperationFilter,
  OperationPage,
  OperationStore,
} from "../ports/operation-store.ts";
import { batchGet, type TableAccess } from "./batch-get.ts";
import { type Condition, getRow, putIf } from "./conditional-put.ts";
import { fromRow, idOfKey, operationKey, toRow } from "./operation-row.ts";
import { recentPositions } from "./recent-positions.ts";
import { shards } from "./shard.ts";
import { dueIndex, expiryAttribute } from "./table-definition.ts";
import { UnreadableRow } from "./unreadable-row.ts";

/** Rows that one listing looks at before it gives what it has: a rare filter must not read the whole table. */
const lookedAtCeiling = 2_000;
const batchSize = 100;
const createAttempts = 3;

const dueRowSchema = z.object({ pk: z.string(), due_at: z.number() });

/** Whether the operation is one that the filter asks for. */
const matches = (operation: Operation, filter: OperationFilter): boolean =>
  (filter.state === undefined || operation.state === filter.state) &&
  (filter.kind === undefined || operation.kind === filter.kind) &&
  (filter.connection === undefined || operation.connection === filter.connection) &&
  (filter.bulkJob === undefined || operation.bulk_job === filter.bulkJob);

const positionOf = (operation: Operation): ListPosition => ({
  createdAt: operation.created_at,
  id: operation.id,
});

const newestFirst = (one: Operation, other: Operation): number => {
  if (one.created_at !== other.created_at) return one.created_at < other.created_at ? 1 : -1;
  return one.id < other.id ? 1 : -1;
};

/** The operations in DynamoDB: one item each, single-item conditional puts, two indexes of keys. */
export class DynamoOperations implements OperationStore {
  readonly #access: TableAccess;
  readonly #log: Log;

  /** `log` is told of rows that can't be read when many are loaded: one of them must not hide the others. */
  constructor(access: TableAccess, log: Log) {
    this.#access = access;
    this.#log = log;
  }

  async create(operation: Operation): Promise<{ created: boolean; operation: Operation }> {
    const row = toRow(operation);
    for (let attempt = 1; attempt <= createAttempts; attempt += 1) {
      const outcome = await putIf(this.#access, row, this.#isFree());
      if (outcome.written) return { created: true, operation };
      const standing = outcome.standing === null ? null : fromRow(outcome.standing, this.#access.clock.now());
      if (standing !== null) return { created: false, operation: standing };
      // It expired between the put and the read: the id is free now.
    }
    throw new Error(`The operation ${operation.id} was neither created nor found.`);
  }

  async load(id: string): Promise<Operation | null> {
    const item = await getRow(this.#access, operationKey(id));
    return item === null ? null : fromRow(item, this.#access.clock.now());
  }

  async loadMany(ids: readonly string[]): Promise<readonly Operation[]> {
    const items = await batchGet(this.#access, [...new Set(ids)].map(operationKey));
    const now = this.#access.clock.now();
    return items.map((item) => this.#readable(item, now)).filter((operation) => operation !== null);
  }

  async replace(next: Operation, seenVersion: number): Promise<"written" | "stale"> {
    const outcome = await putIf(this.#access, toRow(next), this.#hasVersion(seenVersion));
    return outcome.written ? "written" : "stale";
  }

  async due(atMilliseconds: number, limit: number): Promise<readonly DueOperation[]> {
    const found = await Promise.all(shards.map((shard) => this.#dueInShard(shard, atMilliseconds, limit)));
    return found
      .flat()
      .toSorted((one, other) => one.dueAtMilliseconds - other.dueAtMilliseconds)
      .slice(0, limit);
  }

  async list(filter: OperationFilter, after: ListPosition | null, limit: number): Promise<OperationPage> {
    const filtered = Object.values(filter).some((value) => value !== undefined);
    const found: Operation[] = [];
    let lookedAt = 0;
    for await (const batch of recentPositions(this.#access, after, filtered ? batchSize : limit + 1)) {
      const operations = await this.loadMany(batch.map(({ id }) => id));
      for (const operation of operations.toSorted(newestFirst)) {
        if (!matches(operation, filter)) continue;
        const last = found.at(-1);
        if (found.length === limit && last !== undefined)
          return { operations: found, next: positionOf(last) };
        found.push(operation);
      }
      lookedAt += batch.length;
      if (lookedAt >= lookedAtCeiling) return { operations: found, next: batch.at(-1) ?? null };
    }
    return { operations: found, next: null };
  }

  #readable(item: Record<string, unknown>, now: number): Operation | null {
    try {
      return fromRow(item, now);
    } catch (error) {
      if (!(error instanceof UnreadableRow)) throw error;
      this.#log.error("row can't be read", { operation_id: idOfKey(error.key), error: String(error.cause) });
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
      found.push(...rows.map((row) => ({ id: idOfKey(row.pk), dueAtMilliseconds: row.due_at })));
      start = answer.LastEvaluatedKey;
    } while (start !== undefined && found.length < limit);
    return found;
  }

  #nowSeconds(): number {
    return Math.floor(this.#access.clock.now() / 1000);
  }

  #isFree(): Condition {
    return {
      ConditionExpression: "attribute_not_exists(pk) OR #expiry <= :now",
      ExpressionAttributeNames: { "#expiry": expiryAttribute },
      ExpressionAttributeValues: { ":now": this.#nowSeconds() },
    };
  }

  #hasVersion(version: number): Condition {
    return {
      ConditionExpression: "#version = :version AND (attribute_not_exists(#expiry) OR #expiry > :now)",
      ExpressionAttributeNames: { "#version": "version", "#expiry": expiryAttribute },
      ExpressionAttributeValues: { ":version": version, ":now": this.#nowSeconds() },
    };
  }
}
