import * as z from "zod";
import { endpointFields } from "./endpoint-fields.ts";
import { eventSchema, typePrefix, typeSchemaOf } from "./event.ts";

/** What became of a receiver of our webhooks; `subject` is its id. */
export const endpointEventTypes = {
  "endpoint.created": "A receiver of webhooks was added.",
  "endpoint.updated": "Its settings were changed; `changed` names the fields.",
  "endpoint.deleted": "It was removed; nothing is sent to it any more.",
  "endpoint.failing": "Nothing could be handed over to it for a day. It is still tried.",
  "endpoint.disabled": "Nothing is sent to it any more; `reason` says why. What it missed can be replayed.",
  "endpoint.recovered": "It was enabled again, or took an event after a day of failures.",
  "endpoint.secret_rotated":
    "It has a new signing secret; `previous_secret_until` says how long the old one signs too.",
} as const satisfies Record<`endpoint.${string}`, string>;

/** Sent to one endpoint on request; it stands in no feed, so its `subject` is `{endpoint id}/test/{event id}`. */
export const endpointTestEventTypes = {
  "endpoint.test": "An example, to see whether events arrive.",
} as const satisfies Record<`endpoint.${string}`, string>;

export type EndpointEventType = keyof typeof endpointEventTypes | keyof typeof endpointTestEventTypes;

export const endpointEventDataSchema = z.strictObject({
  endpoint: z.string(),
  /** Where it is, without the path: that may hold a token. */
  url: z.string(),
  state: z.enum(["enabled", "disabled"]),
  /** Why it was disabled, or what the last failure was. */
  reason: z.string().nullable(),
  /** The first failure since the last success. */
  failing_since: z.string().nullable(),
  /** Only of `endpoint.updated`. */
  changed: z.array(z.enum(endpointFields)),
  /** Only of `endpoint.secret_rotated`; null: the old secret ended at once. */
  previous_secret_until: z.string().nullable(),
});
export type EndpointEventData = z.infer<typeof endpointEventDataSchema>;

export const endpointEventSchema = z.strictObject({
  ...eventSchema.shape,
  type: typeSchemaOf(endpointEventTypes),
  data: endpointEventDataSchema,
});

export const endpointTestEventSchema = z.strictObject({
  ...eventSchema.shape,
  type: typeSchemaOf(endpointTestEventTypes),
  data: z.strictObject({ endpoint: z.string(), message: z.string() }),
});

const example = (
  type: keyof typeof endpointEventTypes,
  sequence: number,
  data: Partial<EndpointEventData>,
): z.infer<typeof endpointEventSchema> => ({
  specversion: "1.0",
  id: `evt_endpoint_1793606400000_0000000000000000000${sequence}`,
  source: "switchyard",
  type: `${typePrefix}${type}`,
  subject: "ep_7d3q9x",
  time: "2026-11-02T08:00:00.000Z",
  sequence,
  data: {
    endpoint: "ep_7d3q9x",
    url: "https://shop.example.com",
    state: "enabled",
    reason: null,
    failing_since: null,
    changed: [],
    previous_secret_until: null,
    ...data,
  },
});

const failing = { reason: "answered 503", failing_since: "2026-11-01T07:58:00.000Z" };

/** One whole event of each type. */
export const endpointEventExamples = {
  "endpoint.created": example("endpoint.created", 1, {}),
  "endpoint.updated": example("endpoint.updated", 2, { changed: ["url", "types"] }),
  "endpoint.secret_rotated": example("endpoint.secret_rotated", 3, {
    previous_secret_until: "2026-11-03T08:00:00.000Z",
  }),
  "endpoint.failing": example("endpoint.failing", 4, failing),
  "endpoint.disabled": example("endpoint.disabled", 5, {
    ...failing,
    state: "disabled",
    reason: "it answered 410: it wants no more events",
  }),
  "endpoint.recovered": example("endpoint.recovered", 6, {}),
  "endpoint.deleted": example("endpoint.deleted", 7, { state: "disabled", reason: "it was deleted" }),
  "endpoint.test": {
    specversion: "1.0",
    id: "evt_test_7d3q9x_41f0c2",
    source: "switchyard",
    type: "switchyard.endpoint.test",
    subject: "ep_7d3q9x/test/evt_test_7d3q9x_41f0c2",
    time: "2026-11-02T08:00:00.000Z",
    sequence: 1,
    data: { endpoint: "ep_7d3q9x", message: "This is a test. Nothing has happened." },
  },
} as const satisfies Record<EndpointEventType, z.infer<typeof eventSchema>>;
