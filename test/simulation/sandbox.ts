import type { Chance } from "./chance.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import type { World } from "./world.ts";

/** What an effect says to whoever waits for it, and how much later than it happens. */
export type Reply<Value> =
  | { readonly value: Value; readonly after?: number }
  | { readonly error: Error; readonly after?: number };

/** A call through a port. */
export interface Effect<Value> {
  readonly name: string;
  /** Whether it changes anything: a read that never comes back is the same whether it was carried out or not. */
  readonly writes: boolean;
  /** Whether a call to the provider that must not be repeated comes next. */
  readonly isIntent?: boolean;
  /** Most milliseconds that it usually takes. */
  readonly takes: number;
  /** Happens in the world, once, at one instant. What it throws is what the caller gets. */
  readonly apply: () => Reply<Value>;
}

/** Where the simulated ports do what they do. */
export interface Effects {
  readonly now: () => number;
  run<Value>(effect: Effect<Value>): Promise<Value>;
}

/** One run of a function in a sandbox. */
export interface Invocation {
  readonly number: number;
  readonly name: string;
  readonly deadline: number;
  over: boolean;
  pending: number;
  /** Whether something stood still or took long in it. */
  stalled: boolean;
}

/** A process that runs one invocation after the other, until it is killed. Its clock is off by up to a second. */
export class Sandbox implements Effects, Clock {
  readonly name: string;
  readonly world: World;
  readonly chance: Chance;
  /** Milliseconds that its clock is ahead of the world's. */
  readonly skew: number;
  isDead = false;
  current: Invocation | null = null;
  /** Called when the running invocation is killed. */
  onKilled: () => void = () => {};
  #frozenUntil = 0;

  constructor(world: World, name: string, chance: Chance) {
    this.world = world;
    this.name = name;
    this.chance = chance;
    this.skew = chance.between(-1000, 1001);
  }

  readonly now = (): number => this.world.now + this.skew;

  /** Whether it stood still a moment ago. */
  get hasStoodStill(): boolean {
    return this.#frozenUntil > 0 && this.world.now - this.#frozenUntil < 5000;
  }

  sleep(milliseconds: number): Promise<void> {
    const { current } = this;
    if (current !== null) current.pending += 1;
    return new Promise((wake) => {
      this.world.after(milliseconds, () => this.#deliver(current, wake));
    });
  }

  run<Value>(effect: Effect<Value>): Promise<Value> {
    const { world, chance } = this;
    const number = world.noteEffect({ name: effect.name, writes: effect.writes });
    const invocation = this.current;
    if (invocation !== null) invocation.pending += 1;
    const { faults } = world;
    let latency = 1 + chance.fraction() * effect.takes;
    const where = (): string => `${this.name}: ${effect.name} (effect ${number})`;
    if (faults.strikes("slow", where)) {
      latency += 1000 + chance.fraction() * 9000;
      if (invocation !== null) invocation.stalled = true;
    }
    const crash = this.#crashAt(number, effect, where);
    world.say(() => `${where()}${crash === null ? "" : ` -- dies ${crash}`}`);
    return new Promise((resolve, reject) => {
      if (crash === "before") {
        world.after(latency, () => {
          const wasUnderWay = effect.writes && chance.happens(0.3) && world.settings.crashes.length === 0;
          this.kill(where());
          if (wasUnderWay) this.#land(effect, where);
        });
        return;
      }
      world.after(latency, () => {
        const reply = this.#carryOut(effect, invocation, where);
        if (crash === "after") return this.kill(where());
        if (reply === null) return;
        let after = reply.after ?? 0;
        if (faults.strikes("freeze", where))
          after += this.#freeze(invocation, [3_000, 8_000, 25_000, 80_000]);
        if (effect.isIntent === true && faults.strikes("freeze after an intent", where))
          after += this.#freeze(invocation, [25_000, 60_000, 72_000, 76_000]);
        const answer = (): void => ("value" in reply ? resolve(reply.value) : reject(reply.error));
        if (after === 0) this.#deliver(invocation, answer);
        else world.after(after, () => this.#deliver(invocation, answer));
      });
    });
  }

  /** The invocation is over for ever: nothing that it waits for comes back. */
  kill(where: string): void {
    if (this.isDead) return;
    this.isDead = true;
    this.world.say(() => `${this.name} dies at ${where}`);
    if (this.current !== null) this.current.over = true;
    this.onKilled();
  }

  /** Whether and how it dies at this effect. */
  #crashAt(number: number, { writes }: { writes: boolean }, where: () => string): "before" | "after" | null {
    const { world } = this;
    for (const { effect, when } of world.settings.crashes) if (effect === number) return when;
    const { faults } = world;
    // Most effects are a follower's reads: dying at each of them as often would leave it no time to live.
    const before = faults.strikes("crash before", where);
    const after = faults.strikes("crash after", where);
    if (!writes && !this.chance.happens(0.25)) return null;
    if (before) return "before";
    return after ? "after" : null;
  }

  /** A call whose sender is dead may still land, or not. */
  #carryOut<Value>(
    effect: Effect<Value>,
    invocation: Invocation | null,
    where: () => string,
  ): Reply<Value> | null {
    if (this.isDead || invocation?.over === true) {
      if (effect.writes && this.chance.happens(0.5)) this.#land(effect, where);
      return null;
    }
    try {
      return effect.apply();
    } catch (error) {
      return { error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  #land<Value>(effect: Effect<Value>, where: () => string): void {
    this.world.sometimes("a call landed after its sender's death");
    this.world.say(() => `${where()} -- lands although its sender is dead`);
    try {
      effect.apply();
    } catch {
      // Nobody is there to be told.
    }
  }

  #freeze(invocation: Invocation | null, times: readonly number[]): number {
    const milliseconds = this.chance.pick(times);
    this.#frozenUntil = this.world.now + milliseconds;
    if (invocation !== null) invocation.stalled = true;
    this.world.sometimes("a sandbox stood still and went on");
    this.world.say(() => `${this.name} stands still for ${milliseconds} ms`);
    return milliseconds;
  }

  #deliver(invocation: Invocation | null, go: () => void): void {
    if (this.isDead || (invocation?.over === true && this.current !== null)) return;
    if (this.world.now < this.#frozenUntil) {
      this.world.at(this.#frozenUntil, () => this.#deliver(invocation, go));
      return;
    }
    if (invocation !== null) invocation.pending -= 1;
    go();
  }
}
