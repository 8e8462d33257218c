import { indexedAt } from "../../lib/operation/due-at.ts";
import { type Operation, operationSchema } from "../../lib/operation/operation.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import type {
  DueOperation,
  ListPosition,
  OperationFilter,
  OperationPage,
  OperationStore,
} from "../../lib/ports/operation-store.ts";

const keptMilliseconds = 30 * 86_400_000;

const compare = (one: ListPosition, other: ListPosition): number => {
  if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt ? 1 : -1;
  if (one.id === other.id) return 0;
  return one.id < other.id ? 1 : -1;
};
const positionOf = ({ created_at: createdAt, id }: Operation): ListPosition => ({ createdAt, id });

/** The operations in memory, as JSON text: what is read is never the object that was written. */
export class MemoryOperations implements OperationStore {
  readonly #clock: Clock;
  readonly #rows = new Map<string, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async create(operation: Operation): Promise<{ created: boolean; operation: Operation }> {
    const standing = this.#read(operation.id);
    if (standing !== null) return { created: false, operation: standing };
    this.#rows.set(operation.id, JSON.stringify(operation));
    return { created: true, operation };
  }

  async enrol(): Promise<void> {}

  async load(id: string): Promise<Operation | null> {
    return this.#read(id);
  }

  async loadMany(ids: readonly string[]): Promise<readonly Operation[]> {
    return [...new Set(ids)].map((id) => this.#read(id)).filter((operation) => operation !== null);
  }

  async replace(next: Operation, seenVersion: number): Promise<"written" | "stale"> {
    if (this.#read(next.id)?.version !== seenVersion) return "stale";
    this.#rows.set(next.id, JSON.stringify(next));
    return "written";
  }

  async due(atMilliseconds: number, limit: number): Promise<readonly DueOperation[]> {
    const found: DueOperation[] = [];
    for (const operation of this.#all()) {
      const at = indexedAt(operation);
      if (at !== null && at <= atMilliseconds) found.push({ id: operation.id, dueAtMilliseconds: at });
    }
    return found.toSorted((one, other) => one.dueAtMilliseconds - other.dueAtMilliseconds).slice(0, limit);
  }

  async list(filter: OperationFilter, after: ListPosition | null, limit: number): Promise<OperationPage> {
    const behind = this.#all()
      .filter((operation) => after === null || compare(positionOf(operation), after) > 0)
      .filter((operation) => filter.state === undefined || operation.state === filter.state)
      .filter((operation) => filter.kind === undefined || operation.kind === filter.kind)
      .filter((operation) => filter.connection === undefined || operation.connection === filter.connection)
      .filter((operation) => filter.bulkJob === undefined || operation.bulk_job === filter.bulkJob)
      .toSorted((one, other) => compare(positionOf(one), positionOf(other)));
    const operations = behind.slice(0, limit);
    const last = operations.at(-1);
    return { operations, next: behind.length > limit && last !== undefined ? positionOf(last) : null };
  }

  #all(): Operation[] {
    return [...this.#rows.keys()].map((id) => this.#read(id)).filter((operation) => operation !== null);
  }

  #read(id: string): Operation | null {
    const text = this.#rows.get(id);
    if (text === undefined) return null;
    const operation = operationSchema.parse(JSON.parse(text));
    const { ended_at: endedAt } = operation;
    // In whole seconds, as the table's own expiry counts.
    const endedSecond = endedAt === null ? null : Math.floor(Date.parse(endedAt) / 1000) * 1000;
    const expired = endedSecond !== null && endedSecond + keptMilliseconds <= this.#clock.now();
    return expired ? null : operation;
  }
}
