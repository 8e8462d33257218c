/**
 * How an item of a bulk job stands, one letter each: pending, blocked (pending, but something has to pass first),
 * running, succeeded, failed, cancelled, skipped, needs attention.
 */
export const letters = ["p", "b", "r", "s", "f", "c", "k", "a"] as const;
export type Letter = (typeof letters)[number];

/** The counts of a job as the API shows them; all but `total` always add up to it. */
export interface Counts {
  readonly total: number;
  /** Those that are blocked included. */
  readonly pending: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly skipped: number;
  readonly needs_attention: number;
}

/** A text that is no tally of so many items. */
export class BadTally extends Error {
  constructor(text: string, total: number) {
    super(`"${text.slice(0, 80)}" is no tally of ${total} items.`);
    this.name = "BadTally";
  }
}

const codeOf = { p: 0, b: 1, r: 2, s: 3, f: 4, c: 5, k: 6, a: 7 } as const satisfies Record<Letter, number>;
const codeOfCharacter = new Map(letters.map((letter) => [letter.charCodeAt(0), codeOf[letter]] as const));
const zero = "0".charCodeAt(0);

/**
 * The letters of all items of a job, to read and to change: one byte an item, counts kept along. It is stored as runs,
 * `4000s250r5750p`, the same text for the same letters.
 */
export class Tally {
  readonly #cells: Uint8Array;
  readonly #counts: Uint32Array;

  private constructor(cells: Uint8Array, counts: Uint32Array) {
    this.#cells = cells;
    this.#counts = counts;
  }

  /** So many pending items. */
  static pending(total: number): Tally {
    const counts = new Uint32Array(letters.length);
    counts[codeOf.p] = total;
    return new Tally(new Uint8Array(total), counts);
  }

  /** @throws BadTally when the text is not of this form, or not of so many items */
  static read(text: string, total: number): Tally {
    const cells = new Uint8Array(total);
    const counts = new Uint32Array(letters.length);
    let at = 0;
    let run = 0;
    let digits = 0;
    for (let index = 0; index < text.length; index += 1) {
      const character = text.charCodeAt(index);
      const digit = character - zero;
      if (digit >= 0 && digit <= 9) {
        run = run * 10 + digit;
        digits += 1;
        continue;
      }
      const code = codeOfCharacter.get(character);
      if (code === undefined || digits === 0 || at + run > total) throw new BadTally(text, total);
      cells.fill(code, at, at + run);
      counts[code] = (counts[code] ?? 0) + run;
      at += run;
      [run, digits] = [0, 0];
    }
    if (at !== total || digits > 0) throw new BadTally(text, total);
    return new Tally(cells, counts);
  }

  get total(): number {
    return this.#cells.length;
  }

  /** @throws RangeError when there is no such item */
  at(item: number): Letter {
    const letter = letters[this.#cells[item] ?? -1];
    if (letter === undefined) throw new RangeError(`there is no item ${item} of ${this.total}`);
    return letter;
  }

  /** Sets the letter of an item. @returns whether it was another one @throws RangeError when there is no such item */
  set(item: number, letter: Letter): boolean {
    const before = codeOf[this.at(item)];
    const after = codeOf[letter];
    if (before === after) return false;
    this.#cells[item] = after;
    this.#counts[before] = (this.#counts[before] ?? 0) - 1;
    this.#counts[after] = (this.#counts[after] ?? 0) + 1;
    return true;
  }

  /** Sets the letter of many items. @returns how many had another one @throws RangeError */
  setMany(items: Iterable<number>, letter: Letter): number {
    let changed = 0;
    for (const item of items) if (this.set(item, letter)) changed += 1;
    return changed;
  }

  count(...wanted: readonly Letter[]): number {
    return wanted.reduce((sum, letter) => sum + (this.#counts[codeOf[letter]] ?? 0), 0);
  }

  counts(): Counts {
    return {
      total: this.total,
      pending: this.count("p", "b"),
      running: this.count("r"),
      succeeded: this.count("s"),
      failed: this.count("f"),
      cancelled: this.count("c"),
      skipped: this.count("k"),
      needs_attention: this.count("a"),
    };
  }

  /** The first item with the letter at or behind `from`; null when there is none. */
  next(letter: Letter, from = 0): number | null {
    if (this.count(letter) === 0) return null;
    const found = this.#cells.indexOf(codeOf[letter], Math.max(0, from));
    return found < 0 ? null : found;
  }

  /** All items with one of the letters, in their order. */
  items(...wanted: readonly Letter[]): number[] {
    const found: number[] = [];
    if (this.count(...wanted) === 0) return found;
    const codes = new Set<number>(wanted.map((letter) => codeOf[letter]));
    for (const [item, code] of this.#cells.entries()) if (codes.has(code)) found.push(item);
    return found;
  }

  /** As it is stored. */
  text(): string {
    const cells = this.#cells;
    let text = "";
    let begin = 0;
    for (let item = 1; item <= cells.length; item += 1) {
      if (item < cells.length && cells[item] === cells[begin]) continue;
      text += `${item - begin}${this.at(begin)}`;
      begin = item;
    }
    return text;
  }

  copy(): Tally {
    return new Tally(this.#cells.slice(), this.#counts.slice());
  }
}
