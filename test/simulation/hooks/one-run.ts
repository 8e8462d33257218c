import { createHash } from "node:crypto";
import { Chance } from "../chance.ts";
import type { Violation } from "../checker.ts";
import type { FaultKind, Struck } from "../faults.ts";
import { virtualStart, World, type CrashPoint, type EffectSeen } from "../world.ts";
import { check } from "./checker.ts";
import { Days } from "./days.ts";
import type { Span } from "./receivers.ts";
import { Yard } from "./yard.ts";

/** What a run is asked for. */
export interface HookOrder {
  readonly seed: number;
  /** `swarm`: random faults; `calm`: none but the deaths that are asked for. */
  readonly mode: "swarm" | "calm";
  readonly crashes?: readonly CrashPoint[];
  /** These kinds of faults, so many times more likely than usual, in the place of a random set. */
  readonly strengths?: Readonly<Partial<Record<FaultKind, number>>>;
  /** Only these faults strike. */
  readonly only?: readonly string[];
  readonly span?: Span;
  readonly tracing?: boolean;
  readonly hashing?: boolean;
}

/** How a run ended. */
export interface HookResult {
  readonly violations: readonly Violation[];
  readonly struck: readonly Struck[];
  readonly counters: ReadonlyMap<string, number>;
  readonly effects: readonly EffectSeen[];
  readonly events: number;
  readonly attempts: number;
  readonly trace: readonly string[];
  readonly hash: string;
  /** Virtual seconds. */
  readonly lasted: number;
}

/** The kinds of faults that can be met here. What the provider does to us elsewhere, receivers do here. */
const kinds = [
  "crash before",
  "crash after",
  "slow",
  "freeze",
  "store throttled",
  "store reply lost",
  "store write unclear",
  "index late",
  "queue repeats",
  "queue late",
  "queue refuses",
  "bus takes a part",
  "bus reply lost",
  "bus down",
  "bus repeats",
  "tick missed",
  "tick twice",
  "tick late",
  "api reply lost",
  "secret slow",
  "call never lands",
  "answer lost",
  "provider 5xx",
  "provider 429",
  "provider unavailable",
] as const satisfies readonly FaultKind[];

const minute = 60_000;
const hour = 60 * minute;

export const spanOf = ({ seed, span }: Pick<HookOrder, "seed" | "span">): Span => {
  const drawn = new Chance(seed).split("span").fraction();
  return span ?? (drawn < 0.68 ? "brief" : drawn < 0.88 ? "day" : "long");
};

const faultsOf = (order: HookOrder): { on: ReadonlyMap<FaultKind, number>; until: number } => {
  if (order.mode === "calm") return { on: new Map(), until: virtualStart };
  const chance = new Chance(order.seed).split("swarm");
  const share = chance.pick([0.15, 0.35, 0.5, 0.7]);
  const on = new Map<FaultKind, number>();
  for (const kind of kinds) {
    const strength = chance.pick([0.5, 1, 1, 1, 2]);
    const chosen =
      order.strengths === undefined ? (chance.happens(share) ? strength : undefined) : order.strengths[kind];
    if (chosen !== undefined) on.set(kind, chosen);
  }
  const lasts = { brief: [2, 5, 10, 18], day: [10, 60, 500], long: [60, 1500, 9000] }[spanOf(order)];
  return { on, until: virtualStart + chance.pick(lasts) * minute };
};

/** How long what was begun may still go on when nothing goes wrong any more. */
const goesOn: Readonly<Record<Span, number>> = { brief: 40 * minute, day: 30 * hour, long: 130 * hour };

const play = async (world: World, yard: Yard, days: Days, span: Span): Promise<void> => {
  let over = false;
  let end = Number.POSITIVE_INFINITY;
  const { faults } = world.settings;
  const isSettled = (): boolean => days.isOver && world.now >= faults.until && yard.running === 0;
  const isOver = (): boolean => {
    if (over) return true;
    if (isSettled() && end === Number.POSITIVE_INFINITY) end = world.now + goesOn[span];
    if (world.now >= end && isSettled()) over = true;
    return over;
  };
  days.begin();
  yard.tickUntil(isOver);
  world.at(faults.until + 1, () => yard.expectTick());
  await world.run(() => over || (isSettled() && yard.isIdle));
};

/** One seed, from its beginning to its verdict. */
export const runOnce = async (order: HookOrder): Promise<HookResult> => {
  const span = spanOf(order);
  const { on, until } = faultsOf(order);
  const world = new World({
    seed: order.seed,
    faults: { on, until, only: order.only === undefined ? null : new Set(order.only) },
    crashes: order.crashes ?? [],
    landsWithin: minute,
    orphans: null,
    withoutRules: new Set(),
    tracing: order.tracing ?? false,
  });
  const yard = new Yard(world);
  const days = new Days(yard, span);
  await play(world, yard, days, span);
  world.sometimes(`a run of ${span}`);
  const violations = [...check(world, yard, days), ...yard.hearing.violations];
  const { attempts, appended } = yard.ledger;
  return {
    violations,
    struck: world.faults.struck,
    counters: world.counters,
    effects: world.effects,
    events: appended.size,
    attempts: attempts.length,
    trace: world.trace,
    hash: order.hashing === true ? hashOf(world, yard) : "",
    lasted: (world.now - virtualStart) / 1000,
  };
};

const hashOf = ({ effects, now }: World, { ledger: { attempts, answers } }: Yard): string =>
  createHash("sha256").update(JSON.stringify({ effects, now, attempts, answers })).digest("hex");
