import * as z from "zod";
import { keyViewSchema } from "../access/key.ts";
import { keyRequestSchema } from "../flows/key-request.ts";
import { listKeys, makeKey, revokeKey, showKey } from "../flows/keys.ts";
import { jsonBody, noBody } from "./json-body.ts";
import { pageAnswer, pageQuery, pageReply } from "./page.ts";
import { reply } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

const params = z.strictObject({ id: z.string().min(1).max(64) });

const make = route({
  method: "POST",
  path: "/v1/keys",
  operationId: "makeKey",
  summary: "Makes a key, whose text is shown this once; asked twice, there are two",
  scope: "admin",
  forLimitedKeys: true,
  params: nothing,
  query: nothing,
  readHeaders: noHeaders,
  body: jsonBody(keyRequestSchema),
  answers: {
    201: {
      description:
        "The key. `key` is its text: it is kept nowhere, so an answer that is lost can't be had again.",
      schema: keyViewSchema.extend({ key: z.string() }).meta({ id: "NewKey" }),
      headers: { Location: "Path of the key." },
    },
  },
  refusals: { 409: "`TOO_MANY_KEYS`: the name has two live keys." },
  handle: async ({ body }, { ports, caller }) => {
    const { view, text } = await makeKey(body, caller, ports);
    return reply(201, { ...view, key: text }, { Location: `/v1/keys/${view.id}` });
  },
});

const list = route({
  method: "GET",
  path: "/v1/keys",
  operationId: "listKeys",
  summary: "The keys, by name; revoked and expired ones for 90 days",
  scope: "admin",
  forLimitedKeys: true,
  params: nothing,
  query: z.strictObject(pageQuery),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: pageAnswer("A page of keys, without their texts.", keyViewSchema, "KeyPage"),
  },
  handle: async ({ query, request }, { ports, caller }) =>
    pageReply(request, await listKeys(query.cursor ?? null, query.limit, caller, ports)),
});

const show = route({
  method: "GET",
  path: "/v1/keys/{id}",
  operationId: "getKey",
  summary: "One key",
  scope: "admin",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 200: { description: "The key.", schema: keyViewSchema } },
  handle: async ({ params: { id } }, { ports, caller }) => reply(200, await showKey(id, caller, ports)),
});

const revoke = route({
  method: "DELETE",
  path: "/v1/keys/{id}",
  operationId: "revokeKey",
  summary: "Revokes a key: it is refused everywhere within 60 seconds",
  scope: "admin",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: {
      description:
        "The key with `revoked_at`; again the same. The key that the installation is set up with can't be revoked here.",
      schema: keyViewSchema,
    },
  },
  refusals: { 409: "`BEING_CHANGED`: others write it at the same time." },
  handle: async ({ params: { id } }, { ports, caller }) => reply(200, await revokeKey(id, caller, ports)),
});

export const keyRoutes: readonly Route[] = [make, list, show, revoke];
