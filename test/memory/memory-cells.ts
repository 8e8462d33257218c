import { type Json, jsonSchema } from "../../lib/operation/json.ts";
import type { Cell, Cells } from "../../lib/ports/cells.ts";

/** Cells in memory. */
export class MemoryCells implements Cells {
  readonly #cells = new Map<string, { readonly version: number; readonly text: string }>();

  async load(key: string): Promise<Cell | null> {
    const cell = this.#cells.get(key);
    if (cell === undefined) return null;
    return { version: cell.version, value: jsonSchema.parse(JSON.parse(cell.text)) };
  }

  async save(key: string, value: Json, seenVersion: number): Promise<boolean> {
    const version = this.#cells.get(key)?.version ?? 0;
    if (version !== seenVersion) return false;
    this.#cells.set(key, { version: version + 1, text: JSON.stringify(value) });
    return true;
  }
}
