import type { Clock } from "../../lib/ports/clock.ts";
import type { DeliveryPage, DeliveryStore, DueDelivery } from "../../lib/ports/delivery-store.ts";
import type { ListPosition } from "../../lib/ports/operation-store.ts";
import { type Delivery, deliverySchema } from "../../lib/webhook/delivery.ts";
import { DeliveryShelf } from "./delivery-shelf.ts";

/** Through JSON, as in a real table: what is read is never the object that was written. */
const copied = (delivery: Delivery): Delivery => deliverySchema.parse(JSON.parse(JSON.stringify(delivery)));

/** Deliveries in memory. */
export class MemoryDeliveries implements DeliveryStore {
  readonly #shelf: DeliveryShelf;

  constructor(clock: Pick<Clock, "now">) {
    this.#shelf = new DeliveryShelf(() => clock.now());
  }

  async create(delivery: Delivery): Promise<boolean> {
    if (this.#shelf.load(delivery.id) !== null) return false;
    this.#shelf.put(copied(delivery));
    return true;
  }

  async load(id: string): Promise<Delivery | null> {
    const delivery = this.#shelf.load(id);
    return delivery === null ? null : copied(delivery);
  }

  async loadMany(ids: readonly string[]): Promise<readonly Delivery[]> {
    const loaded = await Promise.all([...new Set(ids)].map((id) => this.load(id)));
    return loaded.filter((delivery) => delivery !== null);
  }

  async replace(next: Delivery, seenVersion: number): Promise<"written" | "stale"> {
    if (this.#shelf.load(next.id)?.version !== seenVersion) return "stale";
    this.#shelf.put(copied(next));
    return "written";
  }

  async due(endpoint: string, atMilliseconds: number, limit: number): Promise<readonly DueDelivery[]> {
    return this.#shelf.due(endpoint, atMilliseconds, limit);
  }

  async list(endpoint: string, after: ListPosition | null, limit: number): Promise<DeliveryPage> {
    const { deliveries, next } = this.#shelf.list(endpoint, after, limit);
    return { deliveries: deliveries.map(copied), next };
  }
}
