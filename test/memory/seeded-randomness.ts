import type { Randomness } from "../../lib/ports/randomness.ts";

/** Chance that is the same in every run with the same seed (a 32-bit multiply-and-xor generator). */
export class SeededRandomness implements Randomness {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  token(): string {
    const word = (): string =>
      Math.floor(this.fraction() * 2 ** 32)
        .toString(16)
        .padStart(8, "0");
    return `${word()}${word()}${word()}`;
  }
}
