import * as z from "zod";
import type { Clock } from "../../ports/clock.ts";
import { ProviderDoubt, ProviderRefusal } from "../../ports/provider.ts";
import type { Transport } from "../transport.ts";
import { beforeCreate } from "./before-create.ts";

/** How long what was seen holds, in milliseconds; and how long one does without after a look that failed. */
const keptFor = 60_000;
const withoutFor = 10_000;
const pageSize = 100;
const mostPages = 5;

const pageSchema = z.looseObject({
  servers: z.record(z.string(), z.looseObject({ availability: z.string().optional() })),
});

type Words = ReadonlyMap<string, string>;

interface Kept {
  readonly until: number;
  readonly words: Words;
}

/**
 * What `products/servers/availability` says of a zone's types: `available`, `scarce`, `shortage`. One look serves every
 * create of a minute, so many creates cost no more calls than few. A shortage is never taken from an older look, since
 * a create is refused for it: it is looked at anew, once for all who ask at that moment.
 */
export class Stock {
  readonly #transport: Transport;
  readonly #root: string;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();
  readonly #looks = new Map<string, Promise<Words>>();

  constructor(transport: Transport, root: string, clock: Clock) {
    this.#transport = transport;
    this.#root = root;
    this.#clock = clock;
  }

  /** The provider's word; null where it says nothing, or can't be asked now: then the create itself will tell. */
  async wordFor(zone: string, type: string): Promise<string | null> {
    const kept = this.#kept.get(zone);
    const known = kept !== undefined && this.#clock.now() < kept.until ? kept.words : null;
    if (known !== null && known.get(type) !== "shortage") return known.get(type) ?? null;
    return (await this.#look(zone)).get(type) ?? null;
  }

  /** Something else was seen than what is kept. */
  forget(zone: string): void {
    this.#kept.delete(zone);
  }

  #look(zone: string): Promise<Words> {
    const underWay = this.#looks.get(zone);
    if (underWay !== undefined) return underWay;
    const look = this.#lookAnew(zone).finally(() => this.#looks.delete(zone));
    this.#looks.set(zone, look);
    return look;
  }

  async #lookAnew(zone: string): Promise<Words> {
    const startedAt = this.#clock.now();
    const words = new Map<string, string>();
    let isWhole = false;
    try {
      isWhole = await this.#read(zone, words, startedAt);
    } catch (error) {
      if (!(error instanceof ProviderRefusal) && !(error instanceof ProviderDoubt)) throw error;
    }
    this.#kept.set(zone, { until: this.#clock.now() + (isWhole ? keptFor : withoutFor), words });
    return words;
  }

  /** Reads the pages of a map that is cut into pages, as far as the time allows. */
  async #read(zone: string, words: Map<string, string>, startedAt: number): Promise<boolean> {
    for (let page = 1; page <= mostPages; page += 1) {
      const { value, total } = await this.#transport.call(
        {
          method: "GET",
          root: this.#root,
          path: ["instance", "v1", "zones", zone, "products", "servers", "availability"],
          query: { page: String(page), per_page: String(pageSize) },
          ...beforeCreate,
        },
        pageSchema,
      );
      const entries = Object.entries(value.servers);
      for (const [type, { availability }] of entries)
        if (availability !== undefined) words.set(type, availability);
      if (total === null ? entries.length < pageSize : page * pageSize >= total) return true;
      if (this.#clock.now() - startedAt > beforeCreate.timeoutMilliseconds / 2) return false;
    }
    return false;
  }
}
