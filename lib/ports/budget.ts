/** What a call is for; in this order they are let out. `last`: a write without which nothing else is left to be begun. */
export type Urgency = "look" | "last" | "write" | "read";

/** What came of a call that was sent. */
export interface Outcome {
  /** The zone that was called; a text of its own for each, empty where the provider has none. */
  readonly zone: string;
  /** When it was sent, in ms since the epoch. */
  readonly sentAt: number;
  /** Limited: a 429 that does not say for how long. Unclear: no answer, a 5xx, or one that can't be read. */
  readonly answer: "clear" | "limited" | "unclear";
  /** What the provider says is left of its limit, and until when (ms since the epoch). */
  readonly left?: { readonly calls: number; readonly until: number };
}

/** How it stands with the calls of a connection. */
export interface Standing {
  /** What the provider is believed to take; never above the ceiling. */
  readonly allowedPerSecond: number;
  /** Nothing leaves before this instant (ms since the epoch); null: nothing is held. */
  readonly heldUntil: number | null;
  /** Zones whose calls wait because too many outcomes were unclear. */
  readonly circuits: readonly { readonly zone: string; readonly openUntil: number }[];
}

/** The ceiling of calls to one provider connection, all functions together. `ceiling` is in calls per second. */
export interface Budget {
  /**
   * Reserves one call and resolves when it may be sent. Among those who wait in this process, looks go before
   * writes and writes before reads (default: look), but nobody is starved. Processes that wait take turns.
   * `zone` (default: empty) is where the call goes: while its circuit is open, calls to it wait and others go.
   * @returns false, with nothing reserved, when it would take longer than `patienceMilliseconds`.
   */
  take(
    connection: string,
    ceiling: number,
    patienceMilliseconds: number,
    urgency?: Urgency,
    zone?: string,
  ): Promise<boolean>;
  /** Until when (ms since the epoch) nothing should be sent to this zone, as far as this process knows; null: go. */
  closedUntil(connection: string, zone: string): number | null;
  /** Every outcome is told: the allowance is learned from 429s, circuits from what stays unclear. */
  noted(connection: string, ceiling: number, outcome: Outcome): void;
  /** The provider said that the limit is used up: nothing leaves before this instant (ms since the epoch). */
  holdUntil(connection: string, epochMilliseconds: number): void;
  /** How it stands now, for all processes. Reads one cell, writes nothing. */
  standing(connection: string, ceiling: number): Promise<Standing>;
  /**
   * Resolves when everything that was held or learned is known to all, and what is reserved and not needed is given
   * back. Awaited before an invocation ends: it may be frozen then.
   */
  settled(): Promise<void>;
}
