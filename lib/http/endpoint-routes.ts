import * as z from "zod";
import {
  createEndpoint,
  deleteEndpoint,
  getEndpoint,
  listEndpoints,
  recoverEndpoint,
  replayDelivery,
  replayRange,
  requestConformance,
  rotateSecret,
  testEndpoint,
  updateEndpoint,
} from "../flows/endpoints.ts";
import { listDeliveries } from "../flows/list-deliveries.ts";
import { notFound } from "../flows/request-refused.ts";
import { attemptSchema, type Delivery } from "../webhook/delivery.ts";
import { longestOverlapSeconds } from "../webhook/endpoint-change.ts";
import { conformanceSchema, type Endpoint } from "../webhook/endpoint.ts";
import { deliveryIdPattern } from "../webhook/new-delivery.ts";
import { readIdempotencyKey } from "./idempotency-key.ts";
import { emptyBody, jsonBody, noBody, optionalJsonBody } from "./json-body.ts";
import { pageHeaders, pageQuery, pageReply, pageSchema } from "./page.ts";
import { reply } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

const endpointIdPattern = /^ep_[0-9a-f]{26}$/;
const params = z.strictObject({ id: z.string().regex(endpointIdPattern) });

const typePattern = /^(?:\*|switchyard\.[a-z_.]*\*?)$/;
const typeSchema = z.string().max(100).regex(typePattern, {
  error: "must be a type such as switchyard.operation.succeeded, or end in *, such as switchyard.server.*",
});
const tagSchema = z.string().min(1, { error: "must not be empty" }).max(200);
const instantSchema = z.iso
  .datetime({ offset: true, error: "must be an instant such as 2026-11-02T08:00:00Z" })
  .transform((text) => Date.parse(text))
  .meta({
    override: ({ jsonSchema }) => void Object.assign(jsonSchema, { type: "string", format: "date-time" }),
  });

const settings = {
  url: z.string().min(1, { error: "must not be empty" }).max(2048),
  types: z.array(typeSchema).max(50),
  tags: z.array(tagSchema).max(20),
  description: z.string().max(500).nullable(),
  headers: z.record(z.string(), z.string()),
  connections: z
    .array(z.string().regex(/^[a-z0-9-]{1,40}$/, { error: "must be the name of a connection" }))
    .min(1, { error: "must name a connection, or be null for all" })
    .max(100)
    .nullable(),
};

const requestSchema = z
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

const patchSchema = z
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
const viewSchema = z.strictObject(viewShape).meta({ id: "Endpoint" });
const withSecretSchema = z
  .strictObject({ ...viewShape, secret: z.string().meta({ description: "`whsec_…`; shown here only." }) })
  .meta({ id: "EndpointWithSecret" });

const viewOf = (endpoint: Endpoint): z.infer<typeof viewSchema> => ({
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

const deliveryViewSchema = z
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

const deliveryViewOf = (delivery: Delivery): z.infer<typeof deliveryViewSchema> => ({
  id: delivery.id,
  event_id: delivery.event_id,
  type: delivery.type,
  endpoint: delivery.endpoint,
  state: delivery.state,
  attempts: delivery.attempts,
  next_attempt_at: delivery.next_attempt_at,
  created_at: delivery.created_at,
});

const endpointAnswer = (description: string) => ({ description, schema: viewSchema });
const disabledWords = { 409: "`ENDPOINT_DISABLED`: enable it first." };
const urlWords = { 422: "`ENDPOINT_URL_REFUSED`: events may not be sent to this URL." };

const create = route({
  method: "POST",
  path: "/v1/endpoints",
  operationId: "createEndpoint",
  summary: "Adds a receiver of webhooks",
  scope: "admin",
  forLimitedKeys: true,
  params: nothing,
  query: nothing,
  headerWords: [
    {
      name: "Idempotency-Key",
      required: false,
      description: "With one, a repeat of the same request gives the same endpoint and its secret once more.",
    },
  ],
  readHeaders: (headers) => {
    const key = headers.get("idempotency-key");
    return key === undefined ? null : readIdempotencyKey(key);
  },
  body: jsonBody(requestSchema),
  answers: {
    201: {
      description: "The endpoint, with its secret.",
      schema: withSecretSchema,
      headers: { Location: "Path of the endpoint." },
    },
  },
  refusals: { ...urlWords, 409: "`TOO_MANY_ENDPOINTS`.", 503: "`SIGNING_KEY_UNAVAILABLE`." },
  handle: async ({ body, headers: key }, { ports, caller }) => {
    const { endpoint, secret } = await createEndpoint(body, key, caller, ports);
    return reply(201, { ...viewOf(endpoint), secret }, { Location: `/v1/endpoints/${endpoint.id}` });
  },
});

const list = route({
  method: "GET",
  path: "/v1/endpoints",
  operationId: "listEndpoints",
  summary: "All receivers of webhooks",
  scope: "read",
  forLimitedKeys: true,
  params: nothing,
  query: z.strictObject(pageQuery),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: {
      description: "A page of endpoints.",
      schema: pageSchema(viewSchema).meta({ id: "EndpointPage" }),
      headers: pageHeaders,
    },
  },
  handle: async ({ query: { limit, cursor }, request }, { ports, caller }) => {
    const page = await listEndpoints({ limit, cursor: cursor ?? null }, caller, ports);
    return pageReply(request, { items: page.items.map(viewOf), nextCursor: page.nextCursor });
  },
});

const show = route({
  method: "GET",
  path: "/v1/endpoints/{id}",
  operationId: "getEndpoint",
  summary: "One receiver of webhooks",
  scope: "read",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 200: endpointAnswer("The endpoint.") },
  handle: async ({ params: { id } }, { ports, caller }) =>
    reply(200, viewOf(await getEndpoint(id, caller, ports))),
});

const update = route({
  method: "PATCH",
  path: "/v1/endpoints/{id}",
  operationId: "updateEndpoint",
  summary: "Changes a receiver of webhooks",
  scope: "admin",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: jsonBody(patchSchema),
  answers: { 200: endpointAnswer("The endpoint as it is now.") },
  refusals: urlWords,
  handle: async ({ params: { id }, body }, { ports, caller }) =>
    reply(200, viewOf(await updateEndpoint(id, body, caller, ports))),
});

const remove = route({
  method: "DELETE",
  path: "/v1/endpoints/{id}",
  operationId: "deleteEndpoint",
  summary: "Removes a receiver of webhooks",
  scope: "admin",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 204: { description: "It is gone; nothing is sent to it any more.", schema: z.undefined() } },
  handle: async ({ params: { id } }, { ports, caller }) => {
    await deleteEndpoint(id, caller, ports);
    return reply(204, undefined);
  },
});

const rotate = route({
  method: "POST",
  path: "/v1/endpoints/{id}/rotate-secret",
  operationId: "rotateEndpointSecret",
  summary: "Gives the receiver a new secret",
  scope: "admin",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: optionalJsonBody(
    z
      .strictObject({
        overlap_seconds: z
          .int({ error: `must be a whole number from 0 to ${longestOverlapSeconds}` })
          .min(0, { error: "must not be negative; 0 ends the old secret at once" })
          .max(longestOverlapSeconds, { error: `must be at most ${longestOverlapSeconds}` })
          .default(86_400)
          .meta({ description: "How long the secret before signs too. 0: it ends at once." }),
      })
      .meta({ id: "RotateSecret" }),
  ),
  answers: {
    200: {
      description: "The new secret.",
      schema: z.strictObject({ id: z.string(), secret: z.string() }).meta({ id: "RotatedSecret" }),
    },
  },
  refusals: { 503: "`SIGNING_KEY_UNAVAILABLE`." },
  handle: async ({ params: { id }, body }, { ports, caller }) => {
    const { secret } = await rotateSecret(id, body.overlap_seconds, caller, ports);
    return reply(200, { id, secret });
  },
});

const test = route({
  method: "POST",
  path: "/v1/endpoints/{id}/test",
  operationId: "testEndpoint",
  summary: "Sends the receiver an example",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: emptyBody,
  answers: { 202: { description: "The delivery of the example.", schema: deliveryViewSchema } },
  refusals: disabledWords,
  handle: async ({ params: { id } }, { ports, caller }) =>
    reply(202, deliveryViewOf(await testEndpoint(id, caller, ports))),
});

const recover = route({
  method: "POST",
  path: "/v1/endpoints/{id}/recover",
  operationId: "recoverEndpoint",
  summary: "Enables the receiver and sends what it missed",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: jsonBody(
    z
      .strictObject({ since: instantSchema.meta({ description: "Events are kept for 30 days." }) })
      .meta({ id: "RecoverEndpoint" }),
  ),
  answers: { 202: endpointAnswer("The endpoint; what it missed is on its way.") },
  handle: async ({ params: { id }, body }, { ports, caller }) =>
    reply(202, viewOf(await recoverEndpoint(id, body.since, caller, ports))),
});

const replayMany = route({
  method: "POST",
  path: "/v1/endpoints/{id}/replay",
  operationId: "replayEvents",
  summary: "Sends the receiver the events of a time again",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: jsonBody(
    z
      .strictObject({
        from: instantSchema,
        to: instantSchema.exactOptional().meta({ description: "Default: now." }),
        types: settings.types
          .default([])
          .meta({ description: "Only these types; empty: those that it is sent." }),
        only_missed: z
          .boolean()
          .default(false)
          .meta({ description: "Leaves out what was delivered before." }),
      })
      .meta({ id: "ReplayEvents" }),
  ),
  answers: { 202: endpointAnswer("The endpoint; the events are on their way, under the same ids.") },
  refusals: disabledWords,
  handle: async ({ params: { id }, body }, { ports, caller }) => {
    const { from, to = ports.clock.now(), types, only_missed: onlyMissed } = body;
    return reply(202, viewOf(await replayRange(id, { from, to, types, onlyMissed }, caller, ports)));
  },
});

const laterWords = { "Retry-After": "Seconds until asking is worth it; absent when it has ended." };
const checkWords = {
  schema: conformanceSchema.meta({ id: "Conformance" }),
  description: "What the check found; `ended_at` is null while it goes on.",
};

const check = route({
  method: "POST",
  path: "/v1/endpoints/{id}/conformance",
  operationId: "checkEndpoint",
  summary: "Checks whether the receiver verifies, deduplicates and answers as it should",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: emptyBody,
  answers: { 202: { ...checkWords, headers: { Location: "Where the result will be.", ...laterWords } } },
  refusals: disabledWords,
  handle: async ({ params: { id } }, { ports, caller }) => {
    const { conformance } = await requestConformance(id, caller, ports);
    return reply(202, conformance, { Location: `/v1/endpoints/${id}/conformance`, "Retry-After": "5" });
  },
});

const checked = route({
  method: "GET",
  path: "/v1/endpoints/{id}/conformance",
  operationId: "getEndpointCheck",
  summary: "What the last check of the receiver found",
  scope: "read",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 200: { ...checkWords, headers: laterWords } },
  handle: async ({ params: { id } }, { ports, caller }) => {
    const { conformance } = await getEndpoint(id, caller, ports);
    if (conformance === null) throw notFound(`A check of endpoint ${id}`);
    return reply(200, conformance, conformance.ended_at === null ? { "Retry-After": "5" } : {});
  },
});

const deliveries = route({
  method: "GET",
  path: "/v1/endpoints/{id}/deliveries",
  operationId: "listDeliveries",
  summary: "What was sent to the receiver, newest first",
  scope: "read",
  forLimitedKeys: true,
  params,
  query: z.strictObject(pageQuery),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: {
      description: "A page of deliveries, each with its attempts.",
      schema: pageSchema(deliveryViewSchema).meta({ id: "DeliveryPage" }),
      headers: pageHeaders,
    },
  },
  handle: async ({ params: { id }, query: { limit, cursor }, request }, { ports, caller }) => {
    await getEndpoint(id, caller, ports);
    const page = await listDeliveries(id, cursor ?? null, limit, ports);
    return pageReply(request, { items: page.items.map(deliveryViewOf), nextCursor: page.nextCursor });
  },
});

const replayOne = route({
  method: "POST",
  path: "/v1/deliveries/{id}/replay",
  operationId: "replayDelivery",
  summary: "Sends one event again, under the same id",
  scope: "operate",
  forLimitedKeys: true,
  params: z.strictObject({ id: z.string().regex(deliveryIdPattern) }),
  query: nothing,
  readHeaders: noHeaders,
  body: emptyBody,
  answers: { 202: { description: "The delivery; it is on its way.", schema: deliveryViewSchema } },
  refusals: disabledWords,
  handle: async ({ params: { id } }, { ports, caller }) =>
    reply(202, deliveryViewOf(await replayDelivery(id, caller, ports))),
});

export const endpointRoutes: readonly Route[] = [
  create,
  list,
  show,
  update,
  remove,
  rotate,
  test,
  recover,
  replayMany,
  check,
  checked,
  deliveries,
  replayOne,
];
