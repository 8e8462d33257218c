import * as z from "zod";
import { eventSchema, typeSchemaOf } from "./event.ts";

/** What became of an event on its way to an endpoint; `subject` is the endpoint's id, counted with its own events. */
export const deliveryEventTypes = {
  "delivery.exhausted": "All attempts to hand an event over have failed. It can be replayed.",
} as const satisfies Record<`delivery.${string}`, string>;
export type DeliveryEventType = keyof typeof deliveryEventTypes;

export const deliveryEventDataSchema = z.strictObject({
  endpoint: z.string(),
  /** Where it is, without the path: that may hold a token. */
  url: z.string(),
  delivery: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  /** Attempts that were made. */
  attempts: z.number().int().nonnegative(),
  /** What the last one was answered; null: nothing. */
  last_status: z.number().int().nullable(),
  last_error: z.string().nullable(),
});
export type DeliveryEventData = z.infer<typeof deliveryEventDataSchema>;

export const deliveryEventSchema = z.strictObject({
  ...eventSchema.shape,
  type: typeSchemaOf(deliveryEventTypes),
  data: deliveryEventDataSchema,
});

/** One whole event of each type. */
export const deliveryEventExamples = {
  "delivery.exhausted": {
    specversion: "1.0",
    id: "evt_endpoint_1793606400000_00000000000000000008",
    source: "switchyard",
    type: "switchyard.delivery.exhausted",
    subject: "ep_7d3q9x",
    time: "2026-11-05T11:36:00.000Z",
    sequence: 8,
    data: {
      endpoint: "ep_7d3q9x",
      url: "https://shop.example.com",
      delivery: "dlv_2f9d0c6b1e8a4735aa10c4e2b7d95f38",
      event_id: "evt_op_0123456789abcdefghjkmnpqrs_3",
      event_type: "switchyard.operation.succeeded",
      attempts: 10,
      last_status: 503,
      last_error: "answered 503",
    },
  },
} as const satisfies Record<DeliveryEventType, z.infer<typeof eventSchema>>;
