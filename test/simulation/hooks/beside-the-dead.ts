import type { SwitchyardEvent } from "../../../events/event.ts";
import { Chance } from "../chance.ts";
import { virtualStart, World } from "../world.ts";
import { LevelChance } from "./level-chance.ts";
import { People } from "./people.ts";
import { Yard } from "./yard.ts";

const second = 1000;
const minute = 60 * second;

/** What was measured for one seed. */
export interface Beside {
  /** Deliveries to receivers that are well. */
  readonly compared: number;
  readonly equal: number;
  /** The most that one of them came later beside dead receivers than without them, in milliseconds. */
  readonly mostLater: number;
  readonly missing: number;
}

interface Setting {
  readonly seed: number;
  readonly dead: number;
  /** Whether something is said all the time, so that the deliverer never ends for want of work. */
  readonly isBusy: boolean;
}

const eventOf = (id: string, type: string, at: number): SwitchyardEvent => ({
  specversion: "1.0",
  id,
  source: "switchyard",
  type: `switchyard.${type}`,
  subject: id,
  time: new Date(at).toISOString(),
  sequence: 1,
  data: { connection: "paris" },
});

/** A world in which nothing goes wrong and nothing is random: what the seed draws is drawn from `chance`. */
const levelWorld = (seed: number): World => {
  const world = new World({
    seed,
    faults: { on: new Map(), until: virtualStart, only: null },
    crashes: [],
    landsWithin: 0,
    orphans: null,
    withoutRules: new Set(),
    tracing: false,
  });
  world.chance.split = () => new LevelChance(0);
  return world;
};

/** Endpoints one after the other, of which those behind `well` are dead from the beginning. */
const setUp = (yard: Yard, well: number, dead: number): void => {
  const people = new People(yard, "brief");
  for (let number = 1; number <= well + dead; number += 1)
    yard.world.at(virtualStart + number * 200, () => {
      people.endpoint(number, { types: ["switchyard.server.*"] }, "everybody", ({ receiver }) => {
        receiver.goneFrom = null;
        receiver.outages.length = 0;
        const outage = { from: 0, to: Number.POSITIVE_INFINITY, trouble: "dead" } as const;
        if (number > well) receiver.outages.push(outage);
      });
    });
};

/** Lets events happen, and says when the last one has been out for two minutes. */
const publishAll = (yard: Yard, chance: Chance, isBusy: boolean): number => {
  const publishAt = (id: string, type: string, at: number): void =>
    yard.world.at(at, () => {
      const event = eventOf(id, type, at);
      const ports = yard.portsIn(yard.sandbox("publisher"));
      void ports.feed.append([event]).then(() => ports.bus.publish([event]));
    });
  let at = virtualStart + 10 * second;
  for (let index = 1; index <= 12; index += 1) {
    at += chance.between(0, 40 * second);
    publishAt(`evt_op_${index}_1`, "server.running", at);
  }
  const end = at + 2 * minute;
  const beatsUntil = isBusy ? end : 0;
  for (let beat = virtualStart; beat < beatsUntil; beat += 350)
    publishAt(`evt_beat_${beat}_1`, "operation.started", beat);
  return end;
};

/** When each event came to each receiver that is well. */
const arrivalsOf = async ({ seed, dead, isBusy }: Setting): Promise<ReadonlyMap<string, number>> => {
  const chance = new Chance(seed).split("beside the dead");
  const world = levelWorld(seed);
  const yard = new Yard(world);
  const well = chance.between(1, 4);
  setUp(yard, well, dead);
  const end = publishAll(yard, chance, isBusy);
  let isOver = false;
  world.at(end, () => (isOver = true));
  yard.tickUntil(() => isOver);
  await world.run(() => isOver);
  const hosts = new Set(Array.from({ length: well }, (_, index) => `r${index + 1}.example`));
  const arrivals = new Map<string, number>();
  for (const { receiver, id, taken, at } of yard.ledger.attempts) {
    const key = `${receiver} ${id}`;
    if (hosts.has(receiver) && taken && id.startsWith("evt_op") && !arrivals.has(key)) arrivals.set(key, at);
  }
  return arrivals;
};

/** The same run with dead receivers and without them. */
export const besideTheDead = async (seed: number, isBusy: boolean): Promise<Beside> => {
  const dead = 1 + (seed % 3);
  const alone = await arrivalsOf({ seed, dead: 0, isBusy });
  const beside = await arrivalsOf({ seed, dead, isBusy });
  const later = [...alone].map(([key, at]) => (beside.get(key) ?? Infinity) - at);
  return {
    compared: later.length,
    equal: later.filter((milliseconds) => milliseconds === 0).length,
    mostLater: Math.max(...later),
    missing: later.filter((milliseconds) => milliseconds === Infinity).length,
  };
};
