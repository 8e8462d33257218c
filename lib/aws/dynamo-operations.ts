import type { Operation } from "../operation/operation.ts";
import type { Log } from "../ports/log.ts";
import type {
  DueOperation,
  ListPosition,
  OperationFilter,
  OperationPage,
  OperationStore,
} from "../ports/operation-store.ts";
import type { TableAccess } from "./batch-get.ts";
import { DynamoRows } from "./dynamo-rows.ts";
import { operationShape } from "./operation-row.ts";
import { putRoll } from "./operation-rolls.ts";
import { shards } from "./shard.ts";

const createAttempts = 3;

/** Whether the operation is one that the filter asks for. */
const matches = (operation: Operation, filter: OperationFilter): boolean =>
  (filter.state === undefined || operation.state === filter.state) &&
  (filter.kind === undefined || operation.kind === filter.kind) &&
  (filter.connection === undefined || operation.connection === filter.connection) &&
  (filter.bulkJob === undefined || operation.bulk_job === filter.bulkJob);

/** The operations in DynamoDB. */
export class DynamoOperations implements OperationStore {
  readonly #access: TableAccess;
  readonly #rows: DynamoRows<Operation>;

  constructor(access: TableAccess, log: Log) {
    this.#access = access;
    this.#rows = new DynamoRows(access, log, operationShape);
  }

  async create(operation: Operation): Promise<{ created: boolean; operation: Operation }> {
    for (let attempt = 1; attempt <= createAttempts; attempt += 1) {
      const outcome = await this.#rows.create(operation);
      if (outcome.written) return { created: true, operation };
      const standing = outcome.standing === null ? null : this.#rows.read(outcome.standing);
      if (standing !== null) return { created: false, operation: standing };
      // It expired between the put and the read: the id is free now.
    }
    throw new Error(`The operation ${operation.id} was neither created nor found.`);
  }

  enrol(ids: readonly string[], createdAt: string): Promise<void> {
    return putRoll(this.#access, ids, createdAt);
  }

  load(id: string): Promise<Operation | null> {
    return this.#rows.load(id);
  }

  loadMany(ids: readonly string[]): Promise<readonly Operation[]> {
    return this.#rows.loadMany(ids);
  }

  replace(next: Operation, seenVersion: number): Promise<"written" | "stale"> {
    return this.#rows.replace(next, seenVersion);
  }

  due(atMilliseconds: number, limit: number): Promise<readonly DueOperation[]> {
    return this.#rows.due(shards, atMilliseconds, limit);
  }

  async list(filter: OperationFilter, after: ListPosition | null, limit: number): Promise<OperationPage> {
    const filtered = Object.values(filter).some((value) => value !== undefined);
    const wanted = filtered ? (operation: Operation) => matches(operation, filter) : null;
    const { found, next } = await this.#rows.list({ shards, matches: wanted, after, limit });
    return { operations: found, next };
  }
}
