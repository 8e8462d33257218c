import * as z from "zod";
import type { Chance } from "../chance.ts";
import type { Plant } from "./plant.ts";

const minute = 60_000;
const hour = 60 * minute;
/** Clocks are up to this far apart, in milliseconds. */
const apart = 2500;
const dueSchema = z.object({ at: z.number().nullable() });

type Ticked = "tick" | "follow";

/** For how long no tick came, in milliseconds since the epoch. */
export interface Outage {
  readonly from: number;
  readonly until: number;
}

/**
 * The clock that calls functions each minute, more or less. Calls that could find nothing are left out: a week then
 * costs what happens in it, and not its minutes.
 */
export class Scheduler {
  readonly outages: Outage[] = [];
  readonly #plant: Plant;
  readonly #chance: Chance;
  #offsets: Readonly<Record<Ticked, number>>;
  readonly #armed: Record<Ticked, number> = {
    tick: Number.POSITIVE_INFINITY,
    follow: Number.POSITIVE_INFINITY,
  };
  #isOver: () => boolean = () => false;
  #isOn = false;

  constructor(plant: Plant) {
    this.#plant = plant;
    this.#chance = plant.world.chance.split("scheduler");
    this.#offsets = { tick: this.#chance.between(0, minute), follow: this.#chance.between(0, minute) };
  }

  /** @param tickAt milliseconds after the minute at which ticks come; left out: at random */
  begin(isOver: () => boolean, tickAt = this.#offsets.tick): void {
    this.#offsets = { ...this.#offsets, tick: tickAt };
    this.#isOver = isOver;
    this.#isOn = true;
    this.expect();
  }

  /** Whether operations are due, or will be. */
  get isFollowerNeeded(): boolean {
    const { table } = this.#plant;
    return !table.isQuiet || !(table.cells.get("follower")?.text.includes('"owed":[]') ?? true);
  }

  /** When a tick may find something, in milliseconds since the epoch. */
  get #tickDue(): number {
    const cell = this.#plant.table.cells.get("schedules-due");
    if (cell === undefined) return 0;
    return dueSchema.parse(JSON.parse(cell.text)).at ?? Number.POSITIVE_INFINITY;
  }

  /** Something has happened: the next call may find something. */
  expect(): void {
    if (!this.#isOn || this.#isOver()) return;
    const { now } = this.#plant.world;
    this.#arm("tick", Math.max(now + 1, this.#tickDue - apart));
    if (this.isFollowerNeeded) this.#arm("follow", now + 1);
  }

  #arm(name: Ticked, notBefore: number): void {
    if (notBefore === Number.POSITIVE_INFINITY) return;
    const offset = this.#offsets[name];
    const inOutage = this.outages.find(({ from, until }) => from <= notBefore && notBefore < until);
    const at = Math.ceil(((inOutage?.until ?? notBefore) - offset) / minute) * minute + offset;
    if (at >= this.#armed[name]) return;
    this.#armed[name] = at;
    this.#plant.world.at(at, () => {
      if (this.#armed[name] !== at) return;
      this.#armed[name] = Number.POSITIVE_INFINITY;
      if (this.#isOver()) return;
      this.#call(name);
      this.expect();
    });
  }

  #call(name: Ticked): void {
    const { world } = this.#plant;
    const { faults } = world;
    if (name === "tick" && faults.strikes("scheduler is out", name)) return this.#breakDown();
    const call = (): void => this.#plant.invoke(name, {}, () => {});
    const late = faults.strikes("tick late", name) ? this.#chance.between(1000, 50_000) : 0;
    if (faults.strikes("tick missed", name)) world.sometimes("a tick was missed");
    else world.after(late, call);
    if (!faults.strikes("tick twice", name)) return;
    world.sometimes("a tick came twice");
    world.after(late + this.#chance.between(0, 40), call);
  }

  /** Nobody calls anything for a while, at most twice in a run. */
  #breakDown(): void {
    const { world } = this.#plant;
    if (this.outages.length > 1) return;
    const lasts = this.#chance.pick([0.7, 2, 5, 7, 9]) * hour;
    const until = Math.min(world.now + lasts, world.settings.faults.until);
    this.outages.push({ from: world.now, until });
    world.sometimes("no tick came for hours");
    world.say(() => `no tick comes until ${new Date(until).toISOString()}`);
  }
}
