/** A text that does not say a number for each of so many items. */
export class BadItemNumbers extends Error {
  constructor(text: string, total: number) {
    super(`"${text.slice(0, 80)}" does not hold the numbers of ${total} items.`);
    this.name = "BadItemNumbers";
  }
}

const textPattern = /^(?:\d{1,6}x\d{1,5}(?:,\d{1,6}x\d{1,5})*)?$/;
const most = 65_535;

/**
 * A small number for each item of a job, nearly always the usual one: its attempt, say. It is stored as runs,
 * `4000x1,12x2`, without what is usual at the end, so that it is the empty text where all are usual.
 */
export class ItemNumbers {
  readonly #cells: Uint16Array;
  readonly #usual: number;

  private constructor(cells: Uint16Array, usual: number) {
    this.#cells = cells;
    this.#usual = usual;
  }

  /** @throws BadItemNumbers when the text is not of this form, or of more items */
  static read(text: string, total: number, usual: number): ItemNumbers {
    const cells = new Uint16Array(total).fill(usual);
    if (!textPattern.test(text)) throw new BadItemNumbers(text, total);
    let at = 0;
    for (const run of text === "" ? [] : text.split(",")) {
      const [count, number] = run.split("x").map(Number);
      const next = at + (count ?? 0);
      if (number === undefined || number > most || next > total) throw new BadItemNumbers(text, total);
      cells.fill(number, at, next);
      at = next;
    }
    return new ItemNumbers(cells, usual);
  }

  /** @throws RangeError when there is no such item */
  at(item: number): number {
    const number = this.#cells[item];
    if (number === undefined) throw new RangeError(`there is no item ${item} of ${this.#cells.length}`);
    return number;
  }

  /** Sets the number of an item, at most 65,535. @throws RangeError when there is no such item, or the number is out of range */
  set(item: number, number: number): void {
    if (this.at(item) === number) return;
    if (!Number.isInteger(number) || number < 0 || number > most)
      throw new RangeError(`no number: ${number}`);
    this.#cells[item] = number;
  }

  /** As it is stored. */
  text(): string {
    const cells = this.#cells;
    let end = cells.length;
    while (end > 0 && cells[end - 1] === this.#usual) end -= 1;
    const runs: string[] = [];
    let begin = 0;
    for (let item = 1; item <= end; item += 1) {
      if (item < end && cells[item] === cells[begin]) continue;
      runs.push(`${item - begin}x${this.at(begin)}`);
      begin = item;
    }
    return runs.join(",");
  }
}
