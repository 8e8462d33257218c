import type { DueOperation } from "../../lib/ports/operation-store.ts";

interface Change {
  readonly id: string;
  /** Which write of the table it shows: not the row's version, which begins anew when an expired id is put again. */
  readonly write: number;
  readonly due: number | null;
}

/** A due index that may lag behind the rows. */
export class LateIndex {
  readonly #shown = new Map<string, { readonly due: number | null; readonly write: number }>();
  #late: (Change & { readonly at: number })[] = [];
  #writes = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The row was written; the index shows it `lag` milliseconds later. */
  follow(id: string, due: number | null, lag: number): void {
    this.#writes += 1;
    const change = { id, write: this.#writes, due };
    if (lag === 0) this.#apply(change);
    else this.#late.push({ ...change, at: this.#now() + lag });
  }

  /** What is due at the instant among those that are `wanted`, oldest first. */
  due(at: number, limit: number, wanted: (id: string) => boolean): readonly DueOperation[] {
    const now = this.#now();
    if (this.#late.length > 0) {
      for (const change of this.#late) if (change.at <= now) this.#apply(change);
      this.#late = this.#late.filter((change) => change.at > now);
    }
    const found: DueOperation[] = [];
    for (const [id, { due }] of this.#shown)
      if (due !== null && due <= at && wanted(id)) found.push({ id, dueAtMilliseconds: due });
    return found.toSorted((one, other) => one.dueAtMilliseconds - other.dueAtMilliseconds).slice(0, limit);
  }

  #apply({ id, write, due }: Change): void {
    const standing = this.#shown.get(id);
    if (standing !== undefined && standing.write > write) return;
    // What is no longer in the index stays known: an older change that comes late must not bring it back.
    this.#shown.set(id, { due, write });
  }
}
