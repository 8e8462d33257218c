import type { Clock } from "../../lib/ports/clock.ts";
import { EventHeap } from "../../test/simulation/event-heap.ts";

/** The instant at which every run begins. */
export const exactStart = Date.parse("2026-11-02T08:00:00.000Z");

/** Everybody waits for something other than time. */
export class StandStill extends Error {
  constructor() {
    super("Nobody sleeps, and the work is not over.");
    this.name = "StandStill";
  }
}

/** Lets everything run that can run without time passing. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Virtual time: it passes when nothing else can happen, so that a run is the same each time. */
export class VirtualTime implements Clock {
  #now = exactStart;
  readonly #heap = new EventHeap();
  /** Work that takes no virtual time and that has not come back yet. */
  #working = 0;

  /** Whole milliseconds, as clocks give them. */
  now(): number {
    return Math.floor(this.#now);
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((wake) => this.after(milliseconds, wake));
  }

  after(milliseconds: number, run: () => void): void {
    this.#heap.add(this.#now + Math.max(0, milliseconds), run);
  }

  /** Time stands still from now on, until `end`: something is done that takes no virtual time. */
  begin(): void {
    this.#working += 1;
  }

  end(): void {
    this.#working -= 1;
  }

  /** Time stands still until the work is over. */
  async atOnce<T>(work: Promise<T>): Promise<T> {
    this.begin();
    try {
      return await work;
    } finally {
      this.end();
    }
  }

  /** Lets time pass until the work is over. @throws StandStill */
  async until(isOver: () => boolean): Promise<void> {
    await settled();
    while (!isOver()) {
      while (this.#working > 0) await settled();
      const next = this.#heap.take();
      if (next === undefined) throw new StandStill();
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settled();
    }
  }
}
