import { Chance } from "./chance.ts";
import { EventHeap } from "./event-heap.ts";
import { Faults, type FaultSettings } from "./faults.ts";
import type { Entry, Fact } from "./history.ts";

/** The instant at which every run begins. */
export const virtualStart = Date.parse("2026-11-02T08:00:00.000Z");

/** Dying at one effect, for the runs that try every one of them. */
export interface CrashPoint {
  /** Number of the effect in the run, from 0. */
  readonly effect: number;
  readonly when: "before" | "after";
}

/** Rules that live in implementations of ports, which a build with a rule taken out switches off. */
export type PortRule =
  | "version check"
  | "own-write check"
  | "conditional create"
  | "create only prepares"
  | "what is held up is not sent";

export interface WorldSettings {
  readonly seed: number;
  readonly faults: FaultSettings;
  readonly crashes: readonly CrashPoint[];
  /** Longest delay of a landing after its sender stopped listening, in milliseconds. */
  readonly landsWithin: number;
  /** What the connection says of orphans; null: nobody sweeps. */
  readonly orphans: { readonly delete: boolean; readonly most_per_run: number } | null;
  readonly withoutRules: ReadonlySet<PortRule>;
  readonly tracing: boolean;
}

/** An effect as it went by, for the runs that try every crash point. */
export interface EffectSeen {
  readonly name: string;
  readonly writes: boolean;
}

/** Virtual time, chance, faults and the record of what happened. */
export class World {
  now: number;
  readonly begunAt: number;
  readonly settings: WorldSettings;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly entries: Entry[] = [];
  readonly trace: string[] = [];
  readonly effects: EffectSeen[] = [];
  readonly counters = new Map<string, number>();
  /** Told of everything that goes on record, as it happens. */
  readonly listeners: ((fact: Fact) => void)[] = [];
  readonly #heap = new EventHeap();

  constructor(settings: WorldSettings, begunAt = virtualStart) {
    this.begunAt = begunAt;
    this.now = begunAt;
    this.settings = settings;
    this.chance = new Chance(settings.seed);
    this.faults = new Faults(settings.faults, this.chance.split("faults"), () => this.now);
  }

  /** Lets something happen at an instant (ms since the epoch). */
  at(instant: number, run: () => void): void {
    this.#heap.add(Math.max(instant, this.now), run);
  }

  after(milliseconds: number, run: () => void): void {
    this.#heap.add(this.now + Math.max(0, milliseconds), run);
  }

  record(fact: Fact): void {
    this.entries.push({ ...fact, at: this.now });
    if (this.settings.tracing) this.say(() => `* ${JSON.stringify(fact)}`);
    for (const listener of this.listeners) listener(fact);
  }

  /** Notes an effect. @returns its number */
  noteEffect(effect: EffectSeen): number {
    this.effects.push(effect);
    return this.effects.length - 1;
  }

  say(line: () => string): void {
    if (!this.settings.tracing) return;
    this.trace.push(`${((this.now - virtualStart) / 1000).toFixed(3).padStart(9)}  ${line()}`);
  }

  /** Counts a rare situation that was reached. */
  sometimes(situation: string): void {
    this.counters.set(situation, (this.counters.get(situation) ?? 0) + 1);
  }

  /**
   * Lets things happen, one after the other, each with all that follows from it at once, until it is over. A tick that
   * is asked for in a microtask comes when all microtasks are done, and costs a tenth of a turn of the event loop.
   */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const soon = (): void => process.nextTick(turn);
      const turn = (): void => {
        try {
          const next = isOver() ? undefined : this.#heap.take();
          if (next === undefined) {
            resolve();
            return;
          }
          this.now = next.at;
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
