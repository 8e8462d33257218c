import * as z from "zod";
import type { Caller } from "../access/caller.ts";
import { addOverride, cancelOverride, extendOverride, listOverrides, type Made } from "../flows/overrides.ts";
import type { RequestKey } from "../flows/override-request.ts";
import { fingerprintOf } from "../operation/operation-id.ts";
import {
  freezeViewOf,
  freezeViewSchema,
  overrideRequestSchema,
  overrideViewOf,
  overrideViewSchema,
} from "../schedule/override.ts";
import { readIdempotencyKey } from "./idempotency-key.ts";
import { jsonBody, noBody } from "./json-body.ts";
import { pageSchema } from "./page.ts";
import { reply } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

const viewSchema = z.union([overrideViewSchema, freezeViewSchema]);
const viewOf = (made: Made): z.infer<typeof viewSchema> =>
  "freeze" in made ? freezeViewOf(made.freeze) : overrideViewOf(made.override);

const instantSchema = z.iso.datetime({
  offset: true,
  error: "must be an instant such as 2026-11-02T08:00:00Z",
});
const keyHeader = {
  name: "Idempotency-Key",
  required: false,
  description: "The same key does it once.",
};
const refusals = {
  422: "Faults in the body, a server that the schedule does not select among them; `IDEMPOTENCY_KEY_REUSED`: the key was used for another body.",
} as const;
/** Of what takes something back. */
const nowQuery = z.strictObject({
  now: z.enum(["true", "false"], { error: "must be true or false" }).exactOptional().meta({
    description: "`true`: a stop that this makes due is not announced first, and comes with the next tick.",
  }),
});
/** The key of a request; one without a key is named by itself. */
const keyOf = (header: string | null, caller: Caller, alone: string): RequestKey =>
  header === null ? { request: alone } : `${caller.id}\n${header}`;
const shortKeyOf = (header: string | null, caller: Caller, alone: string): RequestKey => {
  const key = fingerprintOf([caller.id, header ?? alone]).slice(0, 20);
  return header === null ? { request: key } : key;
};
const readKey = (headers: ReadonlyMap<string, string>): string | null => {
  const header = headers.get("idempotency-key");
  return header === undefined ? null : readIdempotencyKey(header);
};

/** Any text: what is no name of a schedule is the name of none. */
const name = z.string().meta({ description: "Name of the schedule." });
const id = z.string().max(64);
const extension = z.strictObject({ until: instantSchema });

const pathOf = (schedule: string | null, made: Made): string => {
  const own = "freeze" in made ? made.freeze.id : made.override.id;
  return schedule === null
    ? `/v1/overrides/${own}`
    : `/v1/schedules/${encodeURIComponent(schedule)}/overrides/${own}`;
};

const made = { description: "The override: made now, or by the same key before.", schema: viewSchema };
const listed = { schema: pageSchema(viewSchema).meta({ id: "OverridePage" }) };
const gone = { description: "It is over, now or before.", schema: z.undefined() };
const withLocation = { ...made, headers: { Location: "Path of the override." } };

const add = route({
  method: "POST",
  path: "/v1/schedules/{name}/overrides",
  operationId: "addOverride",
  summary: "Adds a temporary exception, which ends by itself",
  scope: "operate",
  forLimitedKeys: true,
  params: z.strictObject({ name }),
  query: nothing,
  headerWords: [keyHeader],
  readHeaders: readKey,
  body: jsonBody(overrideRequestSchema),
  answers: { 201: withLocation },
  refusals,
  handle: async ({ params, headers, body, request }, { ports, caller }) => {
    const key = keyOf(headers, caller, request.requestId);
    const added = await addOverride(params.name, body, key, caller, ports);
    return reply(201, viewOf(added), { Location: pathOf(params.name, added) });
  },
});

const list = route({
  method: "GET",
  path: "/v1/schedules/{name}/overrides",
  operationId: "listOverrides",
  summary: "Its overrides that are not over, those of all schedules among them, the latest first",
  scope: "read",
  forLimitedKeys: true,
  params: z.strictObject({ name }),
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 200: { description: "All of them.", ...listed } },
  handle: async ({ params }, { ports, caller }) =>
    reply(200, { items: (await listOverrides(params.name, caller, ports)).map(viewOf), next_cursor: null }),
});

const extend = route({
  method: "PATCH",
  path: "/v1/schedules/{name}/overrides/{id}",
  operationId: "extendOverride",
  summary: "Gives an override another end",
  scope: "operate",
  forLimitedKeys: true,
  params: z.strictObject({ name, id }),
  query: nothing,
  headerWords: [keyHeader],
  readHeaders: readKey,
  body: jsonBody(extension),
  answers: { 200: { description: "The override.", schema: viewSchema } },
  refusals,
  handle: async ({ params, headers, body: { until }, request }, { ports, caller }) => {
    const key = shortKeyOf(headers, caller, `${request.requestId}\n${until}`);
    return reply(200, viewOf(await extendOverride(params.name, params.id, until, key, caller, ports)));
  },
});

const cancel = route({
  method: "DELETE",
  path: "/v1/schedules/{name}/overrides/{id}",
  operationId: "cancelOverride",
  summary: "Takes an override back; a stop that this makes due is announced first",
  scope: "operate",
  forLimitedKeys: true,
  params: z.strictObject({ name, id }),
  query: nowQuery,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 204: gone },
  handle: async ({ params, query }, { ports, caller }) => {
    await cancelOverride(params.name, params.id, caller, ports, query.now === "true");
    return reply(204, undefined);
  },
});

const addForAll = route({
  method: "POST",
  path: "/v1/overrides",
  operationId: "addOverrideForAll",
  summary: "Adds a temporary exception for the servers of all schedules: `freeze` has nothing done at all",
  scope: "operate",
  params: nothing,
  query: nothing,
  headerWords: [keyHeader],
  readHeaders: readKey,
  body: jsonBody(overrideRequestSchema),
  answers: { 201: withLocation },
  refusals,
  handle: async ({ headers, body, request }, { ports, caller }) => {
    const key = keyOf(headers, caller, request.requestId);
    const added = await addOverride(null, body, key, caller, ports);
    return reply(201, viewOf(added), { Location: pathOf(null, added) });
  },
});

const listForAll = route({
  method: "GET",
  path: "/v1/overrides",
  operationId: "listOverridesForAll",
  summary: "The overrides of all schedules that are not over, the latest first",
  scope: "read",
  params: nothing,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 200: { description: "All of them, without those of single schedules.", ...listed } },
  handle: async (_input, { ports, caller }) =>
    reply(200, { items: (await listOverrides(null, caller, ports)).map(viewOf), next_cursor: null }),
});

const extendForAll = route({
  method: "PATCH",
  path: "/v1/overrides/{id}",
  operationId: "extendOverrideForAll",
  summary: "Gives an override of all schedules another end",
  scope: "operate",
  params: z.strictObject({ id }),
  query: nothing,
  headerWords: [keyHeader],
  readHeaders: readKey,
  body: jsonBody(extension),
  answers: { 200: { description: "The override.", schema: viewSchema } },
  refusals,
  handle: async ({ params, headers, body: { until }, request }, { ports, caller }) => {
    const key = shortKeyOf(headers, caller, `${request.requestId}\n${until}`);
    return reply(200, viewOf(await extendOverride(null, params.id, until, key, caller, ports)));
  },
});

const cancelForAll = route({
  method: "DELETE",
  path: "/v1/overrides/{id}",
  operationId: "cancelOverrideForAll",
  summary: "Takes an override of all schedules back; stops that this makes due are announced first",
  scope: "operate",
  params: z.strictObject({ id }),
  query: nowQuery,
  readHeaders: noHeaders,
  body: noBody,
  answers: { 204: gone },
  handle: async ({ params, query }, { ports, caller }) => {
    await cancelOverride(null, params.id, caller, ports, query.now === "true");
    return reply(204, undefined);
  },
});

/** Exceptions that end by themselves: of one schedule, and of all. */
export const overrideRoutes: readonly Route[] = [
  add,
  list,
  extend,
  cancel,
  addForAll,
  listForAll,
  extendForAll,
  cancelForAll,
];
