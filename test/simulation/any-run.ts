import { createHash } from "node:crypto";
import { Chance } from "./chance.ts";
import type { Violation } from "./checker.ts";
import {
  swarm,
  type FaultDraw,
  type FaultKind,
  type FaultSettings,
  type Strengths,
  type Struck,
} from "./faults.ts";
import { virtualStart, type CrashPoint, type EffectSeen, type World, type WorldSettings } from "./world.ts";

/** What a run of any world is asked for. */
export interface AnyOrder {
  readonly seed: number;
  /** `swarm`: random faults; `calm`: none but the deaths that are asked for. */
  readonly mode: "swarm" | "calm";
  readonly crashes?: readonly CrashPoint[];
  /** These kinds of faults, so many times more likely than usual, in the place of a random set. */
  readonly strengths?: Strengths;
  /** Only these faults strike. */
  readonly only?: readonly string[];
  readonly tracing?: boolean;
  readonly hashing?: boolean;
}

/** How a run of any world ended. */
export interface AnyResult {
  readonly violations: readonly Violation[];
  readonly struck: readonly Struck[];
  readonly counters: ReadonlyMap<string, number>;
  readonly effects: readonly EffectSeen[];
  readonly trace: readonly string[];
  readonly hash: string;
  /** Virtual seconds. */
  readonly lasted: number;
}

/** Kinds of faults that strike, and until when (ms since the epoch). */
export type FaultsOfRun = Omit<FaultSettings, "only">;

/**
 * The faults that the seed of an order draws.
 * @param lasts for how many milliseconds they strike: drawn from the same generator, after the kinds
 */
export const drawnFaults = (
  order: AnyOrder,
  from: FaultDraw,
  lasts: (chance: Chance) => number,
  begunAt = virtualStart,
): FaultsOfRun => {
  if (order.mode === "calm") return { on: new Map<FaultKind, number>(), until: begunAt };
  const chance = new Chance(order.seed).split("swarm");
  const on = swarm(chance, from, order.strengths);
  return { on, until: begunAt + lasts(chance) };
};

/** The settings of a world in which every rule holds and nobody sweeps. */
export const settingsOf = (
  { seed, only, crashes = [], tracing = false }: AnyOrder,
  faults: FaultsOfRun,
): WorldSettings => ({
  seed,
  faults: { ...faults, only: only === undefined ? null : new Set(only) },
  crashes,
  landsWithin: 60_000,
  orphans: null,
  withoutRules: new Set(),
  tracing,
});

/**
 * How a run ended.
 * @param history what must be the same in every run of the order; looked at only where it is to be hashed
 */
export const resultOf = (
  { faults, counters, effects, trace, now, begunAt }: World,
  { hashing = false }: AnyOrder,
  violations: readonly Violation[],
  history: () => object,
): AnyResult => ({
  violations,
  struck: faults.struck,
  counters,
  effects,
  trace,
  hash: hashing ? createHash("sha256").update(JSON.stringify(history())).digest("hex") : "",
  lasted: (now - begunAt) / 1000,
});
