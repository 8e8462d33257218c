import type { Clock } from "../../lib/ports/clock.ts";

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

/** Lets everything run that can run without time passing. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The time at which virtual clocks begin unless told otherwise. */
export const virtualStart = Date.parse("2026-11-02T08:00:00.000Z");

/**
 * Time that passes only when told (`advance`, `runUntil`), or, when automatic, whenever nothing else can run.
 * Sleepers wake in the order of their instants, and of their going to sleep where those are equal.
 */
export class VirtualClock implements Clock {
  readonly #automatic: boolean;
  readonly #sleepers: Sleeper[] = [];
  #now: number;
  #order = 0;
  #pumping = false;

  constructor(options: { readonly start?: number; readonly automatic?: boolean } = {}) {
    this.#now = options.start ?? virtualStart;
    this.#automatic = options.automatic ?? false;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.push({ at: this.#now + Math.max(0, milliseconds), order: this.#order, wake });
      this.#order += 1;
      if (this.#automatic) void this.#pump();
    });
  }

  /** How many are asleep. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Lets the time pass, waking everybody whose instant comes, one after the other. */
  async advance(milliseconds: number): Promise<void> {
    await this.advanceTo(this.#now + milliseconds);
  }

  async advanceTo(epochMilliseconds: number): Promise<void> {
    await settle();
    for (;;) {
      const next = this.#next();
      if (next === null || next.at > epochMilliseconds) break;
      this.#wake(next);
      await settle();
    }
    this.#now = Math.max(this.#now, epochMilliseconds);
  }

  /** Lets the time pass until the work is over. @throws when everybody waits for something other than time */
  async runUntil<T>(work: Promise<T>): Promise<T> {
    const progress = { over: false };
    const watched = work.finally(() => {
      progress.over = true;
    });
    // The outcome is handed on below; until then a failure must not count as unhandled.
    watched.catch(() => {});
    await settle();
    while (!progress.over) {
      const next = this.#next();
      if (next === null) throw new Error("Nobody sleeps, and the work is not over.");
      this.#wake(next);
      await settle();
    }
    return watched;
  }

  #next(): Sleeper | null {
    let next: Sleeper | null = null;
    for (const sleeper of this.#sleepers) {
      if (next === null || sleeper.at < next.at || (sleeper.at === next.at && sleeper.order < next.order))
        next = sleeper;
    }
    return next;
  }

  #wake(sleeper: Sleeper): void {
    this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
    this.#now = Math.max(this.#now, sleeper.at);
    sleeper.wake();
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    await settle();
    for (let next = this.#next(); next !== null; next = this.#next()) {
      this.#wake(next);
      await settle();
    }
    this.#pumping = false;
  }
}
