import type { Json } from "../../lib/operation/json.ts";
import type { Cell, Cells } from "../../lib/ports/cells.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import type { Randomness } from "../../lib/ports/randomness.ts";

/** Cells behind a network: each call takes up to `longest` milliseconds on its way and as long on its way back. */
export class SlowCells implements Cells {
  readonly #cells: Cells;
  readonly #clock: Clock;
  readonly #randomness: Randomness;
  readonly #longest: number;

  constructor(cells: Cells, clock: Clock, randomness: Randomness, longest: number) {
    this.#cells = cells;
    this.#clock = clock;
    this.#randomness = randomness;
    this.#longest = longest;
  }

  async load(key: string): Promise<Cell | null> {
    await this.#travel();
    const cell = await this.#cells.load(key);
    await this.#travel();
    return cell;
  }

  async save(key: string, value: Json, seenVersion: number): Promise<boolean> {
    await this.#travel();
    const saved = await this.#cells.save(key, value, seenVersion);
    await this.#travel();
    return saved;
  }

  #travel(): Promise<void> {
    return this.#clock.sleep(Math.floor(this.#randomness.fraction() * this.#longest));
  }
}
