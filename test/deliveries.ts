import { type Delivery, deliverySchema } from "../lib/webhook/delivery.ts";

const epoch = "2026-11-02T08:00:00.000Z";

/** A valid delivery: pending, due at once, unless told otherwise. */
export const aDelivery = (fields: Partial<Delivery> = {}): Delivery => {
  const created = fields.created_at ?? epoch;
  return deliverySchema.parse({
    id: "dlv_1",
    version: 1,
    endpoint: "ep_1",
    event_id: "evt_op_1_1",
    type: "switchyard.operation.accepted",
    subject: "op_1",
    sequence: 1,
    body: '{"id":"evt_op_1_1"}',
    state: "pending",
    attempts: [],
    tries: 0,
    next_attempt_at: created,
    created_at: created,
    updated_at: created,
    ...fields,
  });
};

/** The delivery one version on. */
export const nextDelivery = (delivery: Delivery, change: Partial<Delivery> = {}): Delivery =>
  aDelivery({ ...delivery, version: delivery.version + 1, ...change });
