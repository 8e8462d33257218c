import * as z from "zod";
import { type Json, jsonSchema } from "../operation/json.ts";
import type { Cell, Cells } from "../ports/cells.ts";
import type { TableAccess } from "./batch-get.ts";
import { getRow, putIf, wasSeen } from "./conditional-put.ts";
import { parseRow } from "./unreadable-row.ts";

const cellKey = (key: string): { pk: string; sk: string } => ({ pk: `CELL#${key}`, sk: "CELL" });
const rowSchema = z.object({ value: z.string(), version: z.number() });

/** Cells in DynamoDB: one item each, the value as JSON text, the version growing by one with each save. */
export class DynamoCells implements Cells {
  readonly #access: TableAccess;

  constructor(access: TableAccess) {
    this.#access = access;
  }

  async load(key: string): Promise<Cell | null> {
    const { pk, sk } = cellKey(key);
    const item = await getRow(this.#access, { pk, sk });
    if (item === null) return null;
    const { value, version } = parseRow(pk, rowSchema, () => item);
    return { version, value: parseRow(pk, jsonSchema, () => JSON.parse(value)) };
  }

  async save(key: string, value: Json, seenVersion: number): Promise<boolean> {
    const row = { ...cellKey(key), value: JSON.stringify(value), version: seenVersion + 1 };
    const outcome = await putIf(this.#access, row, wasSeen(this.#access, seenVersion));
    return outcome.written;
  }
}
