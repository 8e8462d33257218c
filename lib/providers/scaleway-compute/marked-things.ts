import type { Connection } from "../../connection.ts";
import type { Marked } from "../../operation/marked.ts";
import type { Resource } from "../../operation/operation.ts";
import { ProviderDoubt, type Answer, type MarkedType } from "../../ports/provider.ts";
import { yes, type ServerCalls } from "../scaleway-calls.ts";
import {
  addressEnvelope,
  isOfConnection,
  markedAddress,
  markedServer,
  markedVolume,
  namesDeployment,
} from "../scaleway-marked.ts";
import { sameThing } from "../same-thing.ts";
import { readAllPages } from "../scaleway-pages.ts";
import { saysGone } from "../scaleway-refusal.ts";
import { patience, type Transport } from "../transport.ts";
import { marksOf, type ScalewayVolume } from "../scaleway-volume.ts";
import { serverPhases } from "./translate.ts";
import { volumeEnvelope } from "./wire.ts";

/**
 * Servers that bear our marker, and single things whether they do or not. Volumes and addresses have no tags at this
 * API: what a volume's name says of its operation does not say whose installation it was, so none is listed.
 */
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
    if (type !== "server") return [];
    // This API is not known to filter by tags, so all servers are read.
    const servers = await readAllPages(
      (page) => this.#servers.pageOrDoubt(page, {}),
      ({ id }) => id,
    );
    return servers
      .filter((server) => isOfConnection(server, this.#connection))
      .map((server) => markedServer(server, serverPhases))
      .filter((thing) => namesDeployment(thing, deployment));
  }

  async one({ type, id }: Resource): Promise<Marked | null> {
    try {
      if (type === "server") {
        const { server } = await this.#servers.get(id, patience.look);
        return markedServer(server, serverPhases);
      }
      return await (type === "ip" ? this.#address(id) : this.#volume(id));
    } catch (error) {
      if (saysGone(error)) return null;
      throw error;
    }
  }

  async deleteAddress(id: string): Promise<Answer> {
    const { requestId } = await this.#transport.callForText({
      method: "DELETE",
      root: this.#root,
      path: ["ips", id],
      patience: patience.reserved,
    });
    return yes(requestId);
  }

  async #address(id: string): Promise<Marked> {
    const get = { method: "GET", root: this.#root, path: ["ips", id], patience: patience.look } as const;
    const { value, requestId } = await this.#transport.call(get, addressEnvelope);
    return markedAddress(sameThing(id, value.ip, requestId));
  }

  async #volume(id: string): Promise<Marked> {
    const get = { method: "GET", root: this.#root, path: ["volumes", id], patience: patience.look } as const;
    const { value, requestId } = await this.#transport.call(get, volumeEnvelope);
    const volume = oneOf(value, id);
    // A list without it may be one page of many: that is no word on whether the volume exists.
    if (volume === null)
      throw new ProviderDoubt("The provider answered with other volumes.", { status: 200 });
    return markedVolume(sameThing(id, volume, requestId), marksOf(volume));
  }
}

type SingleAnswer = { readonly volume: ScalewayVolume } | { readonly volumes: readonly ScalewayVolume[] };

const oneOf = (answer: SingleAnswer, id: string): ScalewayVolume | null =>
  "volume" in answer ? answer.volume : (answer.volumes.find((volume) => volume.id === id) ?? null);
