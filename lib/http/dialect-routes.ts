import * as z from "zod";
import { dialectViewSchema, listDialects, showDialect, type DialectView } from "../flows/list-dialects.ts";
import { noBody } from "./json-body.ts";
import { pageAnswer, pageQuery, pageReply } from "./page.ts";
import { reply } from "./reply.ts";
import { dialectsOf, noHeaders, nothing, route, type HttpWorld, type Route } from "./route.ts";

/** Only these routes and the description need it; the others must not wait for it at a cold start. */
const viewsIn = async (world: HttpWorld): Promise<readonly DialectView[]> =>
  (await import("./dialect-views.ts")).dialectViews(dialectsOf(world));

const list = route({
  method: "GET",
  path: "/v1/dialects",
  operationId: "listDialects",
  summary: "Every dialect there is, configured or not: what it offers, how an end is seen, what it can't do",
  scope: "read",
  forLimitedKeys: true,
  params: nothing,
  query: z.strictObject(pageQuery),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: pageAnswer("A page of dialects, by name.", dialectViewSchema, "DialectPage"),
  },
  handle: async ({ query, request }, { ports }) =>
    pageReply(request, listDialects(query.cursor ?? null, query.limit, await viewsIn(ports))),
});

const show = route({
  method: "GET",
  path: "/v1/dialects/{name}",
  operationId: "getDialect",
  summary: "One dialect",
  scope: "read",
  forLimitedKeys: true,
  params: z.strictObject({ name: z.string().min(1).max(64) }),
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 200: { description: "The dialect.", schema: dialectViewSchema } },
  handle: async ({ params }, { ports }) => reply(200, showDialect(params.name, await viewsIn(ports))),
});

export const dialectRoutes: readonly Route[] = [list, show];
