import * as z from "zod";
import { meansSomething, unknownFilter } from "../flows/event-type-filter.ts";
import { attemptSchema, type Delivery } from "../webhook/delivery.ts";
import type { Endpoint } from "../webhook/endpoint.ts";

const endpointIdPattern = /^ep_[0-9a-f]{26}$/;
export const params = z.strictObject({ id: z.string().regex(endpointIdPattern) });

const typePattern = /^(?:\*|switchyard\.[a-z_.]*\*?)$/;
const typeSchema = z
  .string()
  .max(100)
  .regex(typePattern, {
    error: "must be a type such as switchyard.operation.succeeded, or end in *, such as switchyard.server.*",
    abort: true,
  })
  .refine(meansSomething, { error: ({ input }) => unknownFilter(String(input)) });
const tagSchema = z.string().min(1, { error: "must not be empty" }).max(200);
export const instantSchema = z.iso
  .datetime({ offset: true, error: "must be an instant such as 2026-11-02T08:00:00Z" })
  .transform((text) => Date.parse(text))
  .meta({
    override: ({ jsonSchema }) => void Object.assign(jsonSchema, { type: "string", format: "date-time" }),
  });

export const settings = {
  url: z.string().min(1, { error: "must not be empty" }).max(2048),
  types: z.array(typeSchema).max(100),
  tags: z.array(tagSchema).max(20),
  description: z.string().max(500).nullable(),
  headers: z.record(z.string(), z.string()),
  connections: z
    .array(z.string().regex(/^[a-z0-9-]{1,40}$/, { error: "must be the name of a connection" }))
    .min(1, { error: "must name a connection, or be null for all" })
    .max(100)
    .nullable(),
};

export const requestSchema = z
  .strictObject({
    url: settings.url.meta({ description: "Public, https, port 443 or 8443, no user and password." }),
    types: settings.types
      .default([])
      .meta({ description: "Types that it is sent; one may end in `*`. Empty: all." }),
    tags: settings.tags
      .default([])
      .meta({ description: "Only events whose data bears all of these tags. Empty: all." }),
    description: settings.description.default(null),
    headers: settings.headers
      .default({})
      .meta({ description: "Sent with each attempt. Their values are never shown again." }),
    connections: settings.connections
      .default(null)
      .meta({ description: "Only events of these connections; null: of all that the key may see." }),
  })
  .meta({ id: "EndpointRequest" });

export const patchSchema = z
  .strictObject({
    url: settings.url.exactOptional(),
    types: settings.types.exactOptional(),
    tags: settings.tags.exactOptional(),
    description: settings.description.exactOptional(),
    headers: settings.headers.exactOptional(),
    connections: settings.connections.exactOptional(),
    state: z.enum(["enabled", "disabled"], { error: 'must be "enabled" or "disabled"' }).exactOptional(),
  })
  .meta({ id: "EndpointPatch" });

const viewShape = {
  id: z.string(),
  url: z.string(),
  types: z.array(z.string()),
  tags: z.array(z.string()),
  description: z.string().nullable(),
  header_names: z.array(z.string()),
  connections: z.array(z.string()).nullable(),
  state: z.enum(["enabled", "disabled"]),
  disabled_reason: z.string().nullable(),
  failing_since: z.string().nullable().meta({ description: "The first failure since the last success." }),
  catching_up: z.boolean().meta({ description: "Whether older events are being sent again." }),
  created_at: z.string(),
  updated_at: z.string(),
};
export const viewSchema = z.strictObject(viewShape).meta({ id: "Endpoint" });
export const withSecretSchema = z
  .strictObject({ ...viewShape, secret: z.string().meta({ description: "`whsec_…`; shown here only." }) })
  .meta({ id: "EndpointWithSecret" });

export const viewOf = (endpoint: Endpoint): z.infer<typeof viewSchema> => ({
  id: endpoint.id,
  url: endpoint.url,
  types: endpoint.types,
  tags: endpoint.tags,
  description: endpoint.description,
  header_names: Object.keys(endpoint.headers),
  connections: endpoint.connections,
  state: endpoint.state,
  disabled_reason: endpoint.disabled_reason,
  failing_since: endpoint.failing_since,
  catching_up: endpoint.catch_up !== null,
  created_at: endpoint.created_at,
  updated_at: endpoint.updated_at,
});

/** An answer that shows an endpoint. */
export const endpointAnswer = (description: string) => ({ description, schema: viewSchema });

export const deliveryViewSchema = z
  .strictObject({
    id: z.string(),
    event_id: z.string(),
    type: z.string(),
    endpoint: z.string(),
    state: z.enum(["pending", "succeeded", "failed"]),
    attempts: z.array(attemptSchema),
    next_attempt_at: z.string().nullable(),
    created_at: z.string(),
  })
  .meta({ id: "Delivery" });

export const deliveryViewOf = (delivery: Delivery): z.infer<typeof deliveryViewSchema> => ({
  id: delivery.id,
  event_id: delivery.event_id,
  type: delivery.type,
  endpoint: delivery.endpoint,
  state: delivery.state,
  attempts: delivery.attempts,
  next_attempt_at: delivery.next_attempt_at,
  created_at: delivery.created_at,
});
