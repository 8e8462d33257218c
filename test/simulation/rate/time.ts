import { EventHeap } from "../event-heap.ts";

/** The instant at which every run begins. */
export const rateStart = Date.parse("2026-11-02T08:00:00.000Z");

/** Virtual time in which things happen one after the other, each with all that follows from it at once. */
export class Time {
  now = rateStart;
  /** How many things have happened. */
  events = 0;
  readonly #heap = new EventHeap();

  after(milliseconds: number, run: () => void): void {
    this.#heap.add(this.now + Math.max(0, milliseconds), run);
  }

  /** Lets things happen until an instant. */
  until(instant: number): Promise<void> {
    let isOver = false;
    this.#heap.add(instant, () => {
      isOver = true;
    });
    return new Promise((resolve, reject) => {
      // A tick that is asked for in a microtask comes when all microtasks are done.
      const soon = (): void => process.nextTick(turn);
      const turn = (): void => {
        try {
          const next = isOver ? undefined : this.#heap.take();
          if (next === undefined) return resolve();
          this.now = next.at;
          this.events += 1;
          next.run();
          queueMicrotask(soon);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      setImmediate(turn);
    });
  }
}
