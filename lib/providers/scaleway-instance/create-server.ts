import type { Connection } from "../../connection.ts";
import { isObject, type JsonObject } from "../../operation/json.ts";
import type { Clock } from "../../ports/clock.ts";
import { ProviderRefusal, type Answer, type ProviderCall } from "../../ports/provider.ts";
import type { AdapterPorts } from "../adapter-ports.ts";
import type { ServerCalls } from "../scaleway-calls.ts";
import type { Transport } from "../transport.ts";
import { explained, noQuota, noStock, orderOf, zonesOf, type Order } from "./choices.ts";
import { imageWishOf, Marketplace } from "./images.ts";
import { Quota } from "./quota.ts";
import { Stock } from "./stock.ts";
import { serverBodyOf } from "./translate.ts";

type Create = Extract<ProviderCall, { do: "create" }>;

/** The connection was changed since the request was taken: what is made there could not be found again. */
const notSearched = (zone: string): ProviderRefusal =>
  new ProviderRefusal("INVALID_INPUT", `The zone ${zone} is no longer one of the connection's.`, {
    status: null,
    param: "fallback",
  });

/**
 * Making a server: at most one POST a call, for one choice of the input. Before it, the label of the image is looked up
 * and stock and quota looked at, all kept for a while; what can't be looked at in time is done without. Another choice is
 * never tried here: that is decided where the refusal of this one has been saved.
 */
export class ServerCreation {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #stock: Stock;
  readonly #market: Marketplace;
  readonly #quota: Quota;

  constructor(
    connection: Connection,
    transport: Transport,
    root: string,
    ports: Pick<AdapterPorts, "clock" | "log">,
  ) {
    this.#connection = connection;
    this.#clock = ports.clock;
    this.#stock = new Stock(transport, root, ports.clock);
    this.#market = new Marketplace(transport, root, ports.clock);
    this.#quota = new Quota(connection, transport, root, ports);
  }

  /** @throws ProviderRefusal, ProviderDoubt */
  async send(
    { input, choice, marker }: Create,
    serversOf: (zone: string) => ServerCalls,
  ): Promise<{ readonly answer: Answer; readonly zone: string }> {
    const askedAt = this.#clock.now();
    const order = orderOf(input, choice ?? 0, this.#connection.zone ?? "");
    if (!zonesOf(this.#connection).includes(order.zone)) throw notSearched(order.zone);
    const [found, word, usage] = await Promise.all([
      this.#withImage(order),
      this.#stock.wordFor(order.zone, order.type),
      this.#quota.usedUp(order),
    ]);
    if (word === "shortage") throw noStock(order);
    if (usage !== null) throw noQuota(order, usage);
    const body = serverBodyOf(this.#connection, found, marker);
    try {
      const answer = await serversOf(order.zone).create(body, askedAt, (made) => this.#quota.learn(made));
      this.#quota.noteMade(order);
      return { answer, zone: order.zone };
    } catch (error) {
      if (!(error instanceof ProviderRefusal)) {
        this.#quota.noteMade(order);
        throw error;
      }
      this.#learnFrom(error, order);
      const limit = error.code === "QUOTA_EXCEEDED" ? await this.#quota.limitFor(order) : null;
      throw explained(error, order, limit);
    }
  }

  /** What was kept may be what has led to the refusal. */
  #learnFrom({ code }: ProviderRefusal, { zone }: Order): void {
    if (code === "OUT_OF_STOCK") this.#stock.forget(zone);
    if (code === "INVALID_INPUT" || code === "RESOURCE_NOT_FOUND") this.#market.forget();
  }

  /**
   * The input with the image's id in the place of its label. The API makes a block volume of a label and a local one of
   * an id, so the root's type is said as well where the caller leaves it open: a label means block storage.
   */
  async #withImage(order: Order): Promise<JsonObject> {
    const { input } = order;
    const wish = imageWishOf(order);
    if (wish === null) return input;
    const image = await this.#market.imageFor(wish);
    if (image === null) return input;
    const volumes = isObject(input["volumes"]) ? input["volumes"] : {};
    const root = isObject(volumes["0"]) ? volumes["0"] : {};
    const isOpen = root["volume_type"] === undefined && root["id"] === undefined;
    const said = isOpen ? { volumes: { ...volumes, "0": { ...root, volume_type: "sbs_volume" } } } : {};
    return { ...input, image, ...said };
  }
}
