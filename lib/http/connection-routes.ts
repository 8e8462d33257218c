import * as z from "zod";
import {
  connectionDetailSchema,
  connectionViewSchema,
  listConnections,
  showConnection,
} from "../flows/list-connections.ts";
import { listOrphans, orphanViewSchema, sweptSchema } from "../flows/list-orphans.ts";
import { readThrough } from "../flows/read-through.ts";
import { noBody } from "./json-body.ts";
import { pageAnswer, pageHeaders, pageQuery, pageReply, pageSchema } from "./page.ts";
import { reply } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

const name = z.string().min(1).max(40);

const list = route({
  method: "GET",
  path: "/v1/connections",
  operationId: "listConnections",
  summary: "The configured connections",
  scope: "read",
  forLimitedKeys: true,
  params: nothing,
  query: z.strictObject(pageQuery),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: pageAnswer("A page of connections, by name.", connectionViewSchema, "ConnectionPage"),
  },
  handle: async ({ query, request }, { ports }) =>
    pageReply(request, listConnections(query.cursor ?? null, query.limit, ports)),
});

const show = route({
  method: "GET",
  path: "/v1/connections/{name}",
  operationId: "getConnection",
  summary: "One connection, what it offers and what can be read through it",
  scope: "read",
  forLimitedKeys: true,
  params: z.strictObject({ name }),
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 200: { description: "The connection.", schema: connectionDetailSchema } },
  handle: async ({ params }, { ports }) => reply(200, await showConnection(params.name, ports)),
});

const orphans = route({
  method: "GET",
  path: "/v1/connections/{name}/orphans",
  operationId: "listOrphans",
  summary: "What bears our marker at the provider and has no owner, as the last sweep left it",
  scope: "read",
  forLimitedKeys: true,
  params: z.strictObject({ name }),
  query: z.strictObject(pageQuery),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: {
      description:
        "A page of orphans, by type and id; deleted ones for a week. The first 100 things that are kept, or whose operation is not on record, are shown as such.",
      schema: pageSchema(orphanViewSchema).extend(sweptSchema).meta({ id: "OrphanPage" }),
      headers: pageHeaders,
    },
  },
  handle: async ({ params, query, request }, { ports }) => {
    const { swept, reason, ...page } = await listOrphans(
      params.name,
      query.cursor ?? null,
      query.limit,
      ports,
    );
    return pageReply(request, page, { swept, reason });
  },
});

const itemSchema = z
  .strictObject({
    id: z.string(),
    name: z.string().optional(),
    state: z.string().optional(),
    tags: z.array(z.string()).optional(),
    raw: z.unknown().meta({ description: "The provider's own object." }),
  })
  .meta({ id: "ReadItem" });
const answerSchema = z.union([pageSchema(itemSchema).meta({ id: "ReadPage" }), itemSchema]);

/** One route for each length of a path: collections and things in them alternate, two deep. */
const reads = [
  { path: "{collection}", operationId: "readCollection" },
  { path: "{collection}/{id}", operationId: "readThing" },
  { path: "{collection}/{id}/{sub_collection}", operationId: "readSubCollection" },
  { path: "{collection}/{id}/{sub_collection}/{sub_id}", operationId: "readSubThing" },
].map(({ path, operationId }) => {
  const names = path.split("/").map((part) => part.slice(1, -1));
  const parts = Object.fromEntries(names.map((part) => [part, z.string().min(1)]));
  return route({
    method: "GET",
    path: `/v1/connections/{name}/${path}`,
    operationId,
    summary: "Reads through to the provider: a list, or one thing",
    scope: "read",
    forLimitedKeys: true,
    params: z.object({ ...parts, name }),
    query: z.object(pageQuery).catchall(z.string().min(1, { error: "must not be empty" }).max(1000)),
    otherParameters: "Filters of the provider, those that the connection shows for the collection.",
    readHeaders: noHeaders,
    body: noBody,
    answers: {
      200: {
        description: "A page of a list, or one thing, as the collection is.",
        schema: answerSchema,
        headers: pageHeaders,
      },
    },
    refusals: {
      502: "`PROVIDER_…`: the provider could not be read; `provider` is what it said.",
      503: "`RATE_LIMITED`: the provider's limit is used up; `Retry-After` says for how long. `SECRET_UNAVAILABLE`: the connection's secret can't be read.",
    },
    handle: async ({ params, query, request }, { ports }) => {
      const { limit, cursor, ...filters } = query;
      const asked = (request.segments ?? []).slice(3);
      const answer = await readThrough(
        params.name,
        { path: asked, filters, limit, cursor: cursor ?? null },
        ports,
      );
      if (answer.form === "item") return reply(200, answer.item);
      return pageReply(request, { items: answer.items, nextCursor: answer.next });
    },
  });
});

export const connectionRoutes: readonly Route[] = [list, show, orphans, ...reads];
