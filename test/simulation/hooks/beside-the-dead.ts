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

/** When each event came to each receiver that is well. Nothing is random but what the seed says of events. */
const arrivalsOf = async ({ seed, dead, isBusy }: Setting): Promise<ReadonlyMap<string, number>> => {
  const world = new World({
    seed,
    faults: { on: new Map(), until: virtualStart, only: null },
    crashes: [],
    landsWithin: 0,
    orphans: null,
    withoutRules: new Set(),
    tracing: false,
  });
  // What the seed draws is drawn from here; everything else is level.
  const chance = new Chance(seed).split("beside the dead");
  world.chance.split = () => new LevelChance(0);
  const yard = new Yard(world);
  const people = new People(yard, "brief");
  const well = chance.between(1, 4);
  for (let number = 1; number <= well + dead; number += 1)
    world.at(virtualStart + number * 200, () => {
      people.endpoint(number, { types: ["switchyard.server.*"] }, "everybody", ({ receiver }) => {
        receiver.goneFrom = null;
        receiver.outages.length = 0;
        const outage = { from: 0, to: Number.POSITIVE_INFINITY, trouble: "dead" } as const;
        if (number > well) receiver.outages.push(outage);
      });
    });
  const publish = (event: SwitchyardEvent): void => {
    const ports = yard.portsIn(yard.sandbox("publisher"));
    void ports.feed.append([event]).then(() => ports.bus.publish([event]));
  };
  let at = virtualStart + 10 * second;
  for (let index = 1; index <= 12; index += 1) {
    at += chance.between(0, 40 * second);
    const then = at;
    world.at(then, () => publish(eventOf(`evt_op_${index}_1`, "server.running", then)));
  }
  const end = at + 2 * minute;
  if (isBusy)
    for (let beat = virtualStart; beat < end; beat += 350)
      world.at(beat, () => publish(eventOf(`evt_beat_${beat}_1`, "operation.started", beat)));
  let isOver = false;
  world.at(end, () => (isOver = true));
  yard.tickUntil(() => isOver);
  await world.run(() => isOver);
  const hosts = new Set(Array.from({ length: well }, (_, index) => `r${index + 1}.example`));
  const arrivals = new Map<string, number>();
  for (const attempt of yard.ledger.attempts) {
    const key = `${attempt.receiver} ${attempt.id}`;
    if (hosts.has(attempt.receiver) && attempt.taken && attempt.id.startsWith("evt_op") && !arrivals.has(key))
      arrivals.set(key, attempt.at);
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
