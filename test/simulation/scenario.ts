import { operationIdOf } from "../../lib/operation/operation-id.ts";
import type { Callers } from "./callers.ts";
import type { Chance } from "./chance.ts";
import type { Fact } from "./history.ts";
import type { Installation } from "./installation.ts";
import { newServer, onForeign, onNew, onRunning, type Draft, type Wish } from "./wishes.ts";

/** What people do in a run: who asks for what and when, who changes their mind, who meddles at the provider. */
export class Scenario {
  readonly #installation: Installation;
  readonly #callers: Callers;
  readonly #chance: Chance;
  readonly #rivals: Chance;
  readonly #isBusy: boolean;
  readonly #followedUp = new Set<string>();
  #hurried = false;
  readonly #resolutions = new Map<string, number>();
  /** Requests that are still to be made. */
  planned = 0;
  #keys = 0;

  /** `isBusy`: the full mix, four requests at least; else a few, for the runs that die at each effect. */
  constructor(installation: Installation, callers: Callers, isBusy: boolean) {
    this.#installation = installation;
    this.#callers = callers;
    this.#chance = installation.world.chance.split("people");
    this.#rivals = installation.world.chance.split("rivals");
    this.#isBusy = isBusy;
    installation.world.listeners.push((fact) => this.#see(fact));
  }

  begin(): void {
    const { cloud, shelf, personality } = this.#installation.site;
    const chance = this.#chance;
    cloud.addForeign("foreign-on", "running");
    cloud.addForeign("foreign-off", "stopped");
    for (const type of ["container", "tag", "organization"]) shelf.addForeign(type, `foreign-${type}`, "old");
    const { isPanel } = personality;
    // Builds take long, and what is asked for while they last comes on top.
    const creates = chance.pick(this.#isBusy ? (isPanel ? [1, 2, 2] : [2, 2, 3]) : [1, 1, 2]);
    const spread = chance.pick([200, 5000, 40_000]);
    for (let index = 0; index < creates; index += 1) {
      this.#plan(chance.between(0, spread), () => this.#wish(this.#create()));
    }
    const others = this.#isBusy
      ? (isPanel ? 3 : 4) - creates + chance.pick([0, 0, 1])
      : chance.pick([0, 0, 1]);
    for (let index = 0; index < others; index += 1) {
      const wishes = onForeign(personality, chance);
      const wish = chance.pick(wishes);
      const wait = chance.between(0, spread) + index * 90_000;
      this.#plan(wait, () => this.#wish(this.#keyed(wish)));
      this.#contend(wait, wish, wishes);
    }
  }

  /** Somebody else wants another change of the same server, within a second: now and then. */
  #contend(milliseconds: number, first: Draft, others: readonly Draft[]): void {
    const chance = this.#rivals;
    const same = others.filter(
      ({ resource }) => resource?.type === "server" && resource.id === first.resource?.id,
    );
    if (same.length === 0 || !this.#isBusy || !chance.happens(0.15)) return;
    const second = chance.pick(same);
    const { world } = this.#installation;
    world.sometimes("two changes of one server were asked for within a second");
    this.#plan(milliseconds + chance.between(0, 1000), () => this.#wish(this.#keyed(second)));
  }

  #plan(milliseconds: number, act: () => void): void {
    this.planned += 1;
    this.#installation.world.after(milliseconds, () => {
      this.planned -= 1;
      act();
    });
  }

  get #nextKey(): string {
    this.#keys += 1;
    return `wish-${this.#installation.world.settings.seed}-${this.#keys}`;
  }

  #keyed({ kind, resource, input }: Draft): Wish {
    const key = this.#nextKey;
    return { key, kind, resource, input: input(key) };
  }

  #create(): Wish {
    return newServer(this.#installation.site.personality, this.#nextKey, this.#chance);
  }

  #wish(wish: Wish): void {
    const chance = this.#chance;
    const callers = this.#callers;
    if (chance.happens(0.12)) {
      callers.wishByQueue(wish, operationIdOf("sim", wish.key));
      return;
    }
    const cancels = this.#isBusy && chance.happens(0.1);
    callers.wish(wish, (id) => {
      if (cancels) callers.cancel(id);
    });
    if (!chance.happens(0.3)) return;
    this.#installation.world.sometimes("a request was made twice at once");
    this.#plan(chance.between(0, 40), () => callers.wish(wish));
  }

  #see(fact: Fact): void {
    if (fact.what === "created") this.#meddle(fact.server);
    if (fact.what !== "published") return;
    if (fact.type === "switchyard.server.created") this.#hurry(fact.subject.split("/")[2] ?? "");
    if (fact.type === "switchyard.server.running") this.#followUp(fact.subject.split("/")[2] ?? "");
    if (fact.type === "switchyard.operation.needs_attention") this.#attend(fact.operation, fact.id);
  }

  /** Goes on with a server that runs now: once, and not with all of them. */
  #followUp(server: string): void {
    if (this.#followedUp.size > 0 || !server.startsWith("server-")) return;
    this.#followedUp.add(server);
    const wishes = onRunning(this.#installation.site.personality, server);
    const wish = this.#chance.pick(wishes);
    const wait = this.#chance.between(100, 10_000);
    this.#plan(wait, () => this.#wish(this.#keyed(wish)));
    this.#contend(wait, wish, wishes);
  }

  /** Does not wait until a new server is built: once, and not always. */
  #hurry(server: string): void {
    const hasty = onNew(this.#installation.site.personality, server);
    if (hasty.length === 0 || this.#hurried || !this.#chance.happens(0.5)) return;
    this.#hurried = true;
    const wish = this.#chance.pick(hasty);
    this.#plan(this.#chance.between(0, 8000), () => this.#wish(this.#keyed(wish)));
  }

  /** A person looks after what needs attention, twice at most. */
  #attend(operation: string, event: string): void {
    if (this.#resolutions.has(event) || this.#resolutions.size > 1) return;
    this.#resolutions.set(event, 1);
    const as = this.#chance.pick(["retry", "retry", "adopt", "abandon"] as const);
    this.#plan(this.#chance.between(1000, 120_000), () => {
      const made = [...this.#installation.cloud.servers.values()].find(
        ({ by, isGone }) => by === operation && !isGone,
      );
      this.#callers.resolve(operation, as, made?.id ?? null);
    });
  }

  #meddle(id: string): void {
    const { cloud, world } = this.#installation;
    if (world.faults.strikes("human deletes", id)) {
      world.after(this.#chance.between(1000, 90_000), () => {
        const server = cloud.servers.get(id);
        if (server === undefined || server.isGone) return;
        world.sometimes("a person deleted a server at the provider");
        cloud.remove(server, "human");
      });
    }
    if (world.faults.strikes("human edits tags", id)) {
      world.after(this.#chance.between(1000, 90_000), () => {
        const server = cloud.servers.get(id);
        if (server === undefined || server.isGone) return;
        world.sometimes("a person edited a server's tags");
        cloud.editTags(server);
      });
    }
  }
}
