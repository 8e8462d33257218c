import * as z from "zod";
import { operationRequestSchema } from "../../events/operation-request.ts";
import { dryRunHook } from "../flows/dry-run-hook.ts";
import { readBy } from "../flows/faults.ts";
import { deleteHook, getHook, listHooks, putHook } from "../flows/hooks.ts";
import { invalid } from "../flows/request-refused.ts";
import type { Arrival } from "../hook/arrival.ts";
import { hookRequestSchema, hookViewOf, hookViewSchema } from "../hook/hook.ts";
import { isObject, type Json } from "../operation/json.ts";
import { jsonBody, noBody } from "./json-body.ts";
import { pageAnswer, pageQuery, pageReply } from "./page.ts";
import { reply } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

/** Any text: what is no name of a hook is the name of none. */
const params = z.strictObject({ name: z.string().meta({ description: "Name of the hook." }) });

const put = route({
  method: "PUT",
  path: "/v1/hooks/{name}",
  operationId: "putHook",
  summary: "Puts a hook for incoming webhooks, in place of the one of that name",
  scope: "admin",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: jsonBody(hookRequestSchema),
  answers: {
    200: { description: "It has taken the place of the one before.", schema: hookViewSchema },
    201: {
      description: "It is new.",
      schema: hookViewSchema,
      headers: { Location: "Path of the hook." },
    },
  },
  refusals: {
    409: "`HOOK_NAME_TAKEN`: another client's hook; `CONFLICT`: others write it at the same time.",
  },
  handle: async ({ params: { name }, body }, { ports, caller }) => {
    const { hook, isNew } = await putHook(name, body, caller, ports);
    return isNew
      ? reply(201, hookViewOf(hook), { Location: `/v1/hooks/${encodeURIComponent(name)}` })
      : reply(200, hookViewOf(hook));
  },
});

const list = route({
  method: "GET",
  path: "/v1/hooks",
  operationId: "listHooks",
  summary: "All hooks for incoming webhooks",
  scope: "read",
  forLimitedKeys: true,
  params: nothing,
  query: z.strictObject(pageQuery),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: pageAnswer(
      "A page of hooks, by name. It may be shorter than asked for before the end.",
      hookViewSchema,
      "HookPage",
    ),
  },
  handle: async ({ query: { limit, cursor }, request }, { ports, caller }) => {
    const page = await listHooks({ limit, cursor: cursor ?? null }, caller, ports);
    return pageReply(request, { items: page.items.map(hookViewOf), nextCursor: page.nextCursor });
  },
});

const show = route({
  method: "GET",
  path: "/v1/hooks/{name}",
  operationId: "getHook",
  summary: "One hook for incoming webhooks",
  scope: "read",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 200: { description: "The hook; its secrets as references.", schema: hookViewSchema } },
  handle: async ({ params: { name } }, { ports, caller }) =>
    reply(200, hookViewOf(await getHook(name, caller, ports))),
});

const remove = route({
  method: "DELETE",
  path: "/v1/hooks/{name}",
  operationId: "deleteHook",
  summary: "Removes a hook for incoming webhooks",
  scope: "admin",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 204: { description: "It is gone; its webhooks are refused.", schema: z.undefined() } },
  refusals: { 409: "`CONFLICT`: others write it at the same time." },
  handle: async ({ params: { name } }, { ports, caller }) => {
    await deleteHook(name, caller, ports);
    return reply(204, undefined);
  },
});

/** A sample with headers, or the payload alone. */
const sampleSchema = z.strictObject({
  headers: z.record(z.string(), z.string()).exactOptional(),
  payload: z.json(),
});

/** @throws RequestRefused 422 for what has a `payload`, and something else than `headers` beside it */
const arrivalOf = (body: Json): Arrival => {
  if (!isObject(body) || !Object.hasOwn(body, "payload")) return { headers: new Map(), payload: body };
  const sample = readBy(sampleSchema, body);
  if (sample.faults !== null) throw invalid(sample.faults);
  const headers = Object.entries(sample.value.headers ?? {});
  return {
    headers: new Map(headers.map(([name, value]) => [name.toLowerCase(), value])),
    payload: sample.value.payload,
  };
};

const dryRun = route({
  method: "POST",
  path: "/v1/hooks/{name}/dry-run",
  operationId: "dryRunHook",
  summary: "Shows what a sample would start, and starts nothing",
  scope: "admin",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: jsonBody(
    z.json().meta({
      description:
        "`{headers?, payload}`; or the payload alone, where no header matters and it has no field `payload`. Nothing of it is verified.",
    }),
  ),
  answers: {
    200: {
      description: "The rule that acts and what it would start, or what stands in the way.",
      schema: z
        .strictObject({
          rule: z.string().nullable(),
          operation: operationRequestSchema.nullable().meta({ description: "The first of `operations`." }),
          operations: z.array(operationRequestSchema),
          errors: z
            .array(z.strictObject({ pointer: z.string(), detail: z.string() }))
            .meta({ description: "With pointers from the rule." }),
          allowance: z
            .strictObject({
              allowed: z.boolean(),
              why: z.enum(["cooldown", "daily_cap"]).nullable(),
              until: z.string().nullable(),
            })
            .nullable(),
          dedup_id: z.string().meta({ description: "What would tell a repeat of it." }),
        })
        .meta({ id: "HookDryRun" }),
    },
  },
  refusals: {
    502: "A server has to be looked for, and the provider does not answer.",
    503: "A server has to be looked for, and the provider's limit is used up.",
  },
  handle: async ({ params: { name }, body }, { ports, caller }) => {
    const shown = await dryRunHook(name, arrivalOf(body), caller, ports);
    return reply(200, { ...shown, operation: shown.operations[0] ?? null });
  },
});

/** Setting up hooks: under `/v1`, with a key. */
export const hookSettingsRoutes: readonly Route[] = [put, list, show, remove, dryRun];
