import type { Outcome, Standing, Urgency } from "../ports/budget.ts";
import { allowedRate } from "./allowance.ts";
import { passage } from "./circuit.ts";
import {
  claimed,
  firstFree,
  freshPace,
  givenBack,
  interval,
  isTooSlow,
  isUsable,
  renewed,
  sliceLimit,
  slotLife,
  tried,
} from "./pace.ts";
import { SharedPace, type PacerPorts } from "./shared-pace.ts";
import { queueUp, waiterOf, type Waiter } from "./waiting.ts";
import { firmMilliseconds, isShared, nextSlotOf, slotsOf, usedTwice, type Turn } from "./turns.ts";

/** A process that used a slot within this many milliseconds is expected to want more. */
const busyMilliseconds = 1_000;
/** So much more is reserved each time by a process that uses what it reserves. */
const growth = 4;
/** More slots are reserved this long (ms) before the last: new ones begin a second after they are asked for. */
const soonMilliseconds = 1_250;
/** The cell is read this long (ms) before a slot that can't be relied on yet. */
const readAhead = 150;
/** Longest sleep (ms) towards a slot that is far or near: it may come closer, and the cell is read after it. */
const longestSleep = 5_000;
const shortestSleep = 1_000;
/** A table that fails is asked again after this long (ms) for each failure, so often in a row. */
const failurePause = 100;
const mostFailures = 5;
/** Used slots are remembered for this long (ms): clocks and writes may be late. */
const usedMilliseconds = 10_000;
/** Those who wait are looked through again after this long (ms). */
const refusePause = 50;

/**
 * The calls of one process to one connection. All who wait share one loop, which reserves slots in the shared cell,
 * sleeps until the next one, makes sure that it is still there, and gives it to the most urgent.
 */
export class Pacer {
  readonly #ports: PacerPorts;
  readonly #id: string;
  readonly #shared: SharedPace;
  #waiters: Waiter[] = [];
  /** The own slots to come, as of these turns. */
  #slots: number[] = [];
  #slotsIn: readonly Turn[] = [];
  #lastSlot = Number.NEGATIVE_INFINITY;
  /** Slots that were used a short while ago. */
  #used: number[] = [];
  #lastUse = Number.NEGATIVE_INFINITY;
  /** Since when somebody has waited all the time. */
  #waitingSince = 0;
  #lastAmount = 0;
  /** Slots that nobody wanted since some were reserved. */
  #lapsed = 0;
  /** How often in a row the table failed. */
  #failures = 0;
  /** The pace in which those who wait were last looked through, and when. */
  #refusedIn = freshPace;
  #refusedAt = 0;
  #running = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(ports: PacerPorts, key: string) {
    this.#ports = ports;
    this.#id = ports.randomness.token().slice(0, 8);
    this.#shared = new SharedPace(ports, key);
  }

  take(ceiling: number, patienceMilliseconds: number, urgency: Urgency, zone: string): Promise<boolean> {
    this.#shared.ceiling = ceiling;
    return new Promise((answer, fail) => {
      const now = this.#ports.clock.now();
      const ends = { answer, fail };
      queueUp(this.#waiters, waiterOf(now, patienceMilliseconds, urgency, zone, ends));
      this.#refuse();
      if (!this.#running) this.#loop = this.#run();
    });
  }

  closedUntil(zone: string): number | null {
    return this.#shared.closedUntil(zone);
  }

  noted(ceiling: number, outcome: Outcome): void {
    this.#shared.ceiling = ceiling;
    this.#shared.learn({ is: "outcome", ceiling, outcome, at: this.#ports.clock.now() });
    this.#refuse();
  }

  holdUntil(instant: number): void {
    this.#shared.learn({ is: "hold", until: instant });
    this.#refuse();
  }

  standing(ceiling: number): Promise<Standing> {
    return this.#shared.standing(ceiling);
  }

  /**
   * Resolves when what was learned is known to the others, or could not be told to them, when slots that others could
   * use are given back, and when the loop has noticed that nobody waits any more.
   */
  async settled(): Promise<void> {
    await this.#shared.settled();
    if (this.#waiters.length === 0) await this.#loop;
    if (this.#waiters.length === 0) await this.#giveBack();
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.#waitingSince = this.#shared.now();
    try {
      while (this.#waiters.length > 0) await this.#stepOrPause();
    } catch (error) {
      const waiters = this.#waiters;
      this.#waiters = [];
      for (const { fail } of waiters) fail(error);
    } finally {
      this.#running = false;
    }
  }

  /** One step; a table that is away for a moment is waited for. */
  async #stepOrPause(): Promise<void> {
    const before = this.#shared.readAt;
    try {
      await this.#step();
    } catch (error) {
      this.#failures = this.#shared.readAt === before ? this.#failures + 1 : 1;
      if (this.#failures >= mostFailures) throw error;
      await this.#ports.clock.sleep(this.#failures * failurePause);
    }
  }

  async #step(): Promise<void> {
    const now = this.#shared.now();
    this.#refuseAgain(now);
    const index = this.#waiters.findIndex(({ zone }) => this.#passage(zone, now) !== "wait");
    const waiter = this.#waiters[index];
    if (waiter === undefined) return this.#waitForCircuits(now);
    if (this.#amount(now) > 0) return this.#claim();
    const [slot = now] = this.#ownSlots(now);
    if (slot > this.#shared.readAt + firmMilliseconds) return this.#approach(slot, now);
    if (slot > now) return this.#ports.clock.sleep(slot - now);
    if (this.#passage(waiter.zone, now) === "try") return this.#try(waiter.zone);
    this.#use(slot, index);
  }

  #use(slot: number, index: number): void {
    this.#lastSlot = slot;
    this.#used.push(slot);
    this.#lastUse = this.#shared.now();
    for (const { answer } of this.#waiters.splice(index, 1)) answer(true);
  }

  /** Sleeps towards a slot that can't be relied on yet, or looks whether it is still there. */
  async #approach(slot: number, now: number): Promise<void> {
    const isNext = slot <= (nextSlotOf(this.#shared.pace.turns, now) ?? slot);
    if (isNext && this.#isTooSlow(now)) {
      await this.#shared.write((pace, at) => (this.#isTooSlow(at) ? renewed(pace, this.#ceiling, at) : null));
      return;
    }
    const rest = slot - readAhead - now;
    const age = now - this.#shared.readAt;
    const longest = Math.min(longestSleep, Math.max(shortestSleep, rest / 3));
    if (rest > 0 && age < longest) await this.#ports.clock.sleep(Math.min(rest, longest - age));
    else await this.#shared.read();
  }

  async #waitForCircuits(now: number): Promise<void> {
    if (now - this.#shared.readAt >= shortestSleep) await this.#shared.read();
    else await this.#ports.clock.sleep(shortestSleep);
  }

  /** One who waits is let through to a zone whose circuit was open, if nobody else is: the table decides. */
  async #try(zone: string): Promise<void> {
    const mayGo = await this.#shared.write((pace, now) =>
      passage(pace.circuits[zone] ?? null, now) === "try" ? tried(pace, zone, now) : null,
    );
    const index = this.#waiters.findIndex((waiter) => waiter.zone === zone);
    const [slot] = this.#ownSlots(this.#shared.now());
    if (mayGo && index >= 0 && slot !== undefined) this.#use(slot, index);
  }

  /** Reserves slots for those who wait and will have them in time. */
  async #claim(): Promise<void> {
    await this.#shared.write((pace, now) => {
      this.#refuse();
      const amount = this.#amount(now);
      if (amount === 0) return null;
      this.#lastAmount = amount;
      this.#lapsed = 0;
      return claimed(pace, this.#ceiling, now, [this.#id, amount]);
    });
  }

  async #giveBack(): Promise<void> {
    const now = this.#shared.now();
    const spare = this.#ownSlots(now).filter((slot) => slot > now + soonMilliseconds).length;
    if (spare < 2 || !isShared(this.#shared.pace.turns, this.#id, now)) return;
    try {
      await this.#shared.write((pace, at) => givenBack(pace, this.#ceiling, at, this.#id));
    } catch {
      // They lapse by themselves.
    }
  }

  /** How many slots to reserve now: for those who wait, and ahead of time for a process that is kept busy. */
  #amount(now: number): number {
    const slots = this.#ownSlots(now);
    const last = slots.at(-1);
    if (last !== undefined && last - now > soonMilliseconds) return 0;
    const slice = sliceLimit(allowedRate(this.#shared.pace, this.#ceiling, now));
    const wanted = this.#countGoing(now, slots.length + slice) - slots.length;
    if (wanted <= 0) return 0;
    // Who uses what it reserves gets more each time, so that a few calls reserve few and many cost few writes.
    const isBusy = this.#lastUse > Math.min(this.#waitingSince, now - busyMilliseconds);
    if (!isBusy || this.#lapsed > this.#lastAmount / 8) return Math.min(slice, wanted);
    // By chance some get more: those who come to their end together would all write together.
    const more = 1 + this.#ports.randomness.fraction() / 2;
    return Math.ceil(more * Math.min(slice, Math.max(wanted, growth * this.#lastAmount)));
  }

  /** How many wait whose zone is not shut, counted up to `most`. */
  #countGoing(now: number, most: number): number {
    let going = 0;
    for (const { zone } of this.#waiters) {
      if (this.#passage(zone, now) !== "wait") going += 1;
      if (going === most) break;
    }
    return going;
  }

  get #ceiling(): number {
    return this.#shared.ceiling;
  }

  #passage(zone: string, now: number): "go" | "try" | "wait" {
    return passage(this.#shared.pace.circuits[zone] ?? null, now);
  }

  #isTooSlow(now: number): boolean {
    return isTooSlow(this.#shared.pace, this.#ceiling, now);
  }

  /** The own slots that may still be used, the earliest first. */
  #ownSlots(now: number): readonly number[] {
    const { turns, hold_until: holdUntil } = this.#shared.pace;
    if (turns !== this.#slotsIn) {
      this.#slotsIn = turns;
      this.#slots = [...slotsOf(turns, this.#id, Math.max(this.#lastSlot, now - slotLife))];
      this.#used = this.#used.filter((slot) => slot > now - usedMilliseconds);
      this.#slots.splice(0, usedTwice(turns, this.#id, this.#used, this.#lastSlot));
    }
    const slots = this.#slots;
    for (let slot = slots[0]; slot !== undefined; slot = slots[0]) {
      if (slot > this.#lastSlot && isUsable(slot, now, holdUntil)) break;
      if (slot > this.#lastSlot && slot >= holdUntil) this.#lapsed += 1;
      slots.shift();
    }
    return slots;
  }

  /** Those who can wait can wait on, unless something has changed or some time has passed. */
  #refuseAgain(now: number): void {
    if (this.#shared.pace === this.#refusedIn && now - this.#refusedAt < refusePause) return;
    this.#refuse();
  }

  /** Answers those who would certainly wait too long. What others reserve meanwhile can only make it later. */
  #refuse(): void {
    const { pace } = this.#shared;
    const now = this.#shared.now();
    this.#refusedIn = pace;
    this.#refusedAt = now;
    const slots = this.#ownSlots(now);
    const step = interval(allowedRate(pace, this.#ceiling, now));
    const free = Math.max(firstFree(pace, now), (slots.at(-1) ?? Number.NEGATIVE_INFINITY) + step);
    let place = 0;
    this.#waiters = this.#waiters.filter(({ zone, deadline, answer }) => {
      const isShut = this.#passage(zone, now) === "wait";
      const open = isShut ? (pace.circuits[zone]?.open_until ?? now) : now;
      const expected = Math.max(open, slots[place] ?? free + (place - slots.length) * step);
      if (this.#shared.own(expected) > deadline) {
        answer(false);
        return false;
      }
      if (!isShut) place += 1;
      return true;
    });
  }
}
