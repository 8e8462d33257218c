/** What a call is for; in this order they are let out. */
export type Urgency = "look" | "write" | "read";

/** The ceiling of calls to one provider connection, all functions together. */
export interface Budget {
  /**
   * Reserves one call and resolves when it may be sent. Among those who wait in this process, looks go before
   * writes and writes before reads (default: look), but nobody is starved.
   * @returns false, with nothing reserved, when it would take longer than `patienceMilliseconds`.
   */
  take(
    connection: string,
    ratePerSecond: number,
    patienceMilliseconds: number,
    urgency?: Urgency,
  ): Promise<boolean>;
  /** The provider said that the limit is used up: nothing leaves before this instant (ms since the epoch). */
  holdUntil(connection: string, epochMilliseconds: number): void;
  /** Resolves when everything that was held is known to all. Awaited before an invocation ends: it may be frozen then. */
  settled(): Promise<void>;
}
