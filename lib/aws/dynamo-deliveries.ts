import type { DeliveryPage, DeliveryStore, DueDelivery } from "../ports/delivery-store.ts";
import type { Log } from "../ports/log.ts";
import type { ListPosition } from "../ports/operation-store.ts";
import { type Delivery, deliveryDueAt, deliverySchema } from "../webhook/delivery.ts";
import type { TableAccess } from "./batch-get.ts";
import { DynamoRows } from "./dynamo-rows.ts";
import type { RowShape } from "./stored-row.ts";

/** One shard for each endpoint; the prefix keeps it apart from the shards of operations, whatever its id. */
const shardOf = (endpoint: string): string => `DELIVERY#${endpoint}`;

const deliveryShape: RowShape<Delivery> = {
  prefix: "DELIVERY#",
  sk: "DELIVERY",
  attribute: "delivery",
  schema: deliverySchema,
  shardOf: ({ endpoint }) => shardOf(endpoint),
  isEnrolled: false,
  isListed: () => true,
  dueAt: deliveryDueAt,
  keptSince: ({ created_at: createdAt }) => createdAt,
};

/** The deliveries in DynamoDB. */
export class DynamoDeliveries implements DeliveryStore {
  readonly #rows: DynamoRows<Delivery>;

  constructor(access: TableAccess, log: Log) {
    this.#rows = new DynamoRows(access, log, deliveryShape);
  }

  async create(delivery: Delivery): Promise<boolean> {
    return (await this.#rows.create(delivery)).written;
  }

  load(id: string): Promise<Delivery | null> {
    return this.#rows.load(id);
  }

  loadMany(ids: readonly string[]): Promise<readonly Delivery[]> {
    return this.#rows.loadMany(ids);
  }

  replace(next: Delivery, seenVersion: number): Promise<"written" | "stale"> {
    return this.#rows.replace(next, seenVersion);
  }

  due(endpoint: string, atMilliseconds: number, limit: number): Promise<readonly DueDelivery[]> {
    return this.#rows.due([shardOf(endpoint)], atMilliseconds, limit);
  }

  async list(endpoint: string, after: ListPosition | null, limit: number): Promise<DeliveryPage> {
    const asked = { shards: [shardOf(endpoint)], matches: null, after, limit };
    const { found, next } = await this.#rows.list(asked);
    return { deliveries: found, next };
  }
}
