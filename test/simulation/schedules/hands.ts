import { ProviderRefusal } from "../../../lib/ports/provider.ts";
import type { Chance } from "../chance.ts";
import type { Cloud } from "../cloud.ts";
import type { Server } from "../held.ts";
import type { Ledger } from "./ledger.ts";
import type { Plant } from "./plant.ts";

const second = 1000;
const minute = 60 * second;

/** Those who have their hands on servers at the provider. */
export class Hands {
  readonly #plant: Plant;
  readonly #ledger: Ledger;
  readonly #cloud: Cloud;
  readonly #chance: Chance;
  readonly #power: Cloud["power"];
  #serial = 0;

  constructor(plant: Plant, ledger: Ledger) {
    const { cloud } = plant.site;
    this.#plant = plant;
    this.#ledger = ledger;
    this.#cloud = cloud;
    this.#chance = plant.world.chance.split("hands");
    this.#power = cloud.power.bind(cloud);
    plant.world.listeners.push((fact) => {
      if (fact.what === "state") this.#unstick(fact.server);
    });
    // What comes through the provider's door is on record; hands do not come through it.
    cloud.power = (id, to) => {
      const call = { at: plant.world.now, server: id, to };
      try {
        this.#power(id, to);
        ledger.calls.push({ ...call, wasTaken: true });
      } catch (error) {
        ledger.calls.push({ ...call, wasTaken: false });
        throw error;
      }
    };
  }

  /** What hangs between two states is put right by the provider in the end. */
  #unstick(id: string): void {
    const server = this.#cloud.servers.get(id);
    if (server === undefined) return;
    const { state } = server;
    if (state !== "starting" && state !== "stopping") return;
    const rest = state === "starting" ? "stopped" : "running";
    this.#cloud.later(server, this.#chance.pick([20, 40, 90]) * minute, () => {
      this.#plant.world.sometimes("a server hung between two states");
      this.#ledger.meddled.push({ at: this.#plant.world.now, server: id, what: "came back" });
      this.#cloud.set(server, rest);
    });
  }

  addServers(count: number, tag: string): void {
    for (let index = 0; index < count; index += 1) {
      this.#serial += 1;
      const id = `srv-${this.#serial}`;
      this.#cloud.addForeign(id, this.#chance.pick(["running", "stopped"]));
      const server = this.#cloud.servers.get(id);
      if (server === undefined) continue;
      server.tags = [tag];
      this.#ledger.made.set(id, { at: this.#plant.world.now, state: server.state, tags: [tag] });
    }
  }

  #standing(tag: string): readonly Server[] {
    return [...this.#cloud.servers.values()].filter(({ isGone, tags }) => !isGone && tags.includes(tag));
  }

  /** Ids of one or more of those that bear the tag. */
  some(tag: string): readonly string[] {
    const all = this.#standing(tag).map(({ id }) => id);
    if (all.length === 0) return [];
    const one = this.#chance.pick(all);
    return this.#chance.happens(0.6) ? [one] : all.slice(0, this.#chance.between(1, all.length + 1));
  }

  #switch({ id, state }: Server): void {
    const to = state === "running" ? "off" : "on";
    const { world } = this.#plant;
    try {
      this.#power(id, to);
    } catch (error) {
      if (!(error instanceof ProviderRefusal)) throw error;
      return;
    }
    world.sometimes(`somebody switched a server ${to} by hand`);
    world.say(() => `somebody switches ${id} ${to} at the provider`);
    this.#ledger.hands.push({ at: world.now, server: id, to, how: "provider" });
  }

  /** Switches one of the servers, and perhaps back again later. */
  turn(_name: string, tag: string): void {
    const servers = this.#standing(tag);
    if (servers.length === 0) return;
    const server = this.#chance.pick(servers);
    this.#switch(server);
    if (this.#chance.happens(0.2))
      this.#plant.world.after(this.#chance.between(20 * second, 40 * minute), () => this.#switch(server));
  }

  /** Switches a server again and again, whatever is done about it. */
  fight(tag: string): void {
    const servers = this.#standing(tag);
    if (servers.length === 0) return;
    const server = this.#chance.pick(servers);
    const { world } = this.#plant;
    world.sometimes("somebody fought what is enforced");
    const times = this.#chance.between(3, 9);
    const usual = this.#chance.between(2 * minute, 9 * minute);
    for (let index = 0; index < times; index += 1) world.after(index * usual, () => this.#switch(server));
  }

  /** Protects a server for a while, or for good. */
  #protect({ id }: Server): void {
    const { world, protected: all } = this.#plant;
    if (all.has(id)) return;
    const note = (what: string): void => void this.#ledger.meddled.push({ at: world.now, server: id, what });
    world.sometimes("a server was protected");
    all.add(id);
    note("protected");
    if (this.#chance.happens(0.5))
      world.after(this.#chance.pick([20, 90, 400]) * minute, () => {
        all.delete(id);
        note("unprotected");
      });
  }

  /** Locks, protects, deletes or makes a server. */
  meddle(tag: string): void {
    const { world } = this.#plant;
    const servers = this.#standing(tag);
    const draw = this.#chance.fraction();
    if (draw < 0.35 || servers.length === 0) {
      world.sometimes("a server was made");
      return this.addServers(1, tag);
    }
    const server = this.#chance.pick(servers);
    if (draw < 0.5) this.#protect(server);
    else if (draw < 0.7) {
      world.sometimes("a server was deleted");
      this.#ledger.meddled.push({ at: world.now, server: server.id, what: "deleted" });
      this.#cloud.remove(server, "human");
    } else if (["running", "stopped"].includes(server.state)) {
      world.sometimes("a server was locked");
      this.#ledger.meddled.push({ at: world.now, server: server.id, what: "locked" });
      const before = server.state;
      this.#cloud.set(server, "locked");
      this.#cloud.later(server, this.#chance.pick([10, 90, 600]) * minute, () => {
        this.#ledger.meddled.push({ at: world.now, server: server.id, what: "unlocked" });
        this.#cloud.set(server, before);
      });
    }
  }
}
