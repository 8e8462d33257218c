import * as z from "zod";
import { deleteEndpoint, rotateSecret, updateEndpoint } from "../flows/change-endpoints.ts";
import { createEndpoint, getEndpoint, listEndpoints } from "../flows/endpoints.ts";
import { longestOverlapSeconds } from "../webhook/endpoint-change.ts";
import { readIdempotencyKey } from "./idempotency-key.ts";
import { jsonBody, noBody, optionalJsonBody } from "./json-body.ts";
import { pageAnswer, pageQuery, pageReply } from "./page.ts";
import { reply } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";
import {
  params,
  endpointAnswer,
  requestSchema,
  patchSchema,
  viewSchema,
  withSecretSchema,
  viewOf,
} from "./endpoint-shapes.ts";

import { sendingRoutes } from "./sending-routes.ts";

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
      headers: {
        Location: "Path of the endpoint.",
        "Idempotent-Replayed": "`true` when the same request made it before.",
      },
    },
  },
  refusals: {
    ...urlWords,
    409: "`TOO_MANY_ENDPOINTS`; `IDEMPOTENCY_KEY_REUSED`: the endpoint of this key was deleted.",
    503: "`SIGNING_KEY_UNAVAILABLE`.",
  },
  handle: async ({ body, headers: key }, { ports, caller }) => {
    const { endpoint, secret, replayed } = await createEndpoint(body, key, caller, ports);
    return reply(
      201,
      { ...viewOf(endpoint), secret },
      {
        Location: `/v1/endpoints/${endpoint.id}`,
        ...(replayed ? { "Idempotent-Replayed": "true" } : {}),
      },
    );
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
    200: pageAnswer("A page of endpoints.", viewSchema, "EndpointPage"),
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

export const endpointRoutes: readonly Route[] = [
  create,
  list,
  show,
  update,
  remove,
  rotate,
  ...sendingRoutes,
];
