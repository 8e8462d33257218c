/** Time as a simulator sees it: every simulated state is derived from this when it is read. */
export interface SimulatorClock {
  /** Milliseconds since the epoch. May be driven by a test; must not go backwards. */
  now(): number;
}

/** Real time. A simulator's `speed` divides durations, never instants, so a saved world stays sensible. */
export const realClock: SimulatorClock = { now: () => Date.now() };
