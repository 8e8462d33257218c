import { createHash } from "node:crypto";
import { dataSchemaOf, typePrefix, type SwitchyardEvent } from "../../events/event.ts";
import { eventSource } from "../operation/announce.ts";
import { instant } from "../operation/time.ts";
import type { Delivery } from "./delivery.ts";

/** The id of the delivery of this event to this endpoint: the same whenever the two meet. */
export const deliveryIdOf = (eventId: string, endpointId: string): string =>
  `dlv_${createHash("sha256").update(`${eventId}\n${endpointId}`, "utf8").digest("hex").slice(0, 32)}`;

/** What a delivery id looks like. */
export const deliveryIdPattern = /^dlv_[0-9a-f]{32}$/;

/** A delivery that is due at once. The body is written here and nowhere else: each attempt sends these bytes. */
export const newDelivery = (event: SwitchyardEvent, endpointId: string, now: number): Delivery => ({
  id: deliveryIdOf(event.id, endpointId),
  version: 1,
  endpoint: endpointId,
  event_id: event.id,
  type: event.type,
  subject: event.subject,
  sequence: event.sequence,
  body: JSON.stringify(event),
  state: "pending",
  attempts: [],
  tries: 0,
  next_attempt_at: instant(now),
  created_at: instant(now),
  updated_at: instant(now),
});

/** The delivery from the start of its schedule again, with the same body under the same id. */
export const replayed = (delivery: Delivery, now: number): Delivery => ({
  ...delivery,
  version: delivery.version + 1,
  state: "pending",
  tries: 0,
  next_attempt_at: instant(now),
  updated_at: instant(now),
});

/**
 * An example that goes to this endpoint alone. It stands in no feed: were it counted among the endpoint's events, the
 * others would see a gap, so each test is a subject of its own.
 *
 * @param token unique to the request; letters, digits and `_`
 */
export const testEvent = (endpointId: string, token: string, now: number): SwitchyardEvent => {
  const eventId = `evt_test_${endpointId.replace(/^ep_/, "")}_${token}`;
  return {
    specversion: "1.0",
    id: eventId,
    source: eventSource,
    type: `${typePrefix}endpoint.test`,
    subject: `${endpointId}/test/${eventId}`,
    time: instant(now),
    sequence: 1,
    dataschema: dataSchemaOf("endpoint.test"),
    data: { endpoint: endpointId, message: "This is a test. Nothing has happened." },
  };
};
