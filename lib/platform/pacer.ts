import type { Urgency } from "../ports/budget.ts";
import type { Cells } from "../ports/cells.ts";
import type { Clock } from "../ports/clock.ts";
import type { Randomness } from "../ports/randomness.ts";
import { firstFree, freshPace, interval, isUsable, lease, type Pace, paceOf, sliceLimit } from "./pace.ts";

export interface PacerPorts {
  readonly cells: Cells;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

interface Waiter {
  /** The last instant at which a slot is still wanted. */
  readonly deadline: number;
  /** Orders those who wait: when it was asked for, plus what its kind lets others go before it (ms). */
  readonly turn: number;
  readonly answer: (mayGo: boolean) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * How many milliseconds a call lets others go before it that are asked for later. Looks go first: they are few (one for
 * a hundred servers, and adapters bound those that are one by one), and an end has to be seen within seconds while a
 * thousand servers are created. A read-through waits for both. Nobody is starved.
 */
const yields: Readonly<Record<Urgency, number>> = { look: 0, write: 3_000, read: 5_000 };
/** Longest pause in milliseconds between two tries to write the cell. */
const longestPause = 200;
/** A process that used a slot within this many milliseconds is expected to want more: it reserves a whole slice. */
const busyMilliseconds = 1_000;

/**
 * The calls of one process to one connection. All who wait share one loop, which reserves slots in the shared cell,
 * sleeps until the next one, and gives it to the most urgent.
 */
export class Pacer {
  readonly #ports: PacerPorts;
  readonly #key: string;
  #waiters: Waiter[] = [];
  #slots: number[] = [];
  #seen: Pace = freshPace;
  #holdUntil = 0;
  #heldUntil = 0;
  #rate = 1;
  #lastUse = Number.NEGATIVE_INFINITY;
  #running = false;
  #loop: Promise<void> = Promise.resolve();
  #writingHold: Promise<void> | null = null;

  constructor(ports: PacerPorts, key: string) {
    this.#ports = ports;
    this.#key = key;
  }

  take(ratePerSecond: number, patienceMilliseconds: number, urgency: Urgency): Promise<boolean> {
    this.#rate = ratePerSecond;
    return new Promise((answer, fail) => {
      const now = this.#ports.clock.now();
      const deadline = now + patienceMilliseconds;
      this.#waiters.push({ deadline, turn: now + yields[urgency], answer, fail });
      this.#waiters.sort((one, other) => one.turn - other.turn);
      this.#refuse();
      if (!this.#running) this.#loop = this.#run();
    });
  }

  holdUntil(instant: number): void {
    this.#holdUntil = Math.max(this.#holdUntil, instant);
    this.#refuse();
    if (this.#heldUntil < this.#holdUntil) this.#writingHold ??= this.#shareHold();
  }

  /**
   * Resolves when the last hold is known to the others, or could not be told to them, and when the loop has noticed
   * that nobody waits any more.
   */
  async settled(): Promise<void> {
    await this.#writingHold;
    if (this.#waiters.length === 0) await this.#loop;
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#waiters.length > 0) await this.#step();
    } catch (error) {
      const waiters = this.#waiters;
      this.#waiters = [];
      for (const { fail } of waiters) fail(error);
    } finally {
      this.#running = false;
    }
  }

  async #step(): Promise<void> {
    const { clock } = this.#ports;
    this.#slots = this.#slots.filter((slot) => isUsable(slot, clock.now(), this.#holdUntil));
    const slot = this.#slots[0];
    if (slot === undefined) {
      await this.#reserve();
      return;
    }
    const early = slot - clock.now();
    if (early > 0) {
      await clock.sleep(early);
      return;
    }
    this.#slots.shift();
    this.#lastUse = clock.now();
    this.#waiters.shift()?.answer(true);
  }

  /** One or more tries to reserve slots for those who wait and will have them in time. */
  async #reserve(): Promise<void> {
    const { cells, clock, randomness } = this.#ports;
    for (let attempt = 1; ; attempt += 1) {
      const cell = await cells.load(this.#key);
      this.#seen = paceOf(cell?.value);
      this.#holdUntil = Math.max(this.#holdUntil, this.#seen.hold_until);
      this.#refuse();
      if (this.#waiters.length === 0) return;
      const now = clock.now();
      const pace = { ...this.#seen, hold_until: this.#holdUntil };
      const { slots, next } = lease(pace, now, this.#rate, this.#wanted(now));
      if (await cells.save(this.#key, next, cell?.version ?? 0)) {
        this.#slots.push(...slots);
        this.#seen = next;
        this.#heldUntil = next.hold_until;
        return;
      }
      await clock.sleep(randomness.fraction() * Math.min(longestPause, 5 * 2 ** attempt));
    }
  }

  #wanted(now: number): number {
    const limit = sliceLimit(this.#rate);
    const isBusy = now - this.#lastUse < busyMilliseconds;
    return isBusy ? limit : Math.min(limit, this.#waiters.length);
  }

  /** Answers those who would certainly wait too long. What others reserve meanwhile can only make it later. */
  #refuse(): void {
    const now = this.#ports.clock.now();
    const usable = this.#slots.filter((slot) => isUsable(slot, now, this.#holdUntil));
    const step = interval(this.#rate);
    const free = firstFree({ ...this.#seen, hold_until: this.#holdUntil }, now);
    let place = 0;
    this.#waiters = this.#waiters.filter(({ deadline, answer }) => {
      const expected = usable[place] ?? free + (place - usable.length) * step;
      if (expected > deadline) {
        answer(false);
        return false;
      }
      place += 1;
      return true;
    });
  }

  async #shareHold(): Promise<void> {
    const { cells, clock, randomness } = this.#ports;
    try {
      for (let attempt = 1; this.#heldUntil < this.#holdUntil; attempt += 1) {
        const cell = await cells.load(this.#key);
        const pace = paceOf(cell?.value);
        const until = Math.max(this.#holdUntil, pace.hold_until);
        const known = pace.hold_until === until;
        if (known || (await cells.save(this.#key, { ...pace, hold_until: until }, cell?.version ?? 0)))
          this.#heldUntil = until;
        else await clock.sleep(randomness.fraction() * Math.min(longestPause, 5 * 2 ** attempt));
      }
    } catch {
      // Not lost: this process keeps the hold, and its next reservation writes it with the slots.
    } finally {
      this.#writingHold = null;
    }
  }
}
