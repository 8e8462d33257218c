import type { Connection } from "../../../lib/connection.ts";
import {
  drawnFaults,
  resultOf,
  settingsOf,
  type AnyOrder,
  type AnyResult,
  type FaultsOfRun,
} from "../any-run.ts";
import { Chance } from "../chance.ts";
import type { FaultDraw, FaultKind } from "../faults.ts";
import { personalityOf, type Personality } from "../personality.ts";
import { World } from "../world.ts";
import { BulkCase, check } from "./checker.ts";
import { Days, type Size } from "./days.ts";
import { LeanWorld } from "./lean-world.ts";
import { People } from "./people.ts";
import { Works } from "./works.ts";

/** What a run is asked for. */
export interface BulkOrder extends AnyOrder {
  /** Jobs of this size, in the place of a few small ones. */
  readonly size?: Size;
  /** Whether everything goes on record although the jobs are of a given size. */
  readonly keepsAll?: boolean;
}

/** How a run ended. */
export interface BulkResult extends AnyResult {
  readonly jobs: number;
  readonly items: number;
  readonly calls: number;
}

/** The kinds of faults that can be met here. */
export const kinds = [
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
  "bus takes a part",
  "bus reply lost",
  "bus down",
  "bus repeats",
  "tick missed",
  "tick twice",
  "tick late",
  "api reply lost",
  "secret slow",
  "call lands late",
  "call lands late after a freeze",
  "call never lands",
  "answer lost",
  "answer unreadable",
  "answer without id",
  "provider 5xx",
  "provider 429",
  "provider 429 storm",
  "provider unavailable",
  "provider forbids for a while",
  "provider revokes the key",
  "provider is out",
  "quota",
  "out of stock",
  "list late",
  "list blinks",
  "list misses",
  "look too early",
  "look sees nothing",
  "look stale",
  "look fails",
  "falls back",
  "turns slowly",
] as const satisfies readonly FaultKind[];

const draw: FaultDraw = { kinds, shares: [0.15, 0.35, 0.5, 0.7], weakest: 0.3 };

/** Where hundreds of thousands of items pass by, what happens once in so many calls happens all the time. */
const seldom: ReadonlySet<FaultKind> = new Set([
  "crash before",
  "crash after",
  "slow",
  "freeze",
  "freeze after an intent",
  "store throttled",
  "secret slow",
  "provider 429 storm",
  "provider forbids for a while",
  "provider revokes the key",
  "provider is out",
  "quota",
  "out of stock",
]);
export const strengthInBig = (kind: FaultKind): number => (seldom.has(kind) ? 0.02 : 0.2);

const minute = 60_000;

const faultsOf = (order: BulkOrder): FaultsOfRun =>
  drawnFaults(order, draw, (chance) => chance.pick(order.size === undefined ? [1, 2, 4, 8] : [45]) * minute);

/** The connection of a seed: its pace, how much is confirmed, and what may be there at most. */
const connectionOf = ({ seed, size }: BulkOrder, { connection }: Personality): Connection => {
  const chance = new Chance(seed).split("connection");
  if (size !== undefined) return { ...connection, rate_per_second: 250, confirm_over: 100_000 };
  const drawn = {
    ...connection,
    rate_per_second: chance.pick([2, 5, 10, 10, 25]),
    confirm_over: chance.pick([3, 20, 1000, 1000]),
  };
  const servers = chance.pick([20, 60, 100]);
  return chance.happens(0.3) ? { ...drawn, limits: { servers } } : drawn;
};

/** How long things may still go on when the faults are over, in milliseconds. */
const goesOn = 95 * minute;
/** Milliseconds of quiet after which nothing more can come. */
const quietFor = 130_000;

/** Reads everything once more when all is over. */
const audit = (people: People): void => {
  for (const record of people.records) {
    if (record.id === null) continue;
    people.look(record);
    people.walk(record, null, 100, () => {
      record.end = record.walks.pop() ?? null;
    });
    for (const format of ["csv", "csv", "jsonl", "jsonl"] as const) people.report(record, format);
  }
};

const play = async (
  world: World,
  works: Works,
  people: People,
  days: Days,
  items: () => number,
): Promise<void> => {
  let isOver = false;
  let isAudited = false;
  let quietSince: number | null = null;
  const endOf = (): number =>
    world.settings.faults.until + goesOn + (items() * 3000) / works.connection.rate_per_second;
  const watch = (): void => {
    const isLate = world.now >= endOf();
    if (isAudited) isOver = people.waiting === 0;
    else if (isLate || (days.isOver && works.isQuiet && world.now >= world.settings.faults.until)) {
      quietSince ??= world.now;
      if (isLate || world.now - quietSince > quietFor) {
        isAudited = true;
        audit(people);
      }
    } else quietSince = null;
    world.after(5000, watch);
  };
  days.begin();
  works.tickUntil(() => isOver);
  world.after(5000, watch);
  await world.run(() => isOver);
};

const worldOf = (order: BulkOrder): World => {
  const settings = settingsOf(order, faultsOf(order));
  return order.size === undefined || order.keepsAll === true ? new World(settings) : new LeanWorld(settings);
};

/** One seed, from its beginning to its verdict. */
export const runOnce = async (order: BulkOrder): Promise<BulkResult> => {
  const world = worldOf(order);
  const personality = personalityOf(new Chance(order.seed).split("dialect"), { forced: "scaleway-instance" });
  const works = new Works(world, personality, connectionOf(order, personality));
  const people = new People(works);
  const days = new Days(works, people, order.size ?? null);
  const items = (): number => people.records.reduce((sum, { last }) => sum + (last?.counts.total ?? 0), 0);
  await play(world, works, people, days, items);
  const violations = [...check(new BulkCase(world, works, people, days)), ...works.overheard.violations];
  const { entries, effects, now } = world;
  const { records } = people;
  return {
    ...resultOf(world, order, violations, () => ({ entries, effects, now, records })),
    jobs: records.length,
    items: items(),
    calls: entries.filter(({ what }) => what === "sent").length,
  };
};
