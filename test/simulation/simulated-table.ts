import { dueAt, indexedAt } from "../../lib/operation/due-at.ts";
import type { Operation } from "../../lib/operation/operation.ts";
import type { DueOperation } from "../../lib/ports/operation-store.ts";
import { DeliveryShelf } from "../memory/delivery-shelf.ts";
import { DocumentShelf } from "../memory/document-shelf.ts";
import { LateIndex } from "./late-index.ts";

const keptMilliseconds = 30 * 86_400_000;

interface Row {
  readonly operation: Operation;
  /** Tells whose write it was. */
  readonly token: string;
}

/** A cell as it stands in the table. */
export interface StoredCell {
  readonly version: number;
  readonly text: string;
  readonly token: string;
}

/**
 * The table as all sandboxes share it: rows with their write tokens, and the due index, which may lag behind. Rows are
 * kept as the objects that they are given: nobody changes one (a part of the seeds has copies, and must go the same way).
 */
export class SimulatedTable {
  readonly rows = new Map<string, Row>();
  readonly cells = new Map<string, StoredCell>();
  readonly documents: DocumentShelf;
  readonly deliveries: DeliveryShelf;
  readonly deliveryIndex: LateIndex;
  readonly #index: LateIndex;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
    this.#index = new LateIndex(now);
    this.documents = new DocumentShelf(now);
    this.deliveries = new DeliveryShelf(now);
    this.deliveryIndex = new LateIndex(now);
  }

  read(id: string): Operation | null {
    const operation = this.rows.get(id)?.operation;
    if (operation === undefined) return null;
    const { ended_at: endedAt } = operation;
    // In whole seconds, as the table's own expiry counts.
    const endedSecond = endedAt === null ? null : Math.floor(Date.parse(endedAt) / 1000) * 1000;
    const expired = endedSecond !== null && endedSecond + keptMilliseconds <= this.#now();
    return expired ? null : operation;
  }

  /** Puts the row; the due index follows `indexLag` milliseconds later. */
  write(operation: Operation, token: string, indexLag: number): void {
    this.rows.set(operation.id, { operation, token });
    this.#index.follow(operation.id, indexedAt(operation), indexLag);
  }

  due(at: number, limit: number): readonly DueOperation[] {
    return this.#index.due(at, limit, (id) => this.read(id) !== null);
  }

  /** Whether anything will ever be due again. */
  get isQuiet(): boolean {
    for (const { operation } of this.rows.values()) if (dueAt(operation) !== null) return false;
    return true;
  }
}
