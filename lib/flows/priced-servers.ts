import * as z from "zod";
import type { Connection } from "../connection.ts";
import { isObject, type Json } from "../operation/json.ts";
import type { ReadItem } from "../ports/provider.ts";
import type { PricedServer } from "../schedule/savings.ts";
import type { Selectable } from "../schedule/selector.ts";
import { readThrough } from "./read-through.ts";
import type { SchedulePorts } from "./schedules.ts";
import { createdAt } from "./seen-servers.ts";
import { priceOfServer } from "./type-prices.ts";

const volumeSchema = z.looseObject({ id: z.string().optional(), size: z.number().nonnegative().nullish() });
const volumesPath = "block_volumes";
const pageLimit = 100;

const volumesOf = (raw: Json): readonly z.infer<typeof volumeSchema>[] => {
  const volumes = isObject(raw) ? raw["volumes"] : undefined;
  const all = Array.isArray(volumes) ? volumes : isObject(volumes) ? Object.values(volumes) : [];
  return all.flatMap((volume) => {
    const read = volumeSchema.safeParse(volume);
    return read.success ? [read.data] : [];
  });
};

/** How many public IPv4 addresses it has, as far as its own object tells. */
const addressesOf = (raw: Json): number => {
  if (!isObject(raw)) return 0;
  const many = raw["public_ips"];
  if (Array.isArray(many)) return many.filter((one) => !(isObject(one) && one["family"] === "inet6")).length;
  return isObject(raw["public_ip"]) ? 1 : 0;
};

/** A server with its price, and what of its price is not known. */
export interface PricedOrNot {
  readonly priced: PricedServer;
  /** Its type's price is known. */
  readonly isKnown: boolean;
  /** The price of its volumes and addresses is known, or it has none. */
  readonly isWhole: boolean;
}

/** Prices servers of one connection; what their own objects don't tell of volumes is read once. */
export class ServerPrices {
  readonly #connection: Connection;
  readonly #ports: SchedulePorts;
  #sizes: Promise<ReadonlyMap<string, number>> | null = null;

  constructor(connection: Connection, ports: SchedulePorts) {
    this.#connection = connection;
    this.#ports = ports;
  }

  /** @param since from when on the schedule has had a say, in milliseconds since the epoch */
  async of(item: ReadItem, server: Selectable, since: number): Promise<PricedOrNot> {
    const price = await priceOfServer(item, this.#connection, this.#ports);
    const { volume_gb_hour: volume, ipv4_hour: address } = this.#connection.prices ?? {};
    const gigabytes = await this.#gigabytesOf(item.raw);
    const addresses = addressesOf(item.raw);
    const isUnpriced =
      gigabytes === null ||
      (gigabytes > 0 && volume === undefined) ||
      (addresses > 0 && address === undefined);
    return {
      isKnown: price !== null,
      isWhole: !isUnpriced,
      priced: {
        server,
        since: Math.max(since, createdAt(item.raw) ?? since),
        rates: [{ from: since, eurPerHour: price ?? 0 }],
        storageEurPerHour: (gigabytes ?? 0) * (volume ?? 0),
        addressEurPerHour: addresses * (address ?? 0),
      },
    };
  }

  /** Gigabytes of a server's volumes; null where one's size can't be found out. */
  async #gigabytesOf(raw: Json): Promise<number | null> {
    let bytes = 0;
    for (const { id, size } of volumesOf(raw)) {
      // Its own object leaves out the size of what is kept elsewhere (block volumes).
      const known = size ?? (id === undefined ? undefined : (await this.#blockSizes()).get(id));
      if (known === undefined) return null;
      bytes += known;
    }
    return bytes / 1_000_000_000;
  }

  #blockSizes(): Promise<ReadonlyMap<string, number>> {
    this.#sizes ??= this.#readSizes();
    return this.#sizes;
  }

  async #readSizes(): Promise<ReadonlyMap<string, number>> {
    const sizes = new Map<string, number>();
    const { collections } = this.#ports.providers.dialect(this.#connection);
    if (!collections.some(({ path }) => path === volumesPath)) return sizes;
    let cursor: string | null = null;
    do {
      const request = { path: [volumesPath], filters: {}, limit: pageLimit, cursor };
      const answer = await readThrough(this.#connection.name, request, this.#ports);
      if (answer.form === "item") break;
      for (const { id, raw } of answer.items) {
        const { size } = volumeSchema.safeParse(raw).data ?? {};
        if (typeof size === "number") sizes.set(id, size);
      }
      cursor = answer.next;
    } while (cursor !== null);
    return sizes;
  }
}
