import type * as z from "zod";
import type { Connection } from "../../connection.ts";
import { deploymentTag } from "../../operation/marker.ts";
import type { Marked } from "../../operation/marked.ts";
import type { Resource } from "../../operation/operation.ts";
import type { Answer, MarkedType } from "../../ports/provider.ts";
import { ProviderRefusal } from "../../ports/provider.ts";
import { yes, type ServerCalls } from "../scaleway-calls.ts";
import {
  addressEnvelope,
  addressListEnvelope,
  isOfConnection,
  markedAddress,
  markedServer,
  markedVolume,
  namesDeployment,
} from "../scaleway-marked.ts";
import { pageSize, readAllPages } from "../scaleway-pages.ts";
import { sameThing } from "../same-thing.ts";
import { saysGone } from "../scaleway-refusal.ts";
import { answerTimes, patience, type Transport } from "../transport.ts";
import type { ScalewayVolume } from "../scaleway-volume.ts";
import { serverPhases } from "./translate.ts";
import { volumePaths } from "./volume-calls.ts";
import { blockVolumeSchema, volumeEnvelope, volumeListEnvelope } from "./wire.ts";

/** Things that bear our marker, and single things whether they do or not: servers, volumes of both APIs, addresses. */
export class MarkedThings {
  readonly #transport: Transport;
  readonly #connection: Connection;
  readonly #root: string;
  readonly #servers: ServerCalls;

  constructor(transport: Transport, connection: Connection, root: string, servers: ServerCalls) {
    this.#transport = transport;
    this.#connection = connection;
    this.#root = root;
    this.#servers = servers;
  }

  async all(type: MarkedType, deployment: string): Promise<readonly Marked[]> {
    const things = await this.#list(type, deploymentTag(deployment));
    return things.filter((thing) => namesDeployment(thing, deployment));
  }

  async one({ type, id }: Resource): Promise<Marked | null> {
    if (type === "server") return unlessGone(this.#server(id));
    if (type === "ip") return unlessGone(this.#address(id));
    return this.#volume(id);
  }

  async deleteAddress(id: string): Promise<Answer> {
    const { requestId } = await this.#transport.callForText({
      method: "DELETE",
      root: this.#root,
      path: [...this.#addresses, id],
      patience: patience.reserved,
    });
    return yes(requestId);
  }

  get #addresses(): readonly string[] {
    return ["instance", "v1", "zones", this.#connection.zone ?? "", "ips"];
  }

  async #list(type: MarkedType, tag: string): Promise<readonly Marked[]> {
    const isOurs = (thing: unknown): boolean => isOfConnection(thing, this.#connection);
    switch (type) {
      case "server": {
        const servers = await readAllPages(
          (page) => this.#servers.pageOrDoubt(page, { tags: tag }),
          ({ id }) => id,
        );
        return servers.filter(isOurs).map((server) => markedServer(server, serverPhases));
      }
      case "volume": {
        const { local, block } = volumePaths(this.#connection);
        const volumes = [
          ...(await this.#volumesAt(local, { tags: tag, per_page: String(pageSize) })),
          ...(await this.#volumesAt(block, { tags: tag, page_size: String(pageSize) })),
        ];
        return volumes.filter(isOurs).map((volume) => markedVolume(volume, volume.tags ?? []));
      }
      case "ip": {
        const query = { tags: tag, per_page: String(pageSize) };
        const addresses = await readAllPages(
          async (page) => {
            const { value, total } = await this.#page(this.#addresses, query, page, addressListEnvelope);
            return { items: value.ips, total };
          },
          ({ id }) => id,
        );
        return addresses.filter(isOurs).map(markedAddress);
      }
    }
  }

  #volumesAt(
    path: readonly string[],
    query: Readonly<Record<string, string>>,
  ): Promise<readonly ScalewayVolume[]> {
    return readAllPages(
      async (page) => {
        const { value, total } = await this.#page(path, query, page, volumeListEnvelope);
        return { items: value.volumes, total: total ?? value.total_count ?? null };
      },
      ({ id }) => id,
    );
  }

  #page<T>(
    path: readonly string[],
    query: Readonly<Record<string, string>>,
    page: number,
    schema: z.ZodType<T>,
  ) {
    return this.#transport.call(
      {
        method: "GET",
        root: this.#root,
        path,
        query: { ...query, page: String(page) },
        patience: patience.look,
        timeoutMilliseconds: answerTimes.list,
      },
      schema,
    );
  }

  #get<T>(path: readonly string[], schema: z.ZodType<T>) {
    return this.#transport.call({ method: "GET", root: this.#root, path, patience: patience.look }, schema);
  }

  async #server(id: string): Promise<Marked> {
    const { server } = await this.#servers.get(id, patience.look);
    return markedServer(server, serverPhases);
  }

  async #address(id: string): Promise<Marked> {
    const { value, requestId } = await this.#get([...this.#addresses, id], addressEnvelope);
    return markedAddress(sameThing(id, value.ip, requestId));
  }

  /** Gone only when both APIs say so: an id does not tell in which a volume lives. */
  async #volume(id: string): Promise<Marked | null> {
    const { local, block } = volumePaths(this.#connection);
    const inBlock = await unlessGone(this.#get([...block, id], blockVolumeSchema));
    if (inBlock !== null)
      return markedVolume(sameThing(id, inBlock.value, inBlock.requestId), inBlock.value.tags ?? []);
    const inLocal = await unlessGone(this.#get([...local, id], volumeEnvelope));
    if (inLocal === null) return null;
    const { volume } = inLocal.value;
    return markedVolume(sameThing(id, volume, inLocal.requestId), volume.tags ?? []);
  }
}

/** Null when the provider says that there is no such thing. */
const unlessGone = async <T>(look: Promise<T>): Promise<T | null> => {
  try {
    return await look;
  } catch (error) {
    if (error instanceof ProviderRefusal && saysGone(error)) return null;
    throw error;
  }
};
