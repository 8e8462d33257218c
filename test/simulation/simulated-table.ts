import { dueAt } from "../../lib/operation/due-at.ts";
import type { Operation } from "../../lib/operation/operation.ts";
import type { DueOperation } from "../../lib/ports/operation-store.ts";

const keptMilliseconds = 30 * 86_400_000;

interface Row {
  readonly operation: Operation;
  /** Tells whose write it was. */
  readonly token: string;
}

interface IndexChange {
  readonly at: number;
  readonly id: string;
  /** Which write of the table it shows: not the row's version, which begins anew when an expired id is put again. */
  readonly write: number;
  readonly due: number | null;
}

/**
 * The table as all sandboxes share it: rows with their write tokens, and the due index, which may lag behind. Rows are
 * kept as the objects that they are given: nobody changes one (a part of the seeds has copies, and must go the same way).
 */
export class SimulatedTable {
  readonly rows = new Map<string, Row>();
  readonly cells = new Map<
    string,
    { readonly version: number; readonly text: string; readonly token: string }
  >();
  readonly #index = new Map<string, { readonly due: number | null; readonly write: number }>();
  #late: IndexChange[] = [];
  #writes = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
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
    this.#writes += 1;
    const change = { id: operation.id, write: this.#writes, due: dueAt(operation) };
    if (indexLag === 0) this.#apply(change);
    else this.#late.push({ ...change, at: this.#now() + indexLag });
  }

  due(at: number, limit: number): readonly DueOperation[] {
    const now = this.#now();
    if (this.#late.length > 0) {
      for (const change of this.#late) if (change.at <= now) this.#apply(change);
      this.#late = this.#late.filter((change) => change.at > now);
    }
    const found: DueOperation[] = [];
    for (const [id, { due }] of this.#index) {
      if (due !== null && due <= at && this.read(id) !== null) found.push({ id, dueAtMilliseconds: due });
    }
    return found.toSorted((one, other) => one.dueAtMilliseconds - other.dueAtMilliseconds).slice(0, limit);
  }

  /** Whether anything will ever be due again. */
  get isQuiet(): boolean {
    for (const { operation } of this.rows.values()) if (dueAt(operation) !== null) return false;
    return true;
  }

  #apply({ id, write, due }: { id: string; write: number; due: number | null }): void {
    const standing = this.#index.get(id);
    if (standing !== undefined && standing.write > write) return;
    // What is no longer in the index stays known: an older change that comes late must not bring it back.
    this.#index.set(id, { due, write });
  }
}
