import type { Connection } from "../../lib/connection.ts";
import { Chance } from "../simulation/chance.ts";
import { virtualStart, World } from "../simulation/world.ts";
import { personalityOf } from "../simulation/personality.ts";
import type { JobRecord } from "../simulation/bulk/ledger.ts";
import { People } from "../simulation/bulk/people.ts";
import { Poison } from "../simulation/bulk/poison.ts";
import { Works } from "../simulation/bulk/works.ts";

const seconds = 1000;
/** Virtual milliseconds after which nobody waits any more. */
const longest = 3600 * seconds;

/** What may be said of such an installation. */
export interface VirtualSetting extends Partial<Pick<Connection, "rate_per_second" | "confirm_over">> {
  /** Whether the table takes no row of an item with that name. */
  readonly isIll?: (name: string) => boolean;
  /** Whether such a row stands there this time, although whoever puts it is told of a fault. */
  readonly lands?: () => boolean;
}

/**
 * The deployed handlers of bulk jobs on simulated ports in virtual time, with nothing going wrong but what is asked for:
 * for what takes minutes.
 */
export class VirtualBulk {
  readonly world = new World({
    seed: 1,
    faults: { on: new Map(), until: virtualStart, only: null },
    crashes: [],
    landsWithin: 60 * seconds,
    orphans: null,
    withoutRules: new Set<never>(),
    tracing: false,
  });
  readonly works: Works;
  readonly people: People;

  constructor({ isIll = () => false, lands = () => false, ...connection }: VirtualSetting = {}) {
    const personality = personalityOf(new Chance(1).split("dialect"), { forced: "scaleway-instance" });
    const settings = { ...personality.connection, confirm_over: 1000, ...connection };
    this.works = new Works(this.world, personality, settings, new Poison(this.world, isIll, lands));
    this.people = new People(this.works);
  }

  /** Asks for a job that makes servers of these names. */
  submit(label: string, names: readonly string[], options: object = {}): JobRecord {
    const items = names.map((name) => ({ key: name, name, start: false }));
    const defaults = { type: "DEV1-S", image: "ubuntu_noble" };
    const body = JSON.stringify({ connection: "paris", kind: "server.create", items, defaults, ...options });
    const post = { label, kind: "server.create", total: names.length, path: "/v1/bulk-jobs", query: "" };
    return this.people.submit({ ...post, type: "application/json", body }, () => {});
  }

  /** Lets time pass until all jobs are as `isDone` says, looking at each every second; reads all items then. */
  async until(isDone: (record: JobRecord) => boolean): Promise<void> {
    const { world, people } = this;
    let isOver = false;
    const end = world.now + longest;
    const watch = (): void => {
      if (people.records.every((record) => record.id !== null && isDone(record))) {
        for (const record of people.records) people.walk(record, null, 100);
        return waitForWalks();
      }
      if (world.now > end)
        throw new Error(`It never came: ${JSON.stringify(people.records.map(({ last }) => last))}`);
      for (const record of people.records) if (record.id !== null) people.look(record);
      world.after(seconds, watch);
    };
    const waitForWalks = (): void => {
      isOver = people.waiting === 0;
      if (!isOver) world.after(seconds, waitForWalks);
    };
    this.works.tickUntil(() => isOver);
    world.after(seconds, watch);
    await world.run(() => isOver);
  }
}

/** Whether it has ended. */
export const hasEnded = ({ last }: JobRecord): boolean => (last?.ended_at ?? null) !== null;
