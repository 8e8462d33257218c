/** A number for a text: the seed of a component's own generator. */
const numberOf = (text: string, seed: number): number => {
  let mixed = seed >>> 0;
  for (let index = 0; index < text.length; index += 1) {
    mixed = Math.imul(mixed ^ text.charCodeAt(index), 0x5bd1e995) >>> 0;
    mixed ^= mixed >>> 13;
  }
  return mixed >>> 0;
};

const word = (fraction: number): string => Math.floor(fraction * 2 ** 32).toString(36);

/** Seeded chance (mulberry32). Each component has one of its own, so that a draw more in one shifts no other. */
export class Chance {
  readonly #seed: number;
  #state: number;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  }

  /** The generator of a component; the same name gives the same generator. */
  split(name: string): Chance {
    return new Chance(numberOf(name, this.#seed + 0x51ed270b));
  }

  /** In [0, 1). */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Between the two, as a whole number. */
  between(low: number, high: number): number {
    return Math.floor(low + this.fraction() * (high - low));
  }

  happens(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of the items. @throws when there is none */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.fraction() * items.length)];
    if (item === undefined) throw new Error("There is nothing to pick from.");
    return item;
  }

  token(): string {
    return `${word(this.fraction())}-${word(this.fraction())}-${word(this.fraction())}`;
  }
}
