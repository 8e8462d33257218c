import * as z from "zod";
import { getEndpoint } from "../flows/endpoints.ts";
import {
  recoverEndpoint,
  replayDelivery,
  replayRange,
  requestConformance,
  testEndpoint,
} from "../flows/send-again.ts";
import { listDeliveries } from "../flows/list-deliveries.ts";
import { notFound } from "../flows/request-refused.ts";
import { conformanceSchema } from "../webhook/endpoint.ts";
import { deliveryIdPattern } from "../webhook/new-delivery.ts";
import { emptyBody, jsonBody, noBody } from "./json-body.ts";
import { pageAnswer, pageQuery, pageReply } from "./page.ts";
import { reply } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";
import {
  params,
  endpointAnswer,
  instantSchema,
  settings,
  viewOf,
  deliveryViewSchema,
  deliveryViewOf,
} from "./endpoint-shapes.ts";

const disabledWords = { 409: "`ENDPOINT_DISABLED`: enable it first." };
const busyWords = { 409: "`ENDPOINT_CATCHING_UP`: what was asked for before is still being sent." };

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
  refusals: busyWords,
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
  refusals: {
    409: "`ENDPOINT_DISABLED`: enable it first. `ENDPOINT_CATCHING_UP`: one range after the other.",
  },
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
    if (conformance === null)
      throw notFound(`A check of endpoint ${id}`, `Ask for one: POST /v1/endpoints/${id}/conformance.`);
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
    200: pageAnswer("A page of deliveries, each with its attempts.", deliveryViewSchema, "DeliveryPage"),
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

/** Everything that sends, or tells what was sent. */
export const sendingRoutes: readonly Route[] = [
  test,
  recover,
  replayMany,
  check,
  checked,
  deliveries,
  replayOne,
];
