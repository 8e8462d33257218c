import { type Delivery, deliveryDueAt } from "./delivery.ts";

const dueOf = (delivery: Delivery): number => deliveryDueAt(delivery) ?? 0;

/**
 * Deliveries in groups that may be attempted side by side: those of one subject together, in the order of their events.
 * What has waited longest comes first. Order is not promised to receivers, and so is as good as it can be for nothing.
 */
export const bySubject = (deliveries: readonly Delivery[]): readonly (readonly Delivery[])[] => {
  const waiting = deliveries.toSorted((one, other) => dueOf(one) - dueOf(other));
  const groups = Map.groupBy(waiting, ({ subject }) => subject).values();
  return [...groups].map((group) => group.toSorted((one, other) => one.sequence - other.sequence));
};
