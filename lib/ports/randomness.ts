/** Chance as the shell sees it: a seeded generator in the simulated world, the system's elsewhere. */
export interface Randomness {
  /** A number in [0, 1). */
  fraction(): number;
  /** A text that nobody else has written, for write tokens and lease owners; at least 64 random bits. */
  token(): string;
}
