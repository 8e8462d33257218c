import type { Urgency } from "../ports/budget.ts";

/** How one who waits is answered. */
interface Ends {
  readonly answer: (mayGo: boolean) => void;
  readonly fail: (error: unknown) => void;
}

/** A call that waits for its slot. */
export interface Waiter extends Ends {
  readonly zone: string;
  /** The last instant at which a slot is still wanted, on the own clock. */
  readonly deadline: number;
  /** Orders those who wait: when it was asked for, plus what its kind lets others go before it (ms). */
  readonly turn: number;
}

/**
 * How many milliseconds a call lets others go before it that are asked for later. Looks go first: they are few (one for
 * a hundred servers, and adapters bound those that are one by one), and an end has to be seen within seconds while a
 * thousand servers are created. A read gives way to both, but not for long: a person waits for it. Nobody is starved.
 */
const yields: Readonly<Record<Urgency, number>> = { look: 0, last: 1_500, write: 3_000, read: 3_500 };

/** One who waits from now on. Instants are in milliseconds since the epoch. */
export const waiterOf = (
  now: number,
  patienceMilliseconds: number,
  urgency: Urgency,
  zone: string,
  ends: Ends,
): Waiter => ({ ...ends, zone, deadline: now + patienceMilliseconds, turn: now + yields[urgency] });

/** Puts one among those who wait, behind all that are as urgent. */
export const queueUp = (waiters: Waiter[], waiter: Waiter): void => {
  const at = waiters.findLastIndex(({ turn }) => turn <= waiter.turn) + 1;
  waiters.splice(at, 0, waiter);
};
