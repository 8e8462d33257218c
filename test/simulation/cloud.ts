import { withMarker, type Marker } from "../../lib/operation/marker.ts";
import { goneObservation, type Observation } from "../../lib/operation/observation.ts";
import { markedName } from "../../lib/providers/name-marker.ts";
import type { Chance } from "./chance.ts";
import { busyRefusal, phases, refusal, type HeldAddress, type HeldVolume, type Server } from "./held.ts";
import type { Personality } from "./personality.ts";
import type { World } from "./world.ts";

/** What a server is made with. */
interface Made {
  readonly by: string | null;
  readonly name: string;
  readonly tags: readonly string[];
  readonly state: string;
}

/** The provider's machines: what stands there, and what takes time. */
export class Cloud {
  readonly servers = new Map<string, Server>();
  readonly volumes = new Map<string, HeldVolume>();
  readonly addresses = new Map<string, HeldAddress>();
  /** Creates that a proxy keeps back, by their marker. */
  readonly keptBack = new Map<string, () => void>();
  /** Calls that are still on their way although nobody waits for them. */
  landing = 0;
  readonly #world: World;
  readonly #personality: Personality;
  readonly #chance: Chance;
  readonly #byTag = new Map<string, Set<Server>>();
  #serial = 0;

  constructor(world: World, personality: Personality) {
    this.#world = world;
    this.#personality = personality;
    this.#chance = world.chance.split("cloud");
  }

  /** A server that somebody made by hand. */
  addForeign(id: string, state: string): void {
    this.#add(id, { by: null, name: id, tags: ["web"], state });
  }

  /** A server that a person makes by hand, with what hangs on it. */
  addByHand(tags: readonly string[], state: string): Server {
    this.#serial += 1;
    const id = `hand-${this.#serial}`;
    const server = this.#add(id, { by: null, name: id, tags, state });
    this.#world.record({ what: "made by hand", server: server.id });
    return server;
  }

  /** A person puts a volume of long ago, and an address, at a server. */
  hangOn(server: Server, tags: readonly string[]): void {
    const data = { id: `${server.id}-data`, store: "block" } as const;
    const createdAt = server.createdAt - 86_400_000;
    const held = { createdAt, tags: [], home: server.id, cameAlong: false, server: server.id };
    this.volumes.set(data.id, { ...held, volume: data });
    const id = `${server.id}-ip`;
    this.addresses.set(id, { id, tags, home: server.id, server: server.id });
  }

  deleteAddress(id: string): void {
    if (!this.addresses.delete(id)) throw refusal("RESOURCE_NOT_FOUND");
  }

  /** Changes tags as a person does. */
  retag(server: Server, tags: readonly string[]): void {
    server.formerly = { tags: server.tags, until: this.#world.now };
    this.#tag(server, tags);
  }

  #tag(server: Server, tags: readonly string[]): void {
    for (const tag of server.tags) this.#byTag.get(tag)?.delete(server);
    server.tags = tags;
    for (const tag of tags) {
      const same = this.#byTag.get(tag) ?? new Set();
      this.#byTag.set(tag, same.add(server));
    }
  }

  /** Servers that bear the tag now, in the order of their making. */
  tagged(tag: string): readonly Server[] {
    return [...(this.#byTag.get(tag) ?? [])].toSorted((one, other) => one.number - other.number);
  }

  /** `by`: the operation that asked for it, which the checker knows from what was asked and not from the marker. */
  create(marker: Marker, by: string, name: string, state = "stopped"): Server {
    this.#serial += 1;
    const id = `server-${this.#serial}`;
    const { nameLimit } = this.#personality;
    const marked =
      nameLimit === null
        ? { name, tags: withMarker(["web"], marker) }
        : { name: markedName(name, marker, nameLimit) ?? name, tags: [] };
    const server = this.#add(id, { by, ...marked, state });
    this.#world.record({ what: "created", server: id, by });
    const { isPanel } = this.#personality;
    if (!isPanel && this.#world.settings.withoutRules.has("create only prepares")) this.power(id, "on");
    return server;
  }

  server(id: string): Server {
    const server = this.servers.get(id);
    if (server === undefined || server.isGone) throw refusal("RESOURCE_NOT_FOUND");
    return server;
  }

  power(id: string, to: "on" | "off"): void {
    const server = this.server(id);
    const wanted = to === "on" ? "running" : "stopped";
    const from = to === "on" ? ["stopped", "stopped in place"] : ["running", "stopped in place"];
    if (!from.includes(server.state)) throw refusal("WRONG_STATE");
    if (to === "on") this.#world.record({ what: "booted", server: id });
    const { faults } = this.#world;
    const rest = server.state;
    const fallsBack = to === "on" && faults.strikes("falls back", id);
    this.set(server, to === "on" ? "starting" : "stopping");
    if (faults.strikes("turns never", id)) return;
    const slow = faults.strikes("turns slowly", id);
    const takes = slow ? this.#chance.between(20_000, 120_000) : this.#chance.between(2000, 6000);
    this.later(server, takes, () => {
      if (fallsBack) this.#world.sometimes("a power-on fell back to stopped");
      this.set(server, fallsBack ? rest : wanted, fallsBack ? "no free machine" : null);
    });
  }

  act(id: string, action: string): void {
    const server = this.server(id);
    this.#refuseBusy(server, "server should be running");
    const from = action === "stop_in_place" ? ["running"] : ["running", "stopped in place"];
    if (!from.includes(server.state)) throw refusal("WRONG_STATE");
    switch (action) {
      case "reboot":
        this.#world.record({ what: "rebooted", server: id });
        this.set(server, "starting");
        return this.later(server, this.#chance.between(2000, 8000), () => this.set(server, "running"));
      case "terminate":
        this.set(server, "stopping");
        return this.later(server, this.#chance.between(2000, 6000), () => {
          for (const [key, { volume, server: at }] of this.volumes) {
            if (at === id && volume.store === "local") this.#deleteVolume(key);
          }
          this.remove(server, "us");
        });
      case "stop_in_place":
        this.set(server, "stopping");
        return this.later(server, 3000, () => this.set(server, "stopped in place"));
      default:
        throw refusal("INVALID_INPUT");
    }
  }

  /** Changes fields, which is not possible in the middle of another change where states are typed. */
  change(id: string): void {
    const server = this.server(id);
    if (this.#personality.hasVolumes) this.#refuseBusy(server, null);
  }

  delete(id: string): void {
    const server = this.server(id);
    if (server.state !== "stopped") throw refusal("WRONG_STATE");
    this.remove(server, "us");
  }

  remove(server: Server, who: "us" | "human"): void {
    server.isGone = true;
    server.turn += 1;
    for (const held of this.volumes.values()) if (held.server === server.id) held.server = null;
    for (const held of this.addresses.values()) if (held.server === server.id) held.server = null;
    this.#world.record({ what: "deleted", server: server.id, who });
  }

  /** A person takes the marker away, wherever it stands. */
  editTags(server: Server): void {
    if (this.#personality.nameLimit === null) this.retag(server, ["edited"]);
    else server.name = "edited";
    this.#world.record({ what: "tags edited", server: server.id });
  }

  deleteVolume(id: string): void {
    const held = this.volumes.get(id);
    if (held === undefined) throw refusal("RESOURCE_NOT_FOUND");
    if (held.server !== null) throw refusal("WRONG_STATE");
    this.#deleteVolume(id);
  }

  /** What a look shows, which may be what was a moment ago. */
  observe(id: string): Observation {
    const server = this.servers.get(id);
    if (server === undefined || server.isGone || this.#world.now < server.hiddenUntil)
      return goneObservation(null);
    const { before } = server;
    if (before !== null && this.#world.now < before.until) return before.observation;
    return this.present(server);
  }

  /** What a look shows that is not behind. */
  present(server: Server): Observation {
    const held = ["local", "block", "data"].flatMap((part) => this.volumes.get(`${server.id}-${part}`) ?? []);
    const volumes = held.filter((one) => one.server === server.id).map(({ volume }) => volume);
    return this.#personality.show(server, volumes);
  }

  /** `starting`: what it is told on its way up; null: that it is in between. @throws ProviderRefusal */
  #refuseBusy(server: Server, starting: string | null): void {
    if (phases.get(server.state) !== "moving") return;
    this.#world.sometimes("a change was refused because another one went on");
    const isTyped = starting === null && !this.#personality.hasTasks;
    const message = server.state === "stopping" ? "server is being stopped or rebooted" : starting;
    throw busyRefusal(isTyped, message ?? "server is being started");
  }

  #add(id: string, { by, name, tags, state }: Made): Server {
    const { faults, now } = this.#world;
    const isLate = by !== null && faults.strikes("list late", id);
    const lag = isLate ? this.#chance.pick([1000, 5000, 15_000, 19_900, 19_900]) : 0;
    const server: Server = {
      id,
      number: this.servers.size + 1,
      by,
      name,
      createdAt: now,
      formerly: null,
      listedAt: now + lag,
      tags,
      state,
      detail: null,
      changes: 1,
      before: null,
      isGone: false,
      turn: 0,
      missed: 0,
      hiddenUntil:
        by !== null && faults.strikes("look too early", id) && !this.#personality.isPanel
          ? now + this.#chance.between(1000, 19_000)
          : 0,
    };
    this.servers.set(id, server);
    this.#tag(server, tags);
    if (!this.#personality.hasVolumes) return server;
    const stores = this.#chance.happens(0.5) ? (["local", "block"] as const) : (["local"] as const);
    for (const store of stores)
      this.volumes.set(`${id}-${store}`, {
        volume: { id: `${id}-${store}`, store },
        createdAt: now,
        tags: [],
        home: id,
        cameAlong: true,
        server: id,
      });
    return server;
  }

  #deleteVolume(id: string): void {
    this.volumes.delete(id);
    this.#world.record({ what: "volume deleted", volume: id });
  }

  /** From now on it stands so. */
  set(server: Server, state: string, detail: string | null = null): void {
    const observation = this.present(server);
    const isStale = this.#world.faults.strikes("look stale", server.id);
    if (isStale) server.before = { observation, until: this.#world.now + this.#chance.between(500, 6000) };
    server.state = state;
    server.detail = detail;
    server.changes += 1;
    server.turn += 1;
    this.#world.record({ what: "state", server: server.id, state });
  }

  /** Happens unless something else has happened to the server meanwhile. */
  later(server: Server, milliseconds: number, then: () => void): void {
    const { turn } = server;
    this.#world.after(milliseconds, () => {
      if (server.turn === turn && !server.isGone) then();
    });
  }
}
