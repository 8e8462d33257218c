import { clipped, plainText } from "./plain-text.ts";

/** A column of a table of things. */
export interface Column<T> {
  readonly name: string;
  readonly value: (item: T) => string;
  /** Ids and the like: never cut. */
  readonly isWhole?: boolean;
}

const narrowest = 8;

/** Widths that fit: the widest column that may be cut gives way, one character at a time. */
const fitted = (widths: readonly number[], mayCut: readonly boolean[], room: number): number[] => {
  const result = [...widths];
  const over = (): number => result.reduce((sum, width) => sum + width + 2, -2) - room;
  while (over() > 0) {
    const widest = result
      .map((width, index) => ({ width, index }))
      .filter(({ index, width }) => mayCut[index] === true && width > narrowest)
      .toSorted((a, b) => b.width - a.width)[0];
    if (widest === undefined) return result;
    result[widest.index] = widest.width - 1;
  }
  return result;
};

/** Lines of a table, its head included, no wider than `room` where that can be done without cutting an id. */
export const tableLines = <T>(items: readonly T[], columns: readonly Column<T>[], room: number): string[] => {
  const head = columns.map(({ name }) => name.toUpperCase());
  const rows = items.map((item) => columns.map(({ value }) => plainText(value(item))));
  const natural = head.map((name, index) =>
    Math.max(name.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const widths = fitted(
    natural,
    columns.map(({ isWhole }) => isWhole !== true),
    room,
  );
  return [head, ...rows].map((row) =>
    row
      .map((cell, index) => clipped(cell, widths[index] ?? 0).padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
};

/** A cell of CSV that no spreadsheet takes for a formula. */
export const csvCell = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** One line of CSV. */
export const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(",")}\n`;
