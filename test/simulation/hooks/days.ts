import type { Chance } from "../chance.ts";
import { People, type Owned } from "./people.ts";
import { Publisher, publishedTypes } from "./publisher.ts";
import type { Span } from "./receivers.ts";
import { Senders } from "./senders.ts";
import type { Yard } from "./yard.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** For how long things are done in a run. */
const doneWithin: Readonly<Record<Span, number>> = { brief: 15 * minute, day: 8 * hour, long: 144 * hour };

const filters = (chance: Chance): object => {
  const settings = chance.pick([
    {},
    {},
    { types: ["switchyard.server.*"] },
    { types: [`switchyard.${chance.pick(publishedTypes)}`] },
    { types: ["switchyard.endpoint.*", "switchyard.delivery.*"] },
    { connections: ["paris"] },
    { connections: ["lyon"] },
  ]);
  return settings;
};

/** What happens in a run: who sets up what and when, what is said, what comes in, and who changes their mind. */
export class Days {
  readonly #yard: Yard;
  readonly #chance: Chance;
  readonly #span: Span;
  readonly people: People;
  readonly publisher: Publisher;
  readonly senders: Senders;
  /** What is still to be done. */
  planned = 0;

  constructor(yard: Yard, span: Span) {
    this.#yard = yard;
    this.#span = span;
    this.#chance = yard.world.chance.split("days");
    this.people = new People(yard, span);
    this.publisher = new Publisher(yard);
    this.senders = new Senders(yard, this.people);
  }

  get isOver(): boolean {
    return this.planned + this.people.waiting + this.publisher.waiting + this.senders.waiting === 0;
  }

  begin(): void {
    const chance = this.#chance;
    const endpoints = chance.pick([1, 2, 2, 3, 3]);
    for (let number = 1; number <= endpoints; number += 1) {
      const settings = filters(chance);
      this.#plan(chance.between(0, chance.pick([500, 500, 60_000])), () =>
        this.people.endpoint(number, settings, "everybody", (owned) => this.#lookAfter(owned)),
      );
    }
    if (chance.happens(0.2)) this.#plan(chance.between(0, 5000), () => this.#tenant(endpoints + 1));
    this.#say();
    if (chance.happens(0.3))
      this.#plan(chance.between(0, 5000), () => this.senders.begin(() => this.#send()));
  }

  #plan(milliseconds: number, act: () => void): void {
    this.planned += 1;
    this.#yard.world.after(milliseconds, () => {
      this.planned -= 1;
      this.#yard.expectTick();
      act();
    });
  }

  /** Events come in bursts; in a run of days there is one each day, so that five days of failures can be seen. */
  #say(): void {
    const chance = this.#chance;
    const within = doneWithin[this.#span];
    const bursts = this.#span === "long" ? 4 : chance.pick([1, 2, 3]);
    for (let burst = 0; burst < bursts; burst += 1) {
      const at =
        this.#span === "long" ? burst * 42 * hour + chance.between(0, hour) : chance.between(2000, within);
      const count = chance.pick(this.#span === "brief" ? [1, 1, 2, 3] : [1, 1, 2]);
      for (let index = 0; index < count; index += 1)
        this.#plan(at + chance.between(0, 3000), () => this.publisher.say());
    }
  }

  #send(): void {
    const count = this.#chance.pick([1, 2, 4]);
    for (let index = 0; index < count; index += 1)
      this.#plan(this.#chance.between(0, 90_000), () => this.senders.send());
  }

  #tenant(number: number): void {
    this.people.tenant(() => {
      this.people.endpoint(number, { connections: ["lyon"] }, "tenant", (owned) => this.#lookAfter(owned));
      this.#plan(this.#chance.between(1000, 4 * minute), () => this.people.pry());
    });
  }

  /** What its owner does with an endpoint: at most two things, each at some time. */
  #lookAfter(owned: Owned): void {
    const chance = this.#chance;
    const { people } = this;
    const { world } = this.#yard;
    const within = doneWithin[this.#span];
    const since = world.now;
    const deeds: readonly (() => void)[] = [
      () => people.rotate(owned, 0),
      () => people.rotate(owned, chance.pick([60, 3600, 86_400])),
      () => this.#pause(owned),
      () => this.#pause(owned),
      () => people.recover(owned, since),
      () => people.replay(owned, since),
      () => people.replayOne(owned),
      () => people.test(owned),
      () => people.patch(owned, { types: ["switchyard.server.*"] }),
      () => people.remove(owned),
    ];
    const count = chance.pick([0, 1, 1, 2]);
    for (let index = 0; index < count; index += 1) {
      const deed = chance.pick(deeds);
      this.#plan(chance.between(1000, within), deed);
    }
    const { goneFrom, upFrom } = owned.receiver;
    if (goneFrom !== null && chance.happens(0.6))
      this.#plan(goneFrom - world.now + chance.between(minute, within), () => this.#reopen(owned, since));
    // Long after an outage somebody finds that it is over.
    if (this.#span === "long" && upFrom !== null && chance.happens(0.4))
      this.#plan(Math.max(0, upFrom - world.now) + chance.between(minute, hour), () =>
        people.recover(owned, since),
      );
  }

  /** Off, and some time later on again, with all that was missed or from then on. */
  #pause(owned: Owned): void {
    const chance = this.#chance;
    const { world } = this.#yard;
    const since = world.now - chance.pick([0, 60_000]);
    this.people.patch(owned, { state: "disabled" });
    world.sometimes("an endpoint was switched off");
    this.#plan(chance.between(200, chance.pick([2000, 8000, minute, doneWithin[this.#span] / 2])), () => {
      if (chance.happens(0.3)) this.people.patch(owned, { state: "enabled" });
      else this.people.recover(owned, since);
    });
  }

  /** The receiver that wanted no more wants more again. */
  #reopen(owned: Owned, since: number): void {
    owned.receiver.goneFrom = null;
    this.people.recover(owned, since);
  }
}
