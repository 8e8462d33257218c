import * as z from "zod";
import { edgesOf } from "../../../lib/schedule/edges.ts";
import { eventSchema } from "../../../events/event.ts";
import type { Override } from "../../../lib/schedule/override.ts";
import type { Chance } from "../chance.ts";
import type { Fact } from "../history.ts";
import { type Asked, dateIn, drawSchedule, lasts, type Scene, type Span, withOtherTimes } from "./asks.ts";
import { Hands } from "./hands.ts";
import type { Ledger } from "./ledger.ts";
import type { People } from "./people.ts";
import type { Plant } from "./plant.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

const noticeSchema = z.object({
  schedule: z.string(),
  snooze_path: z.string().nullable(),
  confirm_id: z.string().nullable(),
  edge: z.object({ at: z.string() }).nullable(),
});

/** What happens in a run: which schedules there are, who changes what and when, and who has hands on servers. */
export class Days {
  readonly #plant: Plant;
  readonly #ledger: Ledger;
  readonly #people: People;
  readonly #chance: Chance;
  readonly #scene: Scene;
  readonly #span: Span;
  readonly #asked = new Map<string, Asked>();
  readonly #seen = new Set<string>();
  readonly hands: Hands;
  /** What is still to be done. */
  planned = 0;

  constructor(plant: Plant, ledger: Ledger, people: People, scene: Scene, span: Span) {
    this.#plant = plant;
    this.#ledger = ledger;
    this.#people = people;
    this.#scene = scene;
    this.#span = span;
    this.#chance = plant.world.chance.split("days");
    this.hands = new Hands(plant, ledger);
    plant.world.listeners.push((fact) => this.#hear(fact));
  }

  get end(): number {
    return this.#scene.begunAt + lasts[this.#span];
  }

  get isOver(): boolean {
    return this.planned + this.#people.waiting === 0;
  }

  begin(): void {
    const chance = this.#chance;
    const tags = chance.pick([["env=a"], ["env=a"], ["env=a", "env=b"]]);
    for (const tag of tags) this.hands.addServers(chance.pick([1, 2, 3, 4, 6]), tag);
    const feasts = [
      {
        date: dateIn(this.#scene.zone, this.#scene.begunAt + 20 * hour),
        effect: chance.pick(["off", "on", "skip"]),
      },
    ];
    this.#people.putCalendar("feasts", feasts, () => {
      for (const [index, tag] of tags.entries()) {
        const body = drawSchedule(chance, this.#scene, this.#span, tag);
        const name = `s${index + 1}`;
        this.#asked.set(name, body);
        this.#people.putSchedule(name, body, () => this.#live(name));
      }
      if (chance.happens(0.15)) this.#over(tags[0] ?? "env=a");
    });
  }

  /** Another schedule of the same servers, which says something else now and then. */
  #over(tag: string): void {
    const body = {
      ...drawSchedule(this.#chance, this.#scene, this.#span, tag),
      default: "any",
      priority: 5,
      mode: "respect",
    };
    this.#asked.set("over", body);
    this.#people.putSchedule("over", body, () => this.#plant.world.sometimes("two schedules shared servers"));
  }

  #plan(milliseconds: number, act: () => void): void {
    this.planned += 1;
    this.#plant.world.after(milliseconds, () => {
      this.planned -= 1;
      act();
    });
  }

  /** Milliseconds until something is done: at any time, or just beside an edge, where it hurts. */
  #when(name: string): number {
    const chance = this.#chance;
    const { now } = this.#plant.world;
    const edges = edgesOf(this.#ledger.inputs, name, now, this.end);
    if (edges.length === 0 || chance.happens(0.4))
      return chance.between(minute, Math.max(2 * minute, this.end - now));
    const { at } = chance.pick(edges);
    return Math.max(
      0,
      at -
        now +
        chance.pick([
          chance.between(-3000, 3000),
          chance.between(-20 * minute, 2 * minute),
          chance.between(-5000, 70_000),
        ]),
    );
  }

  #live(name: string): void {
    const chance = this.#chance;
    const deeds: readonly (() => void)[] = [
      () => this.#exempt(name),
      () => this.#exempt(name),
      () => this.#exempt(name),
      () => this.#pause(name),
      () => this.#change(name),
      () => this.#wake(name),
      () => this.hands.turn(name, this.#tagOf(name)),
      () => this.hands.turn(name, this.#tagOf(name)),
      () => this.#operate(name),
      () => this.hands.meddle(this.#tagOf(name)),
      () => this.#feast(),
    ];
    const many = { brief: [1, 2, 3, 4], day: [2, 4, 6], long: [4, 8], week: [6, 12] }[this.#span];
    for (let count = chance.pick(many); count > 0; count -= 1)
      this.#plan(this.#when(name), chance.pick(deeds));
    if (this.#asked.get(name)?.["mode"] === "enforce" && chance.happens(0.6))
      this.#plan(this.#when(name), () => this.hands.fight(this.#tagOf(name)));
  }

  #tagOf(name: string): string {
    return name === "s2" ? "env=b" : "env=a";
  }

  #exempt(name: string): void {
    const chance = this.#chance;
    const { now } = this.#plant.world;
    const isLater = chance.happens(0.3);
    const from = now + chance.between(minute, 90 * minute);
    const until =
      (isLater ? from : now) +
      chance.pick([2 * minute, 20 * minute, hour, 5 * hour]) +
      chance.between(0, minute);
    const some = this.hands.some(this.#tagOf(name));
    const body = {
      state: chance.pick(["on", "off", "off", "on", "any"]),
      until: new Date(until).toISOString(),
      reason: "because",
      ...(isLater ? { from: new Date(from).toISOString() } : {}),
      ...(chance.happens(0.4) && some.length > 0 ? { servers: some } : {}),
    };
    this.#plant.world.sometimes("an override was added");
    this.#people.override(name, body, (override) => this.#lookAfter(override));
  }

  #lookAfter(override: Override): void {
    const chance = this.#chance;
    const { now } = this.#plant.world;
    const left = Math.max(second, Date.parse(override.until) - now);
    const fate = chance.fraction();
    if (fate < 0.3) this.#plan(chance.between(0, left), () => this.#people.cancel(override));
    else if (fate < 0.5)
      this.#plan(chance.between(0, left), () =>
        this.#people.extend(override, this.#plant.world.now + chance.pick([5 * minute, hour])),
      );
  }

  #pause(name: string): void {
    const chance = this.#chance;
    this.#people.pause(name, () => {
      this.#plant.world.sometimes("a schedule was paused");
      this.#plan(chance.pick([2 * minute, 30 * minute, 3 * hour]) + chance.between(0, minute), () =>
        this.#people.resume(name),
      );
    });
  }

  #change(name: string): void {
    const body = withOtherTimes(
      this.#asked.get(name) ?? {},
      this.#chance,
      this.#scene,
      this.#plant.world.now,
    );
    this.#asked.set(name, body);
    this.#plant.world.sometimes("a schedule was changed");
    this.#people.putSchedule(name, body);
  }

  #wake(name: string): void {
    const chance = this.#chance;
    const servers = this.hands.some(this.#tagOf(name));
    const body = {
      lease: chance.pick(["5m", "30m", "2h"]),
      ...(chance.happens(0.5) && servers.length > 0 ? { servers } : {}),
    };
    this.#people.wake(name, body, chance.pick([1, 2, 5]));
    if (chance.happens(0.3))
      this.#plan(chance.between(second, 5 * minute), () => this.#people.wake(name, body, 1));
  }

  #operate(name: string): void {
    const [server] = this.hands.some(this.#tagOf(name));
    if (server === undefined) return;
    this.#people.operate(server, this.#plant.site.cloud.server(server).state === "running" ? "off" : "on");
  }

  #feast(): void {
    const chance = this.#chance;
    const date = dateIn(this.#scene.zone, this.#plant.world.now + chance.pick([0, 0, 20 * hour]));
    this.#people.putCalendar(
      "feasts",
      chance.happens(0.3) ? [] : [{ date, effect: chance.pick(["off", "on", "skip"]) }],
    );
    this.#plant.world.sometimes("a calendar was changed");
  }

  /** Notices are clicked on, questions are answered: some of them. */
  #hear(fact: Fact): void {
    if (fact.what !== "published" || this.#seen.has(fact.id)) return;
    if (!/schedule\.(stop_announced|confirmation_needed)$/.test(fact.type)) return;
    this.#seen.add(fact.id);
    const chance = this.#chance;
    const { now } = this.#plant.world;
    const {
      schedule,
      snooze_path: path,
      confirm_id: id,
      edge,
    } = noticeSchema.parse(eventSchema.parse(JSON.parse(fact.bytes)).data);
    if (id !== null && chance.happens(0.6))
      this.#plan(chance.between(second, 30 * minute), () => this.#people.confirm(schedule, id));
    if (path === null || edge === null || !chance.happens(0.35)) return;
    const stopAt = Date.parse(edge.at);
    const wait = chance.happens(0.3)
      ? chance.between(second, Math.max(2 * second, stopAt - now))
      : stopAt - now + chance.between(-4000, 1500);
    this.#plan(Math.max(0, wait), () => this.#people.snooze(schedule, stopAt, path));
    if (chance.happens(0.2))
      this.#plan(Math.max(0, wait) + 50, () => this.#people.snooze(schedule, stopAt, path));
  }
}
