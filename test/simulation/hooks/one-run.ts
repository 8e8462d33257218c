import { drawnFaults, resultOf, settingsOf, type AnyOrder, type AnyResult } from "../any-run.ts";
import { Chance } from "../chance.ts";
import type { FaultDraw, FaultKind } from "../faults.ts";
import { World } from "../world.ts";
import { check } from "./checker.ts";
import { Days } from "./days.ts";
import type { Span } from "./receivers.ts";
import { Yard } from "./yard.ts";

/** What a run is asked for. */
export interface HookOrder extends AnyOrder {
  readonly span?: Span;
}

/** How a run ended. */
export interface HookResult extends AnyResult {
  readonly events: number;
  readonly attempts: number;
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

const draw: FaultDraw = { kinds, shares: [0.15, 0.35, 0.5, 0.7], weakest: 0.5 };

const minute = 60_000;
const hour = 60 * minute;

export const spanOf = ({ seed, span }: Pick<HookOrder, "seed" | "span">): Span => {
  const drawn = new Chance(seed).split("span").fraction();
  return span ?? (drawn < 0.68 ? "brief" : drawn < 0.88 ? "day" : "long");
};

/** For how many minutes faults strike. */
const minutesOf: Readonly<Record<Span, readonly number[]>> = {
  brief: [2, 5, 10, 18],
  day: [10, 60, 500],
  long: [60, 1500, 9000],
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
  const faults = drawnFaults(order, draw, (chance) => chance.pick(minutesOf[span]) * minute);
  const world = new World(settingsOf(order, faults));
  const yard = new Yard(world);
  const days = new Days(yard, span);
  await play(world, yard, days, span);
  world.sometimes(`a run of ${span}`);
  const violations = [...check(world, yard, days), ...yard.hearing.violations];
  const { effects, now } = world;
  const { attempts, answers, appended } = yard.ledger;
  return {
    ...resultOf(world, order, violations, () => ({ effects, now, attempts, answers })),
    events: appended.size,
    attempts: attempts.length,
  };
};
