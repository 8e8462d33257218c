import { type Operation, operationSchema } from "../../lib/operation/operation.ts";
import type {
  DueOperation,
  ListPosition,
  OperationFilter,
  OperationPage,
  OperationStore,
} from "../../lib/ports/operation-store.ts";
import type { Effects } from "./sandbox.ts";
import type { SimulatedTable } from "./simulated-table.ts";
import type { TableFaults } from "./table-faults.ts";
import type { PortRule } from "./world.ts";

const newestFirst = (one: ListPosition, other: ListPosition): number => {
  if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt ? 1 : -1;
  if (one.id === other.id) return 0;
  return one.id < other.id ? 1 : -1;
};
const positionOf = ({ created_at: createdAt, id }: Operation): ListPosition => ({ createdAt, id });

/** The operations as one sandbox sees them: conditional puts whose replies get lost, an index that lags. */
export class SimulatedOperations implements OperationStore {
  readonly #table: SimulatedTable;
  readonly #effects: Effects;
  readonly #faults: TableFaults;
  /** Whether rows are parsed as they are written and copied as they are read; a part of the seeds is enough. */
  readonly #checks: boolean;

  constructor(table: SimulatedTable, effects: Effects, faults: TableFaults, checks: boolean) {
    this.#table = table;
    this.#effects = effects;
    this.#faults = faults;
    this.#checks = checks;
  }

  async create(operation: Operation): Promise<{ created: boolean; operation: Operation }> {
    const isFree = (): boolean => this.#table.read(operation.id) === null;
    const written = await this.#put(`create ${operation.state}`, operation, isFree, "conditional create");
    if (written) return { created: true, operation };
    const standing = await this.load(operation.id);
    if (standing === null) throw new Error(`The operation ${operation.id} was neither created nor found.`);
    return { created: false, operation: standing };
  }

  /** Every row is listed here. */
  async enrol(): Promise<void> {}

  load(id: string): Promise<Operation | null> {
    return this.#read("load", () => this.#table.read(id));
  }

  loadMany(ids: readonly string[]): Promise<readonly Operation[]> {
    return this.#read("load many", () =>
      [...new Set(ids)].map((id) => this.#table.read(id)).filter((operation) => operation !== null),
    );
  }

  async replace(next: Operation, seenVersion: number): Promise<"written" | "stale"> {
    const stands = (): boolean => this.#table.read(next.id)?.version === seenVersion;
    const written = await this.#put(`save ${next.state} v${next.version}`, next, stands, "version check");
    return written ? "written" : "stale";
  }

  due(atMilliseconds: number, limit: number): Promise<readonly DueOperation[]> {
    return this.#read("due", () => this.#table.due(atMilliseconds, limit));
  }

  list(filter: OperationFilter, after: ListPosition | null, limit: number): Promise<OperationPage> {
    return this.#read("list", () => {
      const behind = [...this.#table.rows.keys()]
        .map((id) => this.#table.read(id))
        .filter((operation) => operation !== null)
        .filter((operation) => after === null || newestFirst(positionOf(operation), after) > 0)
        .filter(({ state }) => filter.state === undefined || state === filter.state)
        .filter(({ kind }) => filter.kind === undefined || kind === filter.kind)
        .filter(({ connection }) => filter.connection === undefined || connection === filter.connection)
        .filter(({ bulk_job: job }) => filter.bulkJob === undefined || job === filter.bulkJob)
        .toSorted((one, other) => newestFirst(positionOf(one), positionOf(other)));
      const operations = behind.slice(0, limit);
      const last = operations.at(-1);
      return { operations, next: behind.length > limit && last !== undefined ? positionOf(last) : null };
    });
  }

  /** As real tables do: what is read is never the object that was written, and it has been through JSON. */
  #copied(operation: Operation): Operation {
    return this.#checks ? operationSchema.parse(JSON.parse(JSON.stringify(operation))) : operation;
  }

  #read<Value>(name: string, read: () => Value): Promise<Value> {
    const apply = () => {
      this.#faults.refuseSome(name);
      return { value: this.#checks ? structuredClone(read()) : read() };
    };
    return this.#effects.run({ name: `table ${name}`, writes: false, takes: 15, apply });
  }

  /**
   * One conditional put, as the shipped store does it: a reply that is lost is asked for again, and the write token
   * tells whether the row that stands is our own.
   */
  async #put(name: string, operation: Operation, holds: () => boolean, rule: PortRule): Promise<boolean> {
    const token = this.#faults.token();
    const outcome = await this.#effects.run<"written" | "reply lost" | "refused">({
      name: `table ${name}`,
      writes: true,
      isIntent: operation.call?.outcome === "intended",
      takes: 25,
      apply: () => {
        this.#faults.refuseSome(name);
        if (!holds() && !this.#faults.mayIgnore(rule)) return { value: "refused" };
        this.#table.write(this.#copied(operation), token, this.#faults.indexLag(name));
        return this.#faults.afterWrite(name);
      },
    });
    if (outcome === "written") return true;
    if (outcome === "refused") {
      this.#faults.overtaken(name);
      return false;
    }
    const owner = await this.#effects.run({
      name: `table ${name}, again`,
      writes: false,
      takes: 400,
      apply: () => ({ value: this.#table.rows.get(operation.id)?.token ?? null }),
    });
    return owner === token && !this.#faults.mayIgnore("own-write check");
  }
}
