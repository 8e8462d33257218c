import { isDone, type Operation } from "../operation/operation.ts";
import { Errands } from "./errands.ts";
import { type Following, followRound, settle } from "./follow-operations.ts";
import { FollowerRun } from "./follower-run.ts";
import type { Turn } from "./turn.ts";

const roundMilliseconds = 1000;
/** Rounds of the runner are not exactly as far apart as they should be. */
const tolerance = 100;

/** Whether the runner of its job has to do something for it: it is open, or has an end that only the runner will say. */
export const isLedOn = (operation: Operation): boolean =>
  operation.is_led && (!isDone(operation) || (operation.is_owed && operation.outbox.length > 0));

/**
 * The operations that a runner of bulk jobs has begun and follows itself. Neither they nor their ends need another place
 * than the job to be found by: their items are said to run until their events are out, and whoever runs the job next
 * takes up what is said to run.
 */
export class LedOperations {
  readonly #following: Following;
  #roundAt = 0;

  /** @param over told of each that has ended and whose events are out */
  constructor(turn: Turn, said: readonly string[], over: (ended: Operation) => void) {
    const run = new FollowerRun(turn, over);
    run.takeOver(said);
    const lease = { owe: () => Promise.resolve(), settle: () => {} };
    this.#following = { run, lease, errands: new Errands(), turn };
  }

  /** Takes one up, as it was just written or read: an open one to follow it, an ended one to publish it. */
  hold(operation: Operation): void {
    if (!this.has(operation.id)) this.#following.run.moved(operation, null);
  }

  has(id: string): boolean {
    return this.#following.run.has(id);
  }

  /** Looks at what is due, and begins to publish what is to be said. About once a second. */
  round(): void {
    const now = this.#following.turn.ports.clock.now();
    if (now < this.#roundAt) return;
    this.#roundAt = now + roundMilliseconds - tolerance;
    followRound(this.#following);
  }

  get isIdle(): boolean {
    return this.#following.run.isIdle && this.#following.errands.isEmpty;
  }

  get failures(): readonly unknown[] {
    return this.#following.errands.failures;
  }

  /** Events that are out and that open rows still hold: for the next runner. */
  get said(): readonly string[] {
    return this.#following.run.said;
  }

  /** Waits for what goes on, and says what is left to be said. */
  settled(): Promise<void> {
    return settle(this.#following);
  }
}
