import { misused } from "./failure.ts";
import type { OutputChoice } from "./global-flags.ts";
import { nearestWord } from "./nearest.ts";
import { plainText } from "./plain-text.ts";
import { csvLine, tableLines, type Column } from "./table.ts";
import type { Output } from "./world.ts";

/** How things of one kind are shown. */
export interface View<T> {
  readonly columns: readonly Column<T>[];
  /** What `wide` and `csv` show too. */
  readonly more?: readonly Column<T>[];
  readonly id: (item: T) => string;
  /** Lines for people about a single one; without it, its columns one below the other. */
  readonly lines?: (item: T) => readonly string[];
}

/** Puts data on standard output in the form that was asked for. */
export class Printer {
  readonly #out: Output;
  readonly #choice: OutputChoice;
  #hasHead = false;

  constructor(out: Output, choice: OutputChoice) {
    this.#out = out;
    this.#choice = choice;
  }

  /** Whether people read it. */
  get isHuman(): boolean {
    return this.#choice.form === "human" || this.#choice.form === "wide";
  }

  get form(): OutputChoice["form"] {
    return this.#choice.form;
  }

  line(text: string): void {
    this.#out.write(`${text}\n`);
  }

  /** A list. `json` is one array, `jsonl` a line each. */
  many<T>(view: View<T>, items: readonly T[]): void {
    const { form } = this.#choice;
    if (form === "json") this.line(JSON.stringify(items, null, 2));
    else if (form === "human" || form === "wide")
      for (const line of tableLines(items, this.#columns(view), this.#room())) this.line(line);
    else {
      if (form === "csv") this.#head(view);
      for (const item of items) this.each(view, item);
    }
  }

  /** A single thing. */
  one<T>(view: View<T>, item: T): void {
    const { form, columns } = this.#choice;
    if (form === "json") this.line(JSON.stringify(item, null, 2));
    else if (!this.isHuman) this.each(view, item);
    else if (view.lines !== undefined && columns === null)
      for (const line of view.lines(item)) this.line(line);
    else this.#block(view, item);
  }

  /** One of a stream, in a line of its own. */
  each<T>(view: View<T>, item: T): void {
    const columns = this.#columns(view);
    switch (this.#choice.form) {
      case "json":
      case "jsonl":
        this.line(JSON.stringify(item));
        return;
      case "id":
        this.line(view.id(item));
        return;
      case "csv":
        this.#head(view);
        this.#out.write(csvLine(columns.map(({ value }) => value(item))));
        return;
      case "human":
      case "wide":
        this.line(columns.map(({ value }) => plainText(value(item))).join("  "));
    }
  }

  #block<T>(view: View<T>, item: T): void {
    const columns = this.#columns({ ...view, columns: [...view.columns, ...(view.more ?? [])], more: [] });
    const width = Math.max(...columns.map(({ name }) => name.length));
    for (const { name, value } of columns)
      this.line(`${name.padEnd(width)}  ${plainText(value(item))}`.trimEnd());
  }

  #head<T>(view: View<T>): void {
    if (this.#hasHead) return;
    this.#hasHead = true;
    this.#out.write(csvLine(this.#columns(view).map(({ name }) => name)));
  }

  /** Tables shrink to a terminal; in a file they are as wide as they are. */
  #room(): number {
    return this.#out.isTTY ? this.#out.columns : Number.POSITIVE_INFINITY;
  }

  #columns<T>(view: View<T>): readonly Column<T>[] {
    const { form, columns: wanted } = this.#choice;
    const all = [...view.columns, ...(view.more ?? [])];
    if (wanted === null) return form === "wide" || form === "csv" ? all : view.columns;
    return wanted.map((name) => {
      const found = all.find((column) => column.name === name.toLowerCase());
      if (found !== undefined) return found;
      const names = all.map((column) => column.name);
      const meant = nearestWord(name, names);
      throw misused(
        `There is no column "${name}"`,
        ...(meant === null ? [] : [`did you mean "${meant}"?`]),
        `There is ${names.join(", ")}.`,
      );
    });
  }
}
