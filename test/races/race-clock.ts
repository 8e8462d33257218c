import type { Clock } from "../../lib/ports/clock.ts";
import { virtualStart } from "../memory/virtual-clock.ts";
import { type Gate, openGate } from "./gate.ts";

/** Longest that a call to the provider is on its way, in milliseconds: after that its sender gives up. */
const longestFlight = 9_000;
/** Turns that whoever can go on without time passing is given before the next one is woken. */
const turnsBeforeWaking = 100;

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/**
 * The time of a race. While racing, a sleep ends when the scheduler says so, and it is then at least the instant at
 * which it had to end: sleepers may be woken late and in any order, as in processes that stand still for a while.
 */
export class RaceClock {
  #now = virtualStart;
  readonly #flights = new Set<{ readonly began: number }>();
  #sleepers: Sleeper[] = [];

  readonly now = (): number => this.#now;

  /** The clock as an actor sees it. */
  through(gate: Gate): Clock {
    const sleep = gate === openGate ? this.#sleepInOrder : (time: number) => this.#sleepLoosely(gate, time);
    return { now: this.now, sleep };
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Everybody stands still for a while, but no longer than a call on its way can take. */
  leap(milliseconds: number): void {
    this.#now = Math.max(this.#now, Math.min(this.#now + milliseconds, this.#flightsEnd));
  }

  get #flightsEnd(): number {
    return Math.min(...[...this.#flights].map(({ began }) => began)) + longestFlight;
  }

  /** A call is on its way: time does not pass beyond what its sender waits for. */
  async inFlight<T>(flight: () => Promise<T>): Promise<T> {
    const own = { began: this.#now };
    this.#flights.add(own);
    try {
      return await flight();
    } finally {
      this.#flights.delete(own);
    }
  }

  /** Lets the time pass until the work is over; for one who has the world for themselves. */
  async runUntil<T>(work: Promise<T>): Promise<T> {
    const progress = { isOver: false };
    const watched = work.finally(() => {
      progress.isOver = true;
    });
    // The outcome is handed on below.
    watched.catch(() => {});
    for (;;) {
      for (let turn = 0; turn < turnsBeforeWaking && !progress.isOver; turn += 1) await Promise.resolve();
      if (progress.isOver) return watched;
      this.#wakeNext();
    }
  }

  #wakeNext(): void {
    const at = Math.min(...this.#sleepers.map((sleeper) => sleeper.at));
    const next = this.#sleepers.find((sleeper) => sleeper.at === at);
    if (next === undefined) return;
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next);
    this.#now = Math.max(this.#now, at);
    next.wake();
  }

  readonly #sleepInOrder = (milliseconds: number): Promise<void> =>
    new Promise((wake) => this.#sleepers.push({ at: this.#now + milliseconds, wake }));

  async #sleepLoosely(gate: Gate, milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    do await gate.pass("sleep");
    while (until > this.#flightsEnd);
    this.#now = Math.max(this.#now, until);
  }
}
