import type { Chance } from "../chance.ts";
import type { World } from "../world.ts";
import { drawPost, largePost, type Post } from "./asks.ts";
import type { Deed, JobRecord } from "./ledger.ts";
import type { People } from "./people.ts";
import type { Works } from "./works.ts";

const second = 1000;
const minute = 60 * second;

/** How large a run is. */
export interface Size {
  readonly jobs: number;
  readonly rows: number;
}

/** Retries of one job, at most. */
const mostRetries = 2;

/** What people do in a run: who asks for which jobs and when, and how they look after them. */
export class Days {
  readonly #works: Works;
  readonly #world: World;
  readonly #people: People;
  readonly #chance: Chance;
  readonly #size: Size | null;
  /** What is still to be done. */
  planned = 0;
  /** Jobs that nobody lets go on any more. */
  readonly #left = new Set<JobRecord>();
  readonly #retries = new Map<JobRecord, number>();

  constructor(works: Works, people: People, size: Size | null) {
    this.#works = works;
    this.#world = works.world;
    this.#people = people;
    this.#size = size;
    this.#chance = works.world.chance.split("days");
  }

  begin(): void {
    const chance = this.#chance;
    const pool = Array.from({ length: 40 }, (_, index) => `old-${index}`);
    for (const id of pool)
      this.#works.site.cloud.addForeign(id, chance.pick(["running", "running", "stopped"]));
    const count = this.#size?.jobs ?? chance.pick([1, 1, 2, 2, 3, 4, 6]);
    const spread = this.#size === null ? chance.pick([500, 20_000, 3 * minute]) : 5 * minute;
    for (let number = 1; number <= count; number += 1) {
      const label = `job${number}`;
      const most = count > 2 ? 30 : 60;
      const post =
        this.#size === null
          ? drawPost(label, { chance, most, pool })
          : largePost(label, this.#size.rows, chance);
      if (post.total > 0) this.#plan(chance.between(0, spread), () => this.#ask(post));
    }
  }

  /** Whether nobody has anything to do for the job any more. */
  isSettled(record: JobRecord): boolean {
    if (this.#left.has(record)) return true;
    return record.id !== null && (record.last?.ended_at ?? null) !== null && !this.#wantsRetry(record);
  }

  get isOver(): boolean {
    return (
      this.planned === 0 &&
      this.#people.waiting === 0 &&
      this.#people.records.every((one) => this.isSettled(one))
    );
  }

  /** Whether it may stand still for ever: nobody has confirmed it, or somebody has paused it. */
  isLeft(record: JobRecord): boolean {
    return this.#left.has(record);
  }

  #plan(milliseconds: number, act: () => void): void {
    this.planned += 1;
    this.#world.after(milliseconds, () => {
      this.planned -= 1;
      act();
    });
  }

  #ask(post: Post): void {
    const chance = this.#chance;
    const record = this.#people.submit(post, (taken, deed) => {
      if (deed.view === null) return void this.#left.add(taken);
      this.#lookAfter(taken, deed);
    });
    if (!chance.happens(0.2)) return;
    this.#world.sometimes("a job was asked for twice at once");
    this.#plan(chance.between(0, 60), () => this.#people.submitAgain(record, post));
  }

  #lookAfter(record: JobRecord, { view }: Deed): void {
    const chance = this.#chance;
    if (view?.state === "awaiting_confirm") this.#confirm(record);
    this.#watch(record);
    const isBig = this.#size !== null;
    const deeds = isBig ? (chance.happens(0.15) ? 1 : 0) : chance.pick([0, 0, 1, 1, 2]);
    const within = chance.pick(isBig ? [15 * minute] : [3 * second, 20 * second, 2 * minute]);
    for (let index = 0; index < deeds; index += 1)
      this.#plan(chance.between(100, within), () => this.#act(record));
    if (!isBig && chance.happens(0.5)) this.#plan(chance.between(500, within), () => this.#pry(record));
  }

  #act(record: JobRecord): void {
    const chance = this.#chance;
    const draw = chance.fraction();
    if (draw < 0.6) return this.#pause(record);
    this.#people.cancel(record, chance.happens(0.5));
    if (chance.happens(0.3))
      this.#plan(chance.between(0, 3000), () => this.#people.cancel(record, chance.happens(0.5)));
    if (chance.happens(0.2)) this.#plan(chance.between(0, 3000), () => this.#people.retry(record, {}));
  }

  #pause(record: JobRecord): void {
    const chance = this.#chance;
    const isLeft = chance.happens(0.06);
    const wait = chance.pick([200, 5 * second, 90 * second, 90 * second, 6 * minute, 31 * minute]);
    const isCancelled = chance.happens(0.15);
    // Whoever is not answered asks again, and the last thing that is asked counts: so one after the other.
    this.#people.pause(record, () => {
      if (isLeft) return void this.#left.add(record);
      this.#plan(this.#size === null ? wait : Math.min(wait, 90 * second), () => {
        if (isCancelled) return this.#people.cancel(record, chance.happens(0.5));
        this.#people.resume(record);
        if (chance.happens(0.3)) this.#people.resume(record);
      });
    });
  }

  #confirm(record: JobRecord): void {
    const chance = this.#chance;
    if (chance.happens(0.1)) return void this.#left.add(record);
    const hash = (): string => record.last?.plan_hash ?? "";
    if (chance.happens(0.2))
      this.#plan(chance.between(0, 5000), () => this.#people.confirm(record, "0".repeat(64)));
    const again = (deed: Deed): void => {
      if (deed.status === 409 && record.last?.state === "awaiting_confirm")
        this.#plan(second, () =>
          this.#people.look(record, () => this.#people.confirm(record, hash(), again)),
        );
      if (deed.status === 422) this.#left.add(record);
    };
    const wait = chance.happens(0.1) ? 31 * minute : chance.between(500, 60_000);
    this.#plan(wait, () => this.#people.confirm(record, hash(), again));
    if (chance.happens(0.2)) this.#plan(wait + 20, () => this.#people.confirm(record, hash()));
  }

  /** Looks at the job again and again until it is over, and does what has to be done for it. */
  #watch(record: JobRecord): void {
    const chance = this.#chance;
    const every = chance.pick(this.#size === null ? [1500, 8000, 30_000] : [20_000, 60_000]);
    const look = (): void =>
      this.#plan(chance.between(every / 2, every * 1.5), () =>
        this.#people.look(record, () => {
          this.#tend(record);
          if (!this.isSettled(record) && !this.#isOverdue) look();
        }),
      );
    look();
  }

  /** Long after the faults nobody looks any more. */
  get #isOverdue(): boolean {
    return this.#world.now > this.#world.settings.faults.until + 5 * 3600 * second;
  }

  #tend(record: JobRecord): void {
    const chance = this.#chance;
    const { last } = record;
    if (last === null) return;
    if (last.paused?.why === "authentication" && chance.happens(0.5)) {
      this.#world.sometimes("a job was paused because the key was not taken");
      this.#people.resume(record);
    }
    if (last.paused?.why === "provider_outage")
      this.#world.sometimes("a job was paused because the provider was out");
    if (!this.#wantsRetry(record)) return;
    this.#retries.set(record, (this.#retries.get(record) ?? 0) + 1);
    const body = chance.pick([
      {},
      {},
      { filter: { states: ["failed", "cancelled"] } },
      { patch_all: { tags: ["again"] } },
    ]);
    this.#people.retry(record, last.kind === "server.create" ? body : {}, ({ retried }) => {
      if (retried === 0) return;
      this.#world.sometimes("what had failed was tried again");
      this.#watch(record);
    });
  }

  /** Whether its failures will be tried again: drawn by its label, so that asking does not change it. */
  #wantsRetry(record: JobRecord): boolean {
    const { last, label } = record;
    if (last === null || last.ended_at === null || last.state === "cancelled" || last.counts.failed === 0)
      return false;
    const wanted = new Chanceful(this.#world, label).retries;
    return (this.#retries.get(record) ?? 0) < Math.min(wanted, mostRetries);
  }

  #pry(record: JobRecord): void {
    const chance = this.#chance;
    const state = chance.pick([null, null, "running", "succeeded", "pending"]);
    this.#people.walk(record, state, chance.pick([3, 20, 100]));
    if (chance.happens(0.3)) this.#people.report(record, chance.pick(["csv", "jsonl"] as const));
    if (chance.happens(0.5) && !this.isSettled(record))
      this.#plan(chance.between(1000, 20_000), () => this.#pry(record));
  }
}

/** What is drawn for a job once and for all. */
class Chanceful {
  readonly retries: number;
  constructor(world: World, label: string) {
    this.retries = world.chance.split(`retries of ${label}`).pick([0, 1, 2]);
  }
}
