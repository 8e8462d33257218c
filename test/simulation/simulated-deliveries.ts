import type { DeliveryPage, DeliveryStore, DueDelivery } from "../../lib/ports/delivery-store.ts";
import type { ListPosition } from "../../lib/ports/operation-store.ts";
import { type Delivery, deliveryDueAt, deliverySchema } from "../../lib/webhook/delivery.ts";
import type { Effects } from "./sandbox.ts";
import type { SimulatedTable } from "./simulated-table.ts";
import type { TableFaults } from "./table-faults.ts";
import type { PortRule } from "./world.ts";

/** The deliveries as one sandbox sees them: conditional puts whose replies get lost, an index that lags. */
export class SimulatedDeliveries implements DeliveryStore {
  readonly #table: SimulatedTable;
  readonly #effects: Effects;
  readonly #faults: TableFaults;
  /** Whether rows are parsed as they are written and copied as they are read; a part of the seeds is enough. */
  readonly #checks: boolean;

  constructor(table: SimulatedTable, effects: Effects, faults: TableFaults, checks: boolean) {
    this.#table = table;
    this.#effects = effects;
    this.#faults = faults;
    this.#checks = checks;
  }

  create(delivery: Delivery): Promise<boolean> {
    const isFree = (): boolean => this.#table.deliveries.load(delivery.id) === null;
    return this.#put("delivery create", delivery, isFree, "conditional create");
  }

  load(id: string): Promise<Delivery | null> {
    return this.#read("delivery load", () => this.#table.deliveries.load(id));
  }

  loadMany(ids: readonly string[]): Promise<readonly Delivery[]> {
    return this.#read("delivery load many", () =>
      [...new Set(ids)].map((id) => this.#table.deliveries.load(id)).filter((one) => one !== null),
    );
  }

  async replace(next: Delivery, seenVersion: number): Promise<"written" | "stale"> {
    const stands = (): boolean => this.#table.deliveries.load(next.id)?.version === seenVersion;
    const name = `delivery save ${next.state} v${next.version}`;
    return (await this.#put(name, next, stands, "version check")) ? "written" : "stale";
  }

  due(endpoint: string, atMilliseconds: number, limit: number): Promise<readonly DueDelivery[]> {
    const { deliveries, deliveryIndex } = this.#table;
    const isThere = (id: string): boolean => deliveries.load(id)?.endpoint === endpoint;
    return this.#read("delivery due", () => deliveryIndex.due(atMilliseconds, limit, isThere));
  }

  list(endpoint: string, after: ListPosition | null, limit: number): Promise<DeliveryPage> {
    return this.#read("delivery list", () => this.#table.deliveries.list(endpoint, after, limit));
  }

  #copied(delivery: Delivery): Delivery {
    return this.#checks ? deliverySchema.parse(JSON.parse(JSON.stringify(delivery))) : delivery;
  }

  #read<Value>(name: string, read: () => Value): Promise<Value> {
    const apply = () => {
      this.#faults.refuseSome(name);
      return { value: this.#checks ? structuredClone(read()) : read() };
    };
    return this.#effects.run({ name, writes: false, takes: 15, apply });
  }

  /** One conditional put, as the shipped store does it: the write token tells when the reply was lost. */
  async #put(name: string, delivery: Delivery, holds: () => boolean, rule: PortRule): Promise<boolean> {
    const token = this.#faults.token();
    const { deliveries, deliveryIndex } = this.#table;
    const outcome = await this.#effects.run<"written" | "reply lost" | "refused">({
      name,
      writes: true,
      takes: 25,
      apply: () => {
        this.#faults.refuseSome(name);
        if (!holds() && !this.#faults.mayIgnore(rule)) return { value: "refused" };
        deliveries.put(this.#copied(delivery), token);
        deliveryIndex.follow(delivery.id, deliveryDueAt(delivery), this.#faults.indexLag(name));
        return this.#faults.afterWrite(name);
      },
    });
    if (outcome !== "reply lost") return outcome === "written";
    return this.#effects.run({
      name: `${name}, again`,
      writes: false,
      takes: 400,
      apply: () => ({
        value: deliveries.tokenOf(delivery.id) === token && !this.#faults.mayIgnore("own-write check"),
      }),
    });
  }
}
