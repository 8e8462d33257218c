import * as z from "zod";
import {
  eventTypeViewSchema,
  listEventTypes,
  schemaOfType,
  type EventTypeDescription,
} from "../flows/list-event-types.ts";
import { noBody } from "./json-body.ts";
import { pageAnswer, pageQuery, pageReply } from "./page.ts";
import { reply } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

/** Only these routes need it; the others must not wait for it at a cold start. */
const described = async (): Promise<readonly EventTypeDescription[]> =>
  (await import("./event-descriptions.ts")).eventDescriptions();

const list = route({
  method: "GET",
  path: "/v1/event-types",
  operationId: "listEventTypes",
  summary: "Every type of event there is, what it says, and an example",
  scope: "read",
  forLimitedKeys: true,
  params: nothing,
  query: z.strictObject(pageQuery),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: pageAnswer("A page of types, by name.", eventTypeViewSchema, "EventTypePage"),
  },
  handle: async ({ query, request }) =>
    pageReply(request, listEventTypes(query.cursor ?? null, query.limit, await described())),
});

const schema = route({
  method: "GET",
  path: "/schemas/{type}/v1",
  operationId: "getEventSchema",
  summary: "The JSON Schema of the data of one type of event",
  scope: null,
  params: z.strictObject({ type: z.string().min(1).max(100) }),
  query: nothing,
  ignoresQuery: true,
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: {
      description: "A JSON Schema, draft 2020-12. Its `$id` is the `dataschema` of the events.",
      schema: z.looseObject({ $id: z.string() }),
    },
  },
  handle: async ({ params }) => reply(200, schemaOfType(params.type, await described())),
});

export const eventTypeRoutes: readonly Route[] = [list, schema];
