import * as fc from "fast-check";
import type { OperationState } from "../../lib/operation/operation.ts";
import type { Actor } from "./actors.ts";
import { type Violation, violationsOf } from "./check-race.ts";
import { type Gate, mortalGate, scheduledGate } from "./gate.ts";
import { type Pair, type Variation, variations } from "./pairs.ts";
import type { RaceClock } from "./race-clock.ts";
import { type Breakage, RaceWorld } from "./race-world.ts";

/** What came of one race. */
export interface RaceOutcome {
  readonly violations: readonly Violation[];
  /** The calls of both in the order in which they happened. */
  readonly order: readonly string[];
  /** The states in which operations came to rest. */
  readonly ends: readonly OperationState[];
  /** Writes that were refused because the other was faster. */
  readonly overtaken: number;
}

const act = async (actor: Actor, world: RaceWorld, gate: Gate): Promise<void> => {
  try {
    await actor(world, world.portsThrough(gate));
  } catch (error) {
    world.history.faults.push(error);
  }
};

/** Time leaps at moments of the scheduler's choice, as when all processes stand still. */
const leap = async (
  { after, seconds }: Variation["leaps"][number],
  clock: RaceClock,
  gate: Gate,
): Promise<void> => {
  for (let chance = 0; chance < after; chance += 1) await gate.pass("nothing yet");
  await gate.pass(`${seconds} s`);
  clock.leap(seconds * 1_000);
};

/** Runs one race in the order that the scheduler gives, lets the world come to rest, and checks it. */
export const runRace = async (
  pair: Pair,
  variation: Variation,
  scheduler: fc.Scheduler,
  breakage?: Breakage,
): Promise<RaceOutcome> => {
  const world = new RaceWorld(breakage);
  const order: string[] = [];
  world.provider.turnMilliseconds = variation.turning;
  world.provider.mishaps.create = variation.mishap === null ? [] : [variation.mishap];
  const { one, two, oneDiesAfter, sweepsAfter } = await pair.arrange(world, variation);
  world.clock.advance(variation.age * 1_000);

  const gate = (actor: string): Gate => scheduledGate(scheduler, actor, world.clock, order);
  const mayDie = async (): Promise<void> => {
    if (oneDiesAfter === undefined) return act(one, world, gate("one"));
    const mortal = mortalGate(gate("one"), oneDiesAfter);
    await Promise.race([act(one, world, mortal), mortal.died]);
    await act(one, world, gate("one, anew"));
  };
  // Whoever is not there yet when the race is over stays away.
  for (const time of variation.leaps) void leap(time, world.clock, gate("time"));
  await scheduler.waitFor(Promise.all([mayDie(), act(two, world, gate("two"))]));
  await world.settle(sweepsAfter ?? 0);
  return {
    violations: violationsOf(world.history),
    order,
    ends: world.history.standing.map(({ state }) => state),
    overtaken: world.history.overtaken,
  };
};

/** What was found in many races of one pair. */
export interface RaceFigures {
  readonly interleavings: number;
  /** How many of the orders in which the calls happened were different. */
  readonly different: number;
  readonly calls: number;
  /** Interleavings in which one was faster than the other with a write. */
  readonly contended: number;
  /** How often operations came to rest in each state. */
  readonly ends: ReadonlyMap<OperationState, number>;
}

/** Races a pair so many times. @throws with a counterexample when a rule is broken */
export const racePair = async (pair: Pair, runs: number, breakage?: Breakage): Promise<RaceFigures> => {
  const orders = new Set<string>();
  const counted = new Map<OperationState, number>();
  let calls = 0;
  let contended = 0;
  let interleavings = 0;
  const property = fc.asyncProperty(variations, fc.scheduler(), async (variation, scheduler) => {
    const { violations, order, ends, overtaken } = await runRace(pair, variation, scheduler, breakage);
    interleavings += 1;
    calls += order.length;
    if (overtaken > 0) contended += 1;
    for (const state of ends) counted.set(state, (counted.get(state) ?? 0) + 1);
    // Time is no actor: orders are different when the calls of the two are.
    orders.add(order.filter((call) => !call.startsWith("time")).join("\n"));
    if (violations.length > 0)
      throw new Error(violations.map(({ rule, why }) => `${rule}: ${why}`).join("\n"));
  });
  await fc.assert(property, { numRuns: runs });
  return { interleavings, different: orders.size, calls, contended, ends: counted };
};
