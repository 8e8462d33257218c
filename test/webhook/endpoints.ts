import type { SwitchyardEvent } from "../../events/event.ts";
import type { Endpoint } from "../../lib/webhook/endpoint.ts";
import { newDelivery } from "../../lib/webhook/new-delivery.ts";
import type { Delivery } from "../../lib/webhook/delivery.ts";

/** The instant at which these tests begin. */
export const start = Date.parse("2026-11-02T08:00:00.000Z");
export const hour = 3600_000;
export const day = 24 * hour;
export const isoAt = (milliseconds: number): string => new Date(milliseconds).toISOString();

export const master = "a signing key for tests, long enough to be one";

export const anEndpoint = (more: Partial<Endpoint> = {}): Endpoint => ({
  id: "ep_7d3q9x",
  url: "https://shop.example.com/hooks/servers?token=canary",
  types: [],
  tags: [],
  description: null,
  headers: {},
  connections: null,
  state: "enabled",
  disabled_reason: null,
  enabled_since: isoAt(start),
  failing_since: null,
  warned_at: null,
  generation: 1,
  previous: [],
  conformance: null,
  catch_up: null,
  sequence: 0,
  outbox: [],
  created_at: isoAt(start),
  created_by: "bootstrap",
  updated_at: isoAt(start),
  deleted_at: null,
  ...more,
});

export const anEvent = (more: Partial<SwitchyardEvent> = {}): SwitchyardEvent => ({
  specversion: "1.0",
  id: "evt_op_0123456789abcdefghjkmnpqrs_3",
  source: "switchyard",
  type: "switchyard.server.created",
  subject: "paris/server/s-1",
  time: isoAt(start),
  sequence: 1,
  data: { connection: "paris", server_id: "s-1", name: "web", state: "running", operation_id: "op_1" },
  ...more,
});

export const aDelivery = (more: Partial<Delivery> = {}): Delivery => ({
  ...newDelivery(anEvent(), "ep_7d3q9x", start),
  ...more,
});
