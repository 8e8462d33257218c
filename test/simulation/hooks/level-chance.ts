import { Chance } from "../chance.ts";

/** Chance that always falls in the middle: two runs in which nothing else differs are the same to the millisecond. */
export class LevelChance extends Chance {
  #tokens = 0;

  override fraction(): number {
    return 0.5;
  }

  override split(): Chance {
    return new LevelChance(0);
  }

  /** Still no two the same. */
  override token(): string {
    this.#tokens += 1;
    return `token-${this.#tokens}`;
  }
}
