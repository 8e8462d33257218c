import * as z from "zod";
import { bulkQuerySchema } from "../../events/bulk-request.ts";
import { planOnly, submitBulk } from "../flows/bulk-jobs.ts";
import { bulkBody, readBulkAsk } from "./bulk-body.ts";
import { bulkControlRoutes } from "./bulk-control-routes.ts";
import { bulkReadingRoutes } from "./bulk-reading-routes.ts";
import { locationWords, shown, viewSchema } from "./bulk-shapes.ts";
import { readIdempotencyKey } from "./idempotency-key.ts";
import { reply } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

const anyQuery = z.looseObject({});
const keyWords = {
  name: "Idempotency-Key",
  required: true,
  description: "1 to 255 characters, bare or quoted. The same key with the same request is the same job.",
};
/** Rows have their options in the query; a JSON body has them in itself. */
const rowOptions = `Only where the body is CSV or JSONL: ${Object.keys(bulkQuerySchema.shape).join(", ")}, as in the JSON body; \`template\` and \`vars\` as JSON, \`delimiter\` comma, semicolon or tab.`;

const rowRefusals = {
  409: "`STOPPED`: nothing is made or powered on at present; `GET /v1/stop` says until when.",
  413: "The body is larger than 10 MiB.",
  415: "The body is no JSON, CSV or JSONL.",
  502: "The servers of `select` have to be read, and the provider does not answer.",
  503: "The servers of `select` have to be read, and the provider's limit is used up.",
};

const plan = route({
  method: "POST",
  path: "/v1/bulk-plans",
  operationId: "planBulk",
  summary: "Shows what a bulk job would do, cost and take; nothing is written",
  scope: "operate",
  forLimitedKeys: true,
  params: nothing,
  query: anyQuery,
  otherParameters: rowOptions,
  // A tab between the cells may be said as itself.
  controlsIn: ["delimiter"],
  readHeaders: noHeaders,
  body: bulkBody,
  answers: {
    200: {
      description: "The plan.",
      schema: z
        .strictObject({
          plan_hash: z.string(),
          counts: z.strictObject({ total: z.int(), skipped: z.int() }),
          cost: z
            .strictObject({ eur_per_hour: z.number(), eur_per_month: z.number().nullable() })
            .nullable()
            .meta({ description: "Null where a price is not known, or nothing is made." }),
          duration_seconds: z.number().meta({ description: "At the pace that the connection allows." }),
          warnings: z.array(z.string()),
          quotas: z.array(
            z.strictObject({
              name: z.string(),
              zone: z.string(),
              limit: z.number(),
              used: z.number(),
              reserved: z.number().meta({ description: "By other jobs." }),
              wanted: z.number(),
            }),
          ),
          confirm: z.strictObject({ needed: z.boolean() }),
          items: z
            .array(
              z.strictObject({
                key: z.string(),
                name: z.string().nullable(),
                resource_id: z.string().nullable(),
                line: z.int().nullable(),
              }),
            )
            .meta({ description: "The first hundred of them." }),
        })
        .meta({ id: "BulkPlan" }),
    },
  },
  refusals: rowRefusals,
  handle: async ({ request }, { ports, caller }) => {
    const ask = readBulkAsk(request);
    const { plan: made, read, foreseen, needsConfirm } = await planOnly(ask, caller, ports);
    const { eur_per_hour: perHour, eur_per_month: perMonth } = made;
    return reply(200, {
      plan_hash: made.plan_hash,
      counts: { total: read.items.length + read.invalid.length, skipped: read.invalid.length },
      cost: perHour === null ? null : { eur_per_hour: perHour, eur_per_month: perMonth },
      duration_seconds: made.duration_seconds,
      warnings: made.warnings,
      quotas: foreseen.quotas.map(({ name, zone, limit, used, reserved, wanted }) => ({
        name,
        zone,
        limit,
        used,
        reserved,
        wanted,
      })),
      confirm: { needed: needsConfirm },
      items: read.items.slice(0, 100).map(({ key, name, resourceId, line }) => ({
        key,
        name,
        resource_id: resourceId,
        line,
      })),
    });
  },
});

const submit = route({
  method: "POST",
  path: "/v1/bulk-jobs",
  operationId: "submitBulkJob",
  summary: "Asks for many operations at once",
  scope: "operate",
  forLimitedKeys: true,
  params: nothing,
  query: anyQuery,
  otherParameters: rowOptions,
  // A tab between the cells may be said as itself.
  controlsIn: ["delimiter"],
  headerWords: [keyWords],
  readHeaders: (headers) => readIdempotencyKey(headers.get("idempotency-key")),
  body: bulkBody,
  answers: {
    202: {
      description: "The job: taken now, or by the same request before.",
      schema: viewSchema,
      headers: {
        ...locationWords,
        "Retry-After": "Seconds until asking again is worth it.",
        "Idempotent-Replayed": "`true` when the same request was taken before.",
      },
    },
  },
  refusals: rowRefusals,
  handle: async ({ headers: key, request }, turn) => {
    const asker = { requestedBy: turn.caller.id, requestId: request.requestId };
    const { job, replayed } = await submitBulk(readBulkAsk(request), key, turn.caller, asker, turn.ports);
    return shown(202, job, turn, {
      "Retry-After": "1",
      ...(replayed ? { "Idempotent-Replayed": "true" } : {}),
    });
  },
});

/** Bulk jobs: a function of its own answers them (functions/bulk.ts). */
export const bulkRoutes: readonly Route[] = [plan, submit, ...bulkReadingRoutes, ...bulkControlRoutes];
