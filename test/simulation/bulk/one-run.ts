import { createHash } from "node:crypto";
import type { Connection } from "../../../lib/connection.ts";
import { Chance } from "../chance.ts";
import type { Violation } from "../checker.ts";
import type { FaultKind, Struck } from "../faults.ts";
import { personalityOf, type Personality } from "../personality.ts";
import { virtualStart, World, type CrashPoint, type EffectSeen } from "../world.ts";
import { BulkCase, check } from "./checker.ts";
import { Days, type Size } from "./days.ts";
import { LeanWorld } from "./lean-world.ts";
import { People } from "./people.ts";
import { Works } from "./works.ts";

/** What a run is asked for. */
export interface BulkOrder {
  readonly seed: number;
  /** `swarm`: random faults; `calm`: none but the deaths that are asked for. */
  readonly mode: "swarm" | "calm";
  readonly crashes?: readonly CrashPoint[];
  /** These kinds of faults, so many times more likely than usual, in the place of a random set. */
  readonly strengths?: Readonly<Partial<Record<FaultKind, number>>>;
  /** Only these faults strike. */
  readonly only?: readonly string[];
  /** Jobs of this size, in the place of a few small ones. */
  readonly size?: Size;
  /** Whether everything goes on record although the jobs are of a given size. */
  readonly keepsAll?: boolean;
  readonly tracing?: boolean;
  readonly hashing?: boolean;
}

/** How a run ended. */
export interface BulkResult {
  readonly violations: readonly Violation[];
  readonly struck: readonly Struck[];
  readonly counters: ReadonlyMap<string, number>;
  readonly effects: readonly EffectSeen[];
  readonly jobs: number;
  readonly items: number;
  readonly calls: number;
  readonly trace: readonly string[];
  readonly hash: string;
  /** Virtual seconds. */
  readonly lasted: number;
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

const faultsOf = (order: BulkOrder): { on: ReadonlyMap<FaultKind, number>; until: number } => {
  if (order.mode === "calm") return { on: new Map(), until: virtualStart };
  const chance = new Chance(order.seed).split("swarm");
  const share = chance.pick([0.15, 0.35, 0.5, 0.7]);
  const on = new Map<FaultKind, number>();
  for (const kind of kinds) {
    const strength = chance.pick([0.3, 1, 1, 1, 2]);
    const chosen =
      order.strengths === undefined ? (chance.happens(share) ? strength : undefined) : order.strengths[kind];
    if (chosen !== undefined) on.set(kind, chosen);
  }
  return { on, until: virtualStart + chance.pick(order.size === undefined ? [1, 2, 4, 8] : [45]) * minute };
};

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
  const { on, until } = faultsOf(order);
  const settings = {
    seed: order.seed,
    faults: { on, until, only: order.only === undefined ? null : new Set(order.only) },
    crashes: order.crashes ?? [],
    landsWithin: minute,
    orphans: null,
    withoutRules: new Set<never>(),
    tracing: order.tracing ?? false,
  };
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
  return {
    violations,
    struck: world.faults.struck,
    counters: world.counters,
    effects: world.effects,
    jobs: people.records.length,
    items: items(),
    calls: world.entries.filter(({ what }) => what === "sent").length,
    trace: world.trace,
    hash: order.hashing === true ? hashOf(world, people) : "",
    lasted: (world.now - virtualStart) / 1000,
  };
};

const hashOf = ({ entries, effects, now }: World, { records }: People): string =>
  createHash("sha256").update(JSON.stringify({ entries, effects, now, records })).digest("hex");
