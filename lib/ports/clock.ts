/** Time as the shell sees it. Skew up to 2 s between invocations is expected: time is only used to wait longer. */
export interface Clock {
  /** The present instant, in milliseconds since the epoch. */
  now(): number;
  /** Resolves after at least `milliseconds`; the only way in which a flow may wait inside an invocation. */
  sleep(milliseconds: number): Promise<void>;
}
