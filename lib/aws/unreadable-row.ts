import * as z from "zod";

/** A row of the table is not what this version of the code writes. The message names the row, never its content. */
export class UnreadableRow extends Error {
  readonly key: string;
  constructor(key: string, options?: ErrorOptions) {
    super(`The row ${key} can't be read.`, options);
    this.name = "UnreadableRow";
    this.key = key;
  }
}

/** Parses JSON text of a row by a schema. @throws UnreadableRow */
export const parseRow = <T>(key: string, schema: z.ZodType<T>, read: () => unknown): T => {
  try {
    return schema.parse(read());
  } catch (cause) {
    throw new UnreadableRow(key, { cause });
  }
};
