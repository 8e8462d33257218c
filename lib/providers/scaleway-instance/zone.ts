import type { Connection } from "../../connection.ts";
import type { Marker } from "../../operation/marker.ts";
import type { Observation } from "../../operation/observation.ts";
import {
  ProviderRefusal,
  type Answer,
  type Found,
  type Handle,
  type ProviderCall,
} from "../../ports/provider.ts";
import { fewCalls, gather, idsOf, joined, lookEach, nothingSeen, type Sight } from "../looking.ts";
import { ReadThrough } from "../read-through.ts";
import { ServerCalls, yes } from "../scaleway-calls.ts";
import { findInList, pageSize } from "../scaleway-pages.ts";
import { sendCall, type Sending } from "../scaleway-sending.ts";
import type { Transport } from "../transport.ts";
import { AddressCalls } from "./addresses.ts";
import { imageIn } from "./backup-task.ts";
import { seeImage } from "./images.ts";
import { MarkedThings } from "./marked-things.ts";
import { instanceReads } from "./reads.ts";
import { ServerChanges } from "./server-changes.ts";
import { realTaskOf, serverBodyOf, serverPatchOf, serverPhases } from "./translate.ts";
import { VolumeCalls } from "./volume-calls.ts";

const chunksOf = (ids: readonly string[]): string[][] => {
  const chunks: string[][] = [];
  for (let from = 0; from < ids.length; from += pageSize) chunks.push(ids.slice(from, from + pageSize));
  return chunks;
};

/** Under which id the sight of what a handle follows is kept. */
const keyOf = (handle: Handle): string =>
  imageIn(handle) === null ? handle.resource.id : (handle.task?.id ?? "");

/** One zone of the Instance API: nothing in it is known in another. Ids here are the provider's own. */
export class Zone {
  readonly servers: ServerCalls;
  readonly marked: MarkedThings;
  readonly reads: ReadThrough;
  readonly #connection: Connection;
  readonly #transport: Transport;
  readonly #root: string;
  readonly #volumes: VolumeCalls;
  readonly #addresses: AddressCalls;
  readonly #changes: ServerChanges;
  readonly #sending: Sending;

  /** @param connection with this zone as its own */
  constructor(connection: Connection, transport: Transport, root: string) {
    this.#connection = connection;
    this.#transport = transport;
    this.#root = root;
    this.servers = new ServerCalls(transport, {
      root,
      prefix: this.#path(),
      phases: serverPhases,
      taskOf: realTaskOf,
    });
    this.#volumes = new VolumeCalls(transport, connection, root);
    this.#addresses = new AddressCalls(transport, connection, root);
    this.#changes = new ServerChanges(this.servers, this.#volumes, this.#addresses);
    this.marked = new MarkedThings(transport, connection, root, this.servers);
    this.reads = new ReadThrough(transport, instanceReads(root, connection), connection.name);
    this.#sending = {
      servers: this.servers,
      volumes: this.#volumes,
      addresses: this.marked,
      serverBodyOf: (input, marker) => serverBodyOf(connection, input, marker),
      serverPatchOf,
    };
  }

  #path(...more: readonly string[]): string[] {
    return ["instance", "v1", "zones", this.#connection.zone ?? "", ...more];
  }

  /** @throws ProviderRefusal, ProviderDoubt */
  async send(call: ProviderCall): Promise<Answer> {
    switch (call.do) {
      case "configure":
        return this.#changes.configure(call.resource.id, call.input, call.marker);
      case "update":
        return this.#changes.update(call.resource.id, call.input, call.marker);
      case "delete":
        return call.resource.type === "volume" ? this.#deleteVolume(call) : sendCall(call, this.#sending);
      case "apply":
        // The last part of a server.delete: the server is gone, and what was made for it goes as well.
        if (call.kind !== "server.delete") return sendCall(call, this.#sending);
        await this.#addresses.releaseMadeFor(call.resource.id);
        return yes(null);
      case "create":
      case "power":
      case "act":
      case "delete_volume":
        return sendCall(call, this.#sending);
    }
  }

  /** A volume that is only just detached is waited for; one that a server has will not come free by itself. */
  async #deleteVolume(call: Extract<ProviderCall, { do: "delete" }>): Promise<Answer> {
    try {
      return await sendCall(call, this.#sending);
    } catch (error) {
      if (!(error instanceof ProviderRefusal) || error.code !== "WRONG_STATE") throw error;
      const usedBy = (await this.marked.one(call.resource))?.usedBy ?? null;
      if (usedBy === null) throw error;
      const why = `Server ${usedBy} has the volume: take it out first (server.update with detach_volumes).`;
      throw new ProviderRefusal("PROVIDER_REFUSED", why, error.provider, { cause: error });
    }
  }

  /** Observations in the order of the handles; `failure`: the first thing that went wrong. */
  async look(
    handles: readonly Handle[],
  ): Promise<{ readonly seen: readonly (Observation | null)[]; readonly failure: unknown }> {
    const followed = handles.filter((handle) => imageIn(handle) === null);
    const backups = handles.filter((handle) => imageIn(handle) !== null);
    const few = fewCalls(this.#connection);
    const sights = await Promise.all([
      this.#lookAtServers(idsOf(followed, "server")),
      lookEach(idsOf(followed, "volume").slice(0, few), (id) => this.#volumes.see(id, null)),
      gather(backups.slice(0, few).map((handle) => this.#lookAtBackup(handle))),
    ]);
    const { seen, failure } = sights.reduce(joined, nothingSeen);
    return {
      failure: seen.size === 0 ? failure : null,
      seen: handles.map((handle) => {
        const observation = seen.get(keyOf(handle)) ?? null;
        if (observation === null) return null;
        // The task stays what the action answered: there is nothing to read it from.
        return { ...observation, task: observation.task ?? handle.task };
      }),
    };
  }

  async #lookAtBackup(handle: Handle): Promise<ReadonlyMap<string, Observation>> {
    const place = { root: this.#root, path: this.#path("images") };
    const seen = await seeImage(this.#transport, place, imageIn(handle) ?? "", handle.ageSeconds);
    return new Map([[keyOf(handle), seen]]);
  }

  async #lookAtServers(ids: readonly string[]): Promise<Sight> {
    const see = (id: string) => this.servers.see(id, null);
    if (ids.length === 0) return nothingSeen;
    if (ids.length === 1) return lookEach(ids, see);
    const missing: string[] = [];
    const listed = await gather(
      chunksOf(ids).map(async (chunk) => {
        const seen = await this.#lookByList(chunk);
        missing.push(...chunk.filter((id) => !seen.has(id)));
        return seen;
      }),
    );
    // A list may lag: what it does not show is asked for before it counts as gone.
    return joined(listed, await lookEach(missing.slice(0, fewCalls(this.#connection)), see));
  }

  async #lookByList(ids: readonly string[]): Promise<ReadonlyMap<string, Observation>> {
    const found = await findInList(
      async (page) => {
        const { items, total, requestId } = await this.servers.page(page, { servers: ids.join(",") });
        return {
          total,
          items: items.map((server) => ({
            id: server.id,
            seen: this.servers.observationOf(server, null, requestId),
          })),
        };
      },
      ({ id }) => id,
      new Set(ids),
    );
    return new Map([...found].map(([id, { seen }]) => [id, seen]));
  }

  async search(resourceType: string, marker: Marker): Promise<readonly Found[]> {
    if (resourceType === "volume") return this.#volumes.search(marker);
    return this.servers.search(marker, { tags: marker.operation });
  }
}
