import { dueTimes } from "../../../lib/schedule/due-times.ts";
import type { OperationView } from "../../../lib/operation/view.ts";
import { drawnFaults, resultOf, settingsOf, type AnyOrder, type AnyResult } from "../any-run.ts";
import { Chance } from "../chance.ts";
import type { FaultDraw, FaultKind } from "../faults.ts";
import { personalityOf } from "../personality.ts";
import { lasts, sceneOf, type Span } from "./asks.ts";
import { check, ScheduleCase } from "./checker.ts";
import { Days } from "./days.ts";
import { Ledger } from "./ledger.ts";
import { LongWorld } from "./long-world.ts";
import { People } from "./people.ts";
import { Plant } from "./plant.ts";

/** What a run is asked for. */
export interface ScheduleOrder extends AnyOrder {
  readonly span?: Span;
  /** Milliseconds after the minute at which ticks come; left out: at random. */
  readonly tickAt?: number;
}

/** How a run ended. */
export interface ScheduleResult extends AnyResult {
  readonly operations: number;
}

/** The kinds of faults that can be met here. */
const kinds = [
  "crash before",
  "crash after",
  "slow",
  "freeze",
  "freeze after an intent",
  "store throttled",
  "store reply lost",
  "store write unclear",
  "index late",
  "queue repeats",
  "queue late",
  "queue refuses",
  "queue reply lost",
  "bus takes a part",
  "bus reply lost",
  "bus down",
  "bus repeats",
  "tick missed",
  "tick twice",
  "tick late",
  "clock goes back",
  "scheduler is out",
  "api reply lost",
  "secret slow",
  "call lands late",
  "call never lands",
  "answer lost",
  "answer unreadable",
  "provider 5xx",
  "provider 429",
  "provider 429 storm",
  "provider unavailable",
  "provider forbids for a while",
  "look sees nothing",
  "look stale",
  "look fails",
  "falls back",
  "turns slowly",
  "turns never",
] as const satisfies readonly FaultKind[];

const draw: FaultDraw = { kinds, shares: [0.1, 0.25, 0.5, 0.7], weakest: 0.3 };

const minute = 60_000;

export const spanOf = ({ seed, span }: Pick<ScheduleOrder, "seed" | "span">): Span => {
  const drawn = new Chance(seed).split("span").fraction();
  return span ?? (drawn < 0.72 ? "brief" : drawn < 0.93 ? "day" : drawn < 0.985 ? "long" : "week");
};

/** How long things may still go on when all is said and no fault strikes any more. */
const goesOn = 55 * minute;
/** For so long nothing is to be due before the end. */
const restsFor = 25 * minute;
/** So long before the end nobody changes anything any more: it is still to be told. */
const unchangedFor = 5 * minute;

/** @returns all operations, as the API shows them in the end */
const play = async (
  world: LongWorld,
  plant: Plant,
  days: Days,
  people: People,
  ledger: Ledger,
  tickAt: number | undefined,
): Promise<readonly OperationView[]> => {
  let isOver = false;
  let isAudited = false;
  let operations: readonly OperationView[] = [];
  const earliest = Math.max(days.end, world.settings.faults.until) + goesOn;
  const isResting = (): boolean => {
    const { inputs, versions } = ledger;
    if ((versions.at(-1)?.answered ?? 0) > world.now - unchangedFor) return false;
    return inputs.schedules.every(
      (one) => dueTimes(inputs, one, world.now - restsFor, world.now + minute).length === 0,
    );
  };
  const watch = (): void => {
    const isLate = world.now > earliest + 12 * 60 * minute;
    if (isAudited) isOver = people.waiting === 0;
    else if (isLate || (days.isOver && isResting() && plant.isQuiet)) {
      isAudited = true;
      people.operations((views) => {
        operations = views;
      });
    }
    world.after(isAudited ? 1000 : 5 * minute, watch);
  };
  days.begin();
  plant.scheduler.begin(() => isOver, tickAt);
  world.at(world.settings.faults.until + 1, () => plant.scheduler.expect());
  world.at(earliest, watch);
  await world.run(() => isOver);
  return operations;
};

const worldOf = (order: ScheduleOrder, begunAt: number): LongWorld => {
  const lasting = lasts[spanOf(order)];
  const faults = drawnFaults(order, draw, (chance) => lasting * chance.pick([0.4, 0.8, 1]), begunAt);
  return new LongWorld(settingsOf(order, faults), begunAt);
};

/** One seed, from its beginning to its verdict. */
export const runOnce = async (order: ScheduleOrder): Promise<ScheduleResult> => {
  const span = spanOf(order);
  const scene = sceneOf(new Chance(order.seed).split("scene"));
  const world = worldOf(order, scene.begunAt);
  const personality = personalityOf(new Chance(order.seed).split("dialect"), { forced: "scaleway-instance" });
  const plant = new Plant(world, personality);
  const ledger = new Ledger();
  const people = new People(plant, ledger);
  const days = new Days(plant, ledger, people, scene, span);
  const operations = await play(world, plant, days, people, ledger, order.tickAt);
  world.sometimes(`a run of ${span}`);
  if (scene.isClockChange) world.sometimes("a run over a change of clocks");
  const under = new ScheduleCase({ world, plant, ledger, operations, order });
  const violations = [...check(under), ...plant.overheard.violations];
  const { entries, effects, now } = world;
  return {
    ...resultOf(world, order, violations, () => ({ entries, effects, now, operations })),
    operations: operations.length,
  };
};
