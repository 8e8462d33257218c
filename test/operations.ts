import type { SwitchyardEvent } from "../events/event.ts";
import { type Operation, operationSchema } from "../lib/operation/operation.ts";
import { problem } from "../lib/operation/problem.ts";

const epoch = "2026-11-02T08:00:00.000Z";

/** Any fields of an operation, whatever its state. */
export type OperationFields = { readonly [Field in keyof Operation]?: Operation[Field] };

const endOf = (fields: OperationFields, created: string): OperationFields => {
  const endedAt = fields.ended_at ?? fields.updated_at ?? created;
  switch (fields.state ?? "accepted") {
    case "succeeded":
    case "cancelled":
      return { ended_at: endedAt };
    case "failed":
    case "needs_attention":
      return {
        ended_at: endedAt,
        error:
          fields.error ?? problem({ code: "PROVIDER_REFUSED", title: "Refused", status: 422, detail: "No." }),
      };
    case "accepted":
    case "starting":
    case "following":
      return {};
  }
};

/** A valid operation: an accepted `server.create` unless told otherwise. Ended states get an end (and an error). */
export const anOperation = (fields: OperationFields = {}): Operation => {
  const created = fields.created_at ?? epoch;
  return operationSchema.parse({
    id: "op_1",
    version: 1,
    kind: "server.create",
    connection: "paris",
    fingerprint: "f".repeat(64),
    input: { name: "web-1", type: "DEV1-S", image: "ubuntu_noble" },
    state: "accepted",
    resource: null,
    resource_name: null,
    made_by: null,
    steps: [
      { name: "create", mode: "once", goal: "answered", state: "pending", started_at: null, ended_at: null },
      { name: "power_on", mode: "reach", goal: "on", state: "pending", started_at: null, ended_at: null },
    ],
    call: null,
    doubt: null,
    hold_until: null,
    volumes: [],
    task: null,
    evidence: [],
    bulk_job: null,
    schedule: null,
    requested_by: null,
    request_id: null,
    created_at: created,
    updated_at: created,
    horizon_seconds: 97,
    proof_interval_seconds: 10,
    deadline_seconds: 1800,
    deadline_at: null,
    ended_at: null,
    event_count: 0,
    sequence: 0,
    resource_sequence: null,
    doubted_creates: 0,
    outbox: [],
    is_owed: false,
    is_led: false,
    error: null,
    ...fields,
    ...endOf(fields, created),
  });
};

/** A valid event. */
export const anEvent = (overrides: Partial<SwitchyardEvent> = {}): SwitchyardEvent => ({
  specversion: "1.0",
  id: "evt_op_1_1",
  source: "switchyard/test",
  type: "switchyard.operation.accepted",
  subject: "op_1",
  time: epoch,
  sequence: 1,
  data: { id: "op_1", state: "accepted" },
  ...overrides,
});
