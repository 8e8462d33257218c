import { parse } from "csv-parse/sync";
import { delimiters, type Delimiter } from "../../events/bulk-request.ts";
import type { BulkLimits } from "./bulk-limits.ts";
import { endOfLine } from "./csv-quotes.ts";
import { linesOf, thousands, type Line } from "./lines.ts";
import type { Pieces } from "./source.ts";

/** What is wrong with a row, or with the file. */
export interface RowFault {
  readonly is: "fault";
  readonly line: number;
  /** Where in the row, as the rest of a JSON Pointer; empty for the row itself. */
  readonly place: string;
  /** Behind `line 7: `. */
  readonly detail: string;
  /** Whether it belongs to the file as a whole, not to one row. */
  readonly isFatal: boolean;
  readonly isTooLarge: boolean;
}

/** What a CSV file says, in its order: its header first, then rows and faults. */
export type CsvPart =
  | { readonly is: "header"; readonly line: number; readonly columns: readonly string[] }
  | { readonly is: "row"; readonly line: number; readonly cells: readonly string[] }
  | RowFault;

/** A row as text, with the line on which it begins. */
interface RowText {
  readonly line: number;
  readonly text: string;
}

export const rowFault = (line: number, detail: string, more: Partial<RowFault> = {}): RowFault => ({
  is: "fault",
  line,
  place: "",
  detail,
  isFatal: false,
  isTooLarge: false,
  ...more,
});

/** The mark that stands most often between the header's cells; a comma where there is none. */
export const delimiterOf = (header: string): Delimiter => {
  const bare = header.replaceAll(/"[^"]*"/g, "");
  const counted = Object.values(delimiters).map((mark) => ({ mark, count: bare.split(mark).length - 1 }));
  return counted.toSorted((one, other) => other.count - one.count)[0]?.mark ?? delimiters.comma;
};

/** Takes lines together to rows: a cell in quotes may go over several. */
class RowCutter {
  readonly #lineBytes: number;
  #delimiter: Delimiter | null;
  #open: { line: number; texts: string[]; bytes: number; fault: string | null } | null = null;

  constructor(delimiter: Delimiter | null, lineBytes: number) {
    this.#delimiter = delimiter;
    this.#lineBytes = lineBytes;
  }

  get delimiter(): Delimiter {
    return this.#delimiter ?? delimiters.comma;
  }

  /** The row that ends with this line; null while it goes on, and for a line with nothing in it. */
  take({ number, text, bytes, fault }: Extract<Line, { is: "line" }>): RowText | RowFault | null {
    if (this.#open === null && /^\r?$/.test(text) && fault === null) return null;
    this.#delimiter ??= delimiterOf(text);
    const open = this.#open ?? { line: number, texts: [], bytes: 0, fault: null };
    const end = endOfLine(text, this.#delimiter, this.#open !== null);
    open.texts.push(text);
    open.bytes += bytes;
    open.fault ??= fault ?? end.fault;
    this.#open = open;
    if (open.bytes > this.#lineBytes && open.texts.length > 1) return this.#tooLong(open.line);
    if (end.isOpen) return null;
    this.#open = null;
    if (open.fault !== null) return rowFault(open.line, open.fault);
    return { line: open.line, text: open.texts.join("\n").replace(/\r$/, "") };
  }

  /** What is left at the end: a row that never closed. */
  end(): RowFault | null {
    if (this.#open === null) return null;
    const words = "has a quote that is never closed; the rest of the file was taken for one cell";
    return rowFault(this.#open.line, words, { isFatal: true });
  }

  #tooLong(line: number): RowFault {
    const words = `begins a row of more than ${thousands(this.#lineBytes)} bytes; is a quote never closed?`;
    return rowFault(line, words, { isFatal: true });
  }
}

const cellsOf = (texts: readonly string[], delimiter: Delimiter): string[][] =>
  parse(texts.join("\n"), { delimiter, record_delimiter: "\n", relax_column_count: true });

const batchRows = 250;
const batchCharacters = 65_536;

/** Reads rows many at a time, since each call of the parser costs as much as many rows. */
class Batch {
  readonly #delimiter: Delimiter;
  readonly #columns: number;
  #rows: RowText[] = [];
  #characters = 0;

  constructor(delimiter: Delimiter, columns: number) {
    this.#delimiter = delimiter;
    this.#columns = columns;
  }

  /** Whether it is time to read what was added. */
  add(row: RowText): boolean {
    this.#rows.push(row);
    this.#characters += row.text.length;
    return this.#rows.length >= batchRows || this.#characters >= batchCharacters;
  }

  read(): CsvPart[] {
    const rows = this.#rows;
    this.#rows = [];
    this.#characters = 0;
    const cells =
      rows.length === 0
        ? []
        : cellsOf(
            rows.map(({ text }) => text),
            this.#delimiter,
          );
    return rows.map(({ line }, index) => this.#row(line, cells[index] ?? []));
  }

  #row(line: number, cells: readonly string[]): CsvPart {
    const { length } = cells;
    if (length === this.#columns) return { is: "row", line, cells };
    const words = `has ${length} ${length === 1 ? "cell" : "cells"}; the header line has ${this.#columns}`;
    return rowFault(line, words);
  }
}

/**
 * Reads CSV by RFC 4180, row by row: UTF-8 with or without a mark, LF or CRLF, cells over several lines in quotes. Lines
 * with nothing in them are passed over. A row that can't be read is told, and the next one is read.
 */
export function* csvRows(
  pieces: Pieces,
  delimiter: Delimiter | null,
  limits: Pick<BulkLimits, "bytes" | "lineBytes">,
): Generator<CsvPart> {
  const cutter = new RowCutter(delimiter, limits.lineBytes);
  let batch: Batch | null = null;
  for (const line of linesOf(pieces, limits)) {
    if (line.is === "stop") {
      yield* batch?.read() ?? [];
      yield rowFault(line.line, line.detail, { isFatal: true, isTooLarge: line.isTooLarge });
      return;
    }
    const row = cutter.take(line);
    if (row === null) continue;
    if ("is" in row) {
      yield* batch?.read() ?? [];
      yield batch === null ? { ...row, isFatal: true } : row;
      // Without a header there is nothing to read the rows by.
      if (batch === null || row.isFatal) return;
    } else if (batch === null) {
      const columns = (cellsOf([row.text], cutter.delimiter)[0] ?? []).map((name) => name.trim());
      batch = new Batch(cutter.delimiter, columns.length);
      yield { is: "header", line: row.line, columns };
    } else if (batch.add(row)) yield* batch.read();
  }
  yield* batch?.read() ?? [];
  const unclosed = cutter.end();
  if (unclosed !== null) yield unclosed;
  else if (batch === null)
    yield rowFault(1, "the file is empty; its first line names the columns", { isFatal: true });
}
