import type { DeliveryPage, DueDelivery } from "../../lib/ports/delivery-store.ts";
import type { ListPosition } from "../../lib/ports/operation-store.ts";
import { type Delivery, deliveryDueAt } from "../../lib/webhook/delivery.ts";

const keptMilliseconds = 30 * 86_400_000;

const newestFirst = (one: ListPosition, other: ListPosition): number => {
  if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt ? 1 : -1;
  if (one.id === other.id) return 0;
  return one.id < other.id ? 1 : -1;
};
const positionOf = ({ created_at: createdAt, id }: Delivery): ListPosition => ({ createdAt, id });

interface Row {
  readonly delivery: Delivery;
  /** Tells whose write it was. */
  readonly token: string;
}

/** Deliveries, each step at once. Rows are kept as the objects that they are given: nobody may change one. */
export class DeliveryShelf {
  readonly #rows = new Map<string, Row>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  load(id: string): Delivery | null {
    return this.#row(id)?.delivery ?? null;
  }

  put(delivery: Delivery, token = ""): void {
    this.#rows.set(delivery.id, { delivery, token });
  }

  due(endpoint: string, at: number, limit: number): readonly DueDelivery[] {
    const found: DueDelivery[] = [];
    for (const delivery of this.#of(endpoint)) {
      const due = deliveryDueAt(delivery);
      if (due !== null && due <= at) found.push({ id: delivery.id, dueAtMilliseconds: due });
    }
    return found.toSorted((one, other) => one.dueAtMilliseconds - other.dueAtMilliseconds).slice(0, limit);
  }

  list(endpoint: string, after: ListPosition | null, limit: number): DeliveryPage {
    const behind = this.#of(endpoint)
      .filter((delivery) => after === null || newestFirst(positionOf(delivery), after) > 0)
      .toSorted((one, other) => newestFirst(positionOf(one), positionOf(other)));
    const deliveries = behind.slice(0, limit);
    const last = deliveries.at(-1);
    return { deliveries, next: behind.length > limit && last !== undefined ? positionOf(last) : null };
  }

  /** Whose write stands there; null where nothing stands. */
  tokenOf(id: string): string | null {
    return this.#row(id)?.token ?? null;
  }

  #of(endpoint: string): readonly Delivery[] {
    return [...this.#rows.keys()]
      .map((id) => this.load(id))
      .filter((delivery) => delivery !== null)
      .filter((delivery) => delivery.endpoint === endpoint);
  }

  #row(id: string): Row | null {
    const row = this.#rows.get(id);
    if (row === undefined) return null;
    // In whole seconds, as the table's own expiry counts.
    const created = Math.floor(Date.parse(row.delivery.created_at) / 1000) * 1000;
    return created + keptMilliseconds <= this.#now() ? null : row;
  }
}
