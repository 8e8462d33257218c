import * as z from "zod";
import type { Connection } from "../../connection.ts";
import { isObject, type Json, type JsonObject } from "../../operation/json.ts";
import type { Marker } from "../../operation/marker.ts";
import { isKept } from "../../operation/marked.ts";
import { saysGone } from "../scaleway-refusal.ts";
import { addressEnvelope, addressListEnvelope, type ScalewayAddress } from "../scaleway-marked.ts";
import { readAllPages, pageSize } from "../scaleway-pages.ts";
import type { ScalewayServer } from "../scaleway-server.ts";
import { answerTimes, patience, type Patience, type Transport } from "../transport.ts";
import { ownerOf } from "./translate.ts";

/** Kinds of addresses that can be asked for. */
export const addressTypes = ["routed_ipv4", "routed_ipv6"] as const;
type AddressType = (typeof addressTypes)[number];

const attachedSchema = z.looseObject({
  public_ips: z
    .array(
      z.looseObject({
        id: z.string(),
        family: z.string().nullish(),
        dynamic: z.boolean().nullish(),
        tags: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
});

/** The new addresses that `public_ips` of an input asks for: its objects; the texts are ids of addresses that exist. */
export const newAddressesIn = (input: JsonObject): readonly AddressType[] => {
  const entries = input["public_ips"];
  if (!Array.isArray(entries)) return [];
  return entries
    .filter(isObject)
    .map(({ type }) => addressTypes.find((one) => one === type) ?? "routed_ipv4");
};

/** The ids of addresses that exist among `public_ips`. */
export const addressIdsIn = (entries: Json | undefined): string[] =>
  Array.isArray(entries) ? entries.filter((entry) => typeof entry === "string") : [];

/** Which server an address was made for. It outlives the server, so that the address can be found and go as well. */
const madeForTag = (serverId: string): string => `swy:for=${serverId}`;

/** Addresses of one zone that operations make and take away. */
export class AddressCalls {
  readonly #transport: Transport;
  readonly #connection: Connection;
  readonly #root: string;
  readonly #path: readonly string[];

  constructor(transport: Transport, connection: Connection, root: string) {
    this.#transport = transport;
    this.#connection = connection;
    this.#root = root;
    this.#path = ["instance", "v1", "zones", connection.zone ?? "", "ips"];
  }

  /**
   * Makes what is missing of the wanted addresses, each attached to the server by the request that makes it, and gives
   * the ids of all of them. May be repeated: what an earlier attempt of the operation has made is seen on the server.
   * An address whose request lands only after such a repeat would be there twice; both bear the marker, and both go
   * with the server when that is asked for.
   */
  async provide(
    server: ScalewayServer,
    wanted: readonly AddressType[],
    marker: Marker,
    wait: Patience | null,
  ): Promise<string[]> {
    const made = (attachedSchema.safeParse(server).data?.public_ips ?? []).filter(
      ({ tags, dynamic }) => dynamic !== true && (tags ?? []).includes(marker.operation),
    );
    const ids: string[] = [];
    for (const type of wanted) {
      const family = type === "routed_ipv6" ? "inet6" : "inet";
      const index = made.findIndex((address) => address.family === family);
      const [found] = index < 0 ? [] : made.splice(index, 1);
      ids.push(found === undefined ? await this.#make(server.id, type, marker, wait) : found.id);
    }
    return ids;
  }

  async #make(
    serverId: string,
    type: AddressType,
    { operation, deployment }: Marker,
    wait: Patience | null,
  ): Promise<string> {
    const { value } = await this.#transport.call(
      {
        method: "POST",
        root: this.#root,
        path: this.#path,
        json: {
          ...ownerOf(this.#connection),
          type,
          server: serverId,
          tags: [operation, deployment, madeForTag(serverId)],
        },
        patience: wait,
      },
      addressEnvelope,
    );
    return value.ip.id;
  }

  /** Gives back an address; one that is gone has been given back. */
  async release(id: string, wait: Patience | null): Promise<void> {
    try {
      const call = { method: "DELETE" as const, root: this.#root, path: [...this.#path, id], patience: wait };
      await this.#transport.callForText(call);
    } catch (error) {
      if (!saysGone(error)) throw error;
    }
  }

  /**
   * Gives back the addresses that operations have made for a server that is gone. Not one that somebody has reserved
   * and attached, tagged to be kept, or moved to another server since.
   */
  async releaseMadeFor(serverId: string): Promise<void> {
    const tag = madeForTag(serverId);
    const addresses = await readAllPages<ScalewayAddress>(
      async (page) => {
        const { value, total } = await this.#transport.call(
          {
            method: "GET",
            root: this.#root,
            path: this.#path,
            query: { tags: tag, per_page: String(pageSize), page: String(page) },
            patience: page === 1 ? patience.reserved : patience.change,
            timeoutMilliseconds: answerTimes.list,
          },
          addressListEnvelope,
        );
        return { items: value.ips, total };
      },
      ({ id }) => id,
    );
    for (const { id, tags, server } of addresses) {
      const isOurs = (tags ?? []).includes(tag) && !isKept(tags ?? []);
      const isFree = server === null || server === undefined || server.id === serverId;
      if (isOurs && isFree) await this.release(id, patience.change);
    }
  }
}
