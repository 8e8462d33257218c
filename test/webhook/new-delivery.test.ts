import { CloudEvent } from "cloudevents";
import { describe, expect, it } from "vitest";
import { endpointTestEventSchema } from "../../events/endpoint-event.ts";
import { deliveryDueAt, deliverySchema } from "../../lib/webhook/delivery.ts";
import { deliveryIdOf, deliveryIdPattern, newDelivery, testEvent } from "../../lib/webhook/new-delivery.ts";
import { anEvent, isoAt, start } from "./endpoints.ts";

describe("a delivery", () => {
  it("has the same id whenever its event meets its endpoint, and another for any other pair", () => {
    const pairs = ["evt_1", "evt_2", "evt_"].flatMap((event) =>
      ["ep_1", "ep_2", "1\nep_1"].map((to) => [event, to]),
    );
    const ids = pairs.map(([event = "", to = ""]) => deliveryIdOf(event, to));
    expect(new Set(ids).size).toBe(pairs.length);
    expect(ids).toEqual(pairs.map(([event = "", to = ""]) => deliveryIdOf(event, to)));
    for (const id of ids) expect(id).toMatch(deliveryIdPattern);
  });

  it("is due at once and holds the event's bytes", () => {
    const event = anEvent({ data: { connection: "paris", name: "größer\u2028</script>" } });
    const delivery = newDelivery(event, "ep_1", start);
    expect(deliverySchema.parse(delivery)).toMatchObject({
      id: deliveryIdOf(event.id, "ep_1"),
      version: 1,
      state: "pending",
      tries: 0,
      attempts: [],
    });
    expect(deliveryDueAt(delivery)).toBe(start);
    expect(JSON.parse(delivery.body)).toEqual(event);
  });

  it("can be read by a public CloudEvents library", () => {
    const { body } = newDelivery(anEvent(), "ep_1", start);
    const read = new CloudEvent(JSON.parse(body));
    expect(read).toMatchObject({ id: anEvent().id, type: "switchyard.server.created", time: isoAt(start) });
  });
});

it("a test event is as its schema says, and unlike any other", () => {
  const events = ["a1", "b2"].map((token) => testEvent("ep_7d3q9x", token, start));
  for (const event of events) {
    expect(endpointTestEventSchema.safeParse(event).error).toBeUndefined();
    expect(event.id).toMatch(/^[\w-]+$/);
    expect(event.dataschema).toBe("urn:switchyard:schema:switchyard.endpoint.test:v1");
  }
  expect(new Set(events.map(({ id }) => id)).size).toBe(2);
  expect(new Set(events.map(({ subject }) => subject)).size, "no gap in a sequence that others see").toBe(2);
});
