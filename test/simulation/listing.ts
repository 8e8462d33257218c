import type { Marked } from "../../lib/operation/marked.ts";
import type { Resource } from "../../lib/operation/operation.ts";
import type { MarkedType } from "../../lib/ports/provider.ts";
import type { Cloud } from "./cloud.ts";
import { phases, type HeldAddress, type HeldVolume, type Server } from "./held.ts";
import type { World } from "./world.ts";

/** For how long a list may show old tags, in milliseconds. */
const oldTagsFor = 20_000;
/** A change of tags within this many milliseconds comes too late for a call that is under way. */
const tooLate = 7000;

/** Where something that the sweeper deletes belongs, for the checker. */
export interface Doomed {
  readonly tags: readonly string[];
  readonly home: string | null;
  readonly cameAlong: boolean;
}

/** What the provider shows of things that bear tags: lists that are a little behind, single looks that are not. */
export class Listing {
  readonly #cloud: Cloud;
  readonly #world: World;

  constructor(cloud: Cloud, world: World) {
    this.#cloud = cloud;
    this.#world = world;
  }

  of(type: MarkedType, isListed: (server: Server) => boolean): readonly Marked[] {
    switch (type) {
      case "server":
        return [...this.#cloud.servers.values()]
          .filter((server) => !server.isGone && isListed(server))
          .map((server) => this.#server(server, this.#listedTags(server)));
      case "volume":
        return [...this.#cloud.volumes.values()].map((held) => this.#volume(held));
      case "ip":
        return [...this.#cloud.addresses.values()].map((held) => this.#address(held));
    }
  }

  one({ type, id }: Resource): Marked | null {
    if (type === "server") {
      const server = this.#cloud.servers.get(id);
      return server === undefined || server.isGone ? null : this.#server(server, server.tags);
    }
    if (type === "ip") {
      const held = this.#cloud.addresses.get(id);
      return held === undefined ? null : this.#address(held);
    }
    const held = this.#cloud.volumes.get(id);
    return held === undefined ? null : this.#volume(held);
  }

  doomed({ type, id }: Resource): Doomed {
    const server = type === "server" ? this.#cloud.servers.get(id) : undefined;
    if (server !== undefined) {
      const { formerly } = server;
      const isLate = formerly !== null && this.#world.now - formerly.until < tooLate;
      return { tags: isLate ? formerly.tags : server.tags, home: null, cameAlong: false };
    }
    const volume = type === "volume" ? this.#cloud.volumes.get(id) : undefined;
    if (volume !== undefined) return { tags: volume.tags, home: volume.home, cameAlong: volume.cameAlong };
    const address = type === "ip" ? this.#cloud.addresses.get(id) : undefined;
    return { tags: address?.tags ?? [], home: address?.home ?? null, cameAlong: false };
  }

  #listedTags({ id, tags, formerly }: Server): readonly string[] {
    if (formerly === null || this.#world.now - formerly.until > oldTagsFor) return tags;
    return this.#world.faults.strikes("list shows old tags", id) ? formerly.tags : tags;
  }

  #server(server: Server, tags: readonly string[]): Marked {
    const { phase, state, volumes } = this.#cloud.observe(server.id);
    return {
      resource: { type: "server", id: server.id },
      name: server.id,
      tags,
      createdAt: new Date(server.createdAt).toISOString(),
      phase: phase === "gone" ? (phases.get(server.state) ?? "unknown") : phase,
      state: state ?? server.state,
      isProtected: false,
      usedBy: null,
      volumes,
    };
  }

  #volume({ volume, createdAt, tags, server }: HeldVolume): Marked {
    return {
      resource: { type: "volume", id: volume.id },
      name: volume.id,
      tags,
      createdAt: new Date(createdAt).toISOString(),
      phase: server === null ? "off" : "on",
      state: server === null ? "available" : "in_use",
      isProtected: false,
      usedBy: server,
      volumes: [],
    };
  }

  #address({ id, tags, server }: HeldAddress): Marked {
    return {
      resource: { type: "ip", id },
      name: id,
      tags,
      createdAt: null,
      phase: server === null ? "off" : "on",
      state: server === null ? "detached" : "attached",
      isProtected: false,
      usedBy: server,
      volumes: [],
    };
  }
}
