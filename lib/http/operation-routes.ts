import * as z from "zod";
import { operationRequestSchema } from "../../events/operation-request.ts";
import { keyInSpaceOf } from "../access/caller.ts";
import { acceptOperation } from "../flows/accept-operation.ts";
import { awaitOperation } from "../flows/await-operation.ts";
import { cancelOperation } from "../flows/cancel-operation.ts";
import { listOperations } from "../flows/list-operations.ts";
import { notFound } from "../flows/request-refused.ts";
import { resolutionSchema, resolveOperation } from "../flows/resolve-operation.ts";
import { kindSchema } from "../operation/kind.ts";
import { operationIdPattern } from "../operation/operation-id.ts";
import { isDone, operationStates, type Operation } from "../operation/operation.ts";
import { operationViewSchema, viewOf } from "../operation/view.ts";
import { readIdempotencyKey } from "./idempotency-key.ts";
import { emptyBody, jsonBody, noBody } from "./json-body.ts";
import { pageAnswer, pageQuery, pageReply } from "./page.ts";
import { readWait } from "./prefer.ts";
import { reply, type Reply } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

const viewSchema = operationViewSchema.meta({ id: "Operation" });
const params = z.strictObject({ id: z.string().regex(operationIdPattern) });

/** Seconds until asking again is worth it: most looks are this far apart. */
const retryAfter = { "Retry-After": "2" };
const retryWords = { "Retry-After": "Seconds until asking again is worth it; absent when it is done." };
const locationWords = { Location: "Path of the operation." };

const pathOf = ({ id }: Operation): string => `/v1/operations/${id}`;

const changed = (operation: Operation): Reply =>
  reply(202, viewOf(operation), {
    Location: pathOf(operation),
    ...(isDone(operation) ? {} : retryAfter),
  });

const accept = route({
  method: "POST",
  path: "/v1/operations",
  operationId: "requestOperation",
  makesOperation: true,
  summary: "Asks for one change, which is followed to its end",
  scope: "operate",
  forLimitedKeys: true,
  params: nothing,
  query: nothing,
  headerWords: [
    {
      name: "Idempotency-Key",
      required: true,
      description:
        "1 to 255 characters, bare or quoted. The same key with the same body is the same operation.",
    },
  ],
  readHeaders: (headers) => readIdempotencyKey(headers.get("idempotency-key")),
  body: jsonBody(operationRequestSchema),
  answers: {
    202: {
      description: "The operation: accepted now, or by the same request before.",
      schema: viewSchema,
      headers: {
        ...locationWords,
        "Retry-After": "Seconds until asking again is worth it.",
        "Idempotent-Replayed": "`true` when the same request was accepted before.",
      },
    },
  },
  refusals: {
    409: "`STOPPED`: nothing is made or powered on at present; `GET /v1/stop` says until when.",
    429: "`LIMIT_CREATES_PER_MINUTE`: too many creates within a minute; `Retry-After` says when there is room.",
  },
  handle: async ({ headers: key, body, request: { requestId } }, { ports, caller }) => {
    const asker = { requestedBy: caller.id, requestId };
    const { operation, replayed } = await acceptOperation(body, keyInSpaceOf(caller, key), ports, asker);
    return reply(202, viewOf(operation), {
      Location: pathOf(operation),
      ...retryAfter,
      ...(replayed ? { "Idempotent-Replayed": "true" } : {}),
    });
  },
});

const list = route({
  method: "GET",
  path: "/v1/operations",
  operationId: "listOperations",
  summary: "Operations, newest first",
  scope: "read",
  forLimitedKeys: true,
  params: nothing,
  query: z.strictObject({
    ...pageQuery,
    state: z.enum(operationStates, { error: `must be one of ${operationStates.join(", ")}` }).exactOptional(),
    kind: kindSchema.exactOptional(),
    connection: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, { error: "must be the name of a connection" })
      .exactOptional(),
    bulk_job: z
      .string()
      .regex(/^\w{1,64}$/, { error: "must be the id of a bulk job" })
      .exactOptional(),
  }),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: pageAnswer("A page of operations.", viewSchema, "OperationPage"),
  },
  handle: async ({ query, request }, { ports }) => {
    const { limit, cursor, bulk_job: bulkJob, ...rest } = query;
    const filter = bulkJob === undefined ? rest : { ...rest, bulkJob };
    const { items, nextCursor } = await listOperations(filter, cursor ?? null, limit, ports);
    return pageReply(request, { items: items.map(viewOf), nextCursor });
  },
});

const show = route({
  method: "GET",
  path: "/v1/operations/{id}",
  operationId: "getOperation",
  summary: "One operation, at once or as soon as it is done",
  scope: "read",
  forLimitedKeys: true,
  params,
  query: nothing,
  headerWords: [
    {
      name: "Prefer",
      required: false,
      description: "`wait=20` holds the answer up to 20 seconds, until it is done.",
    },
  ],
  readHeaders: (headers) => readWait(headers.get("prefer")),
  body: noBody,
  answers: {
    200: {
      description: "The operation.",
      schema: viewSchema,
      headers: { ...retryWords, "Preference-Applied": "The wait that was granted." },
    },
  },
  handle: async ({ params: { id }, headers: wait }, turn) => {
    const operation = await awaitOperation(id, wait ?? 0, turn);
    if (operation === null) throw notFound(`Operation ${id}`);
    return reply(200, viewOf(operation), {
      ...(isDone(operation) ? {} : retryAfter),
      ...(wait === null ? {} : { "Preference-Applied": `wait=${wait}` }),
    });
  },
});

const cancel = route({
  method: "POST",
  path: "/v1/operations/{id}/cancel",
  operationId: "cancelOperation",
  summary: "Cancels an operation that has not begun",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: emptyBody,
  answers: {
    202: {
      description: "It is cancelled, now or before.",
      schema: viewSchema,
      headers: { ...locationWords, ...retryWords },
    },
  },
  refusals: { 409: "`TOO_LATE`: the first call to the provider has begun." },
  handle: async ({ params: { id } }, { ports }) => changed(await cancelOperation(id, ports)),
});

const resolve = route({
  method: "POST",
  path: "/v1/operations/{id}/resolve",
  operationId: "resolveOperation",
  summary: "Decides about an operation that needs attention",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: jsonBody(resolutionSchema),
  answers: {
    202: {
      description: "It goes on as decided.",
      schema: viewSchema,
      headers: { ...locationWords, ...retryWords },
    },
  },
  refusals: { 409: "`NOT_NEEDING_ATTENTION`: there is nothing to decide." },
  handle: async ({ params: { id }, body }, { ports }) => changed(await resolveOperation(id, body, ports)),
});

export const operationRoutes: readonly Route[] = [accept, list, show, cancel, resolve];
