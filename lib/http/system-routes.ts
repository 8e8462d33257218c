import * as z from "zod";
import { noBody } from "./json-body.ts";
import { reply } from "./reply.ts";
import { dialectsOf, noHeaders, nothing, route, type HttpWorld, type Route } from "./route.ts";

export const healthRoute: Route = route({
  method: "GET",
  path: "/healthz",
  operationId: "health",
  summary: "Whether requests are answered",
  scope: null,
  params: nothing,
  query: nothing,
  ignoresQuery: true,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 200: { description: "They are.", schema: z.strictObject({ status: z.literal("ok") }) } },
  handle: async () => reply(200, { status: "ok" }),
});

const documents = new WeakMap<HttpWorld, unknown>();

/** Describes all routes, those of other functions and itself among them. It is made when it is first asked for. */
export const openApiRoute: Route = route({
  method: "GET",
  path: "/openapi.json",
  operationId: "openapi",
  summary: "This description",
  scope: null,
  params: nothing,
  query: nothing,
  ignoresQuery: true,
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: { description: "An OpenAPI 3.1 document.", schema: z.looseObject({ openapi: z.string() }) },
  },
  handle: async (_input, { ports }) => {
    // Only this route needs the generator; the others must not wait for it at a cold start.
    const { description } = await import("./description.ts");
    const document = documents.get(ports) ?? description(dialectsOf(ports));
    documents.set(ports, document);
    return reply(200, document);
  },
});
