import { createHash } from "node:crypto";
import * as z from "zod";
import { bulkQuerySchema } from "../../events/bulk-request.ts";
import { bulkJobIdPattern, type BulkJob, isOver, jobStates } from "../bulk/job.ts";
import { jobView, jobViewSchema } from "../bulk/job-view.ts";
import { itemStates } from "../bulk/report.ts";
import {
  cancelJob,
  confirmJob,
  getJob,
  pauseJob,
  planOnly,
  resumeJob,
  submitBulk,
} from "../flows/bulk-jobs.ts";
import { retryItems, retryRequestSchema } from "../flows/bulk-retry.ts";
import { listItems, listJobs, reportOf } from "../flows/list-bulk.ts";
import { bulkBody, readBulkAsk } from "./bulk-body.ts";
import { readIdempotencyKey } from "./idempotency-key.ts";
import { emptyBody, jsonBody, noBody, optionalJsonBody } from "./json-body.ts";
import { pageHeaders, pageQuery, pageReply, pageSchema } from "./page.ts";
import { reply, type Reply, Text } from "./reply.ts";
import { type HttpTurn, noHeaders, nothing, route, type Route } from "./route.ts";

const viewSchema = jobViewSchema.meta({ id: "BulkJob" });
const params = z.strictObject({ id: z.string().regex(bulkJobIdPattern) });
const anyQuery = z.looseObject({});
const locationWords = { Location: "Path of the job." };
const keyWords = {
  name: "Idempotency-Key",
  required: true,
  description: "1 to 255 characters, bare or quoted. The same key with the same request is the same job.",
};
/** Rows have their options in the query; a JSON body has them in itself. */
const rowOptions = `Only where the body is CSV or JSONL: ${Object.keys(bulkQuerySchema.shape).join(", ")}, as in the JSON body; \`template\` and \`vars\` as JSON, \`delimiter\` comma, semicolon or tab.`;

const rowRefusals = {
  413: "The body is larger than 10 MiB.",
  415: "The body is no JSON, CSV or JSONL.",
  502: "The servers of `select` have to be read, and the provider does not answer.",
  503: "The servers of `select` have to be read, and the provider's limit is used up.",
};

const conflict = { 409: "`CONFLICT`: others are changing the job all the time; ask again." };

const pathOf = ({ id }: BulkJob): string => `/v1/bulk-jobs/${id}`;

const shown = (status: number, job: BulkJob, { ports }: HttpTurn, more: Record<string, string> = {}): Reply =>
  reply(status, jobView(job, ports.clock.now()), { Location: pathOf(job), ...more });

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

const list = route({
  method: "GET",
  path: "/v1/bulk-jobs",
  operationId: "listBulkJobs",
  summary: "Bulk jobs, newest first",
  scope: "read",
  forLimitedKeys: true,
  params: nothing,
  query: z.strictObject({
    ...pageQuery,
    state: z.enum(jobStates, { error: `must be one of ${jobStates.join(", ")}` }).exactOptional(),
    connection: z.string().max(40).exactOptional(),
  }),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: {
      description: "A page of jobs. It may be shorter than asked for before the end.",
      schema: pageSchema(viewSchema).meta({ id: "BulkJobPage" }),
      headers: pageHeaders,
    },
  },
  handle: async ({ query: { limit, cursor, state, connection }, request }, { ports, caller }) => {
    const filter = { state: state ?? null, connection: connection ?? null, limit, cursor: cursor ?? null };
    const { items, nextCursor } = await listJobs(filter, caller, ports);
    const now = ports.clock.now();
    return pageReply(request, { items: items.map((job) => jobView(job, now)), nextCursor });
  },
});

const show = route({
  method: "GET",
  path: "/v1/bulk-jobs/{id}",
  operationId: "getBulkJob",
  summary: "One bulk job, with its counts",
  scope: "read",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: {
      description: "The job.",
      schema: viewSchema,
      headers: { "Retry-After": "Seconds until asking again is worth it; absent when it is over." },
    },
  },
  handle: async ({ params: { id } }, { ports, caller }) => {
    const job = await getJob(id, caller, ports);
    return reply(200, jobView(job, ports.clock.now()), isOver(job) ? {} : { "Retry-After": "1" });
  },
});

const items = route({
  method: "GET",
  path: "/v1/bulk-jobs/{id}/items",
  operationId: "listBulkItems",
  summary: "The items of a bulk job, in their order",
  scope: "read",
  forLimitedKeys: true,
  params,
  query: z.strictObject({
    ...pageQuery,
    state: z.enum(itemStates, { error: `must be one of ${itemStates.join(", ")}` }).exactOptional(),
  }),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: {
      description: "A page of items; the same ones, however they change meanwhile.",
      schema: pageSchema(
        z
          .strictObject({
            index: z.int().meta({ description: "From 0, in the order of the rows." }),
            operation_id: z.string().nullable(),
            resource: z.strictObject({ type: z.string(), id: z.string() }).nullable(),
            line: z.int().nullable(),
            key: z.string(),
            name: z.string().nullable(),
            state: z.enum(itemStates),
            attempts: z.int(),
            code: z.string().nullable(),
            message: z.string().nullable(),
            server_id: z.string().nullable(),
            ips: z.array(z.string()),
            zone: z.string().nullable(),
            started_at: z.string().nullable(),
            ended_at: z.string().nullable(),
            eur_per_hour: z.number().nullable(),
            request_id: z.string().nullable(),
          })
          .meta({ id: "BulkItem" }),
      ).meta({ id: "BulkItemPage" }),
      headers: pageHeaders,
    },
  },
  handle: async ({ params: { id }, query: { limit, cursor, state }, request }, { ports, caller }) => {
    const job = await getJob(id, caller, ports);
    const filter = { state: state ?? null, limit, cursor: cursor ?? null };
    return pageReply(request, await listItems(job, filter, ports));
  },
});

const report = route({
  method: "GET",
  path: "/v1/bulk-jobs/{id}/report",
  operationId: "getBulkReport",
  summary: "What became of each item, as a table",
  scope: "read",
  forLimitedKeys: true,
  params,
  query: z.strictObject({
    format: z.enum(["csv", "jsonl"], { error: "must be csv or jsonl" }).default("csv"),
    only: z
      .enum(["all", "failed", "succeeded"], { error: "must be all, failed or succeeded" })
      .default("all"),
  }),
  readHeaders: noHeaders,
  body: noBody,
  answers: {
    200: {
      description: "The table, as CSV or JSONL. Of a job that is over it has the same bytes each time.",
      schema: z.string(),
      types: ["text/csv", "application/jsonl"],
      headers: {
        "Repr-Digest": "SHA-256 of the bytes (RFC 9530).",
        "Report-State": "`final`, or `snapshot` while the job goes on.",
      },
    },
  },
  refusals: { 410: "`REPORT_EXPIRED`: it was kept for 30 days after the job's end." },
  handle: async ({ params: { id }, query: { format, only } }, { ports, caller }) => {
    const job = await getJob(id, caller, ports);
    const text = await reportOf(job, format, only, ports);
    const digest = createHash("sha256").update(text).digest("base64");
    return reply(200, new Text(text), {
      "Content-Type": format === "csv" ? "text/csv; charset=utf-8" : "application/jsonl; charset=utf-8",
      "Content-Disposition": `attachment; filename="${id}.${format}"`,
      "Repr-Digest": `sha-256=:${digest}:`,
      "Report-State": isOver(job) ? "final" : "snapshot",
    });
  },
});

const confirm = route({
  method: "POST",
  path: "/v1/bulk-jobs/{id}/confirm",
  operationId: "confirmBulkJob",
  summary: "Confirms a job that waits for it, by the hash of its plan",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: jsonBody(z.strictObject({ plan_hash: z.string() })),
  answers: {
    202: { description: "It is confirmed, now or before.", schema: viewSchema, headers: locationWords },
  },
  refusals: {
    409: "`PLAN_CHANGED`, `PLAN_EXPIRED`: look at the job, and confirm the plan that it shows; `JOB_OVER`.",
  },
  handle: async ({ params: { id }, body }, turn) =>
    shown(202, await confirmJob(id, body.plan_hash, turn.caller, turn.ports), turn),
});

const pause = route({
  method: "POST",
  path: "/v1/bulk-jobs/{id}/pause",
  operationId: "pauseBulkJob",
  summary: "Begins nothing more; what runs is followed to its end",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: emptyBody,
  answers: { 202: { description: "It is paused, or over.", schema: viewSchema, headers: locationWords } },
  refusals: conflict,
  handle: async ({ params: { id } }, turn) => shown(202, await pauseJob(id, turn.caller, turn.ports), turn),
});

const resume = route({
  method: "POST",
  path: "/v1/bulk-jobs/{id}/resume",
  operationId: "resumeBulkJob",
  summary: "Lets a paused job go on",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: emptyBody,
  answers: { 202: { description: "It goes on, or is over.", schema: viewSchema, headers: locationWords } },
  refusals: conflict,
  handle: async ({ params: { id } }, turn) => shown(202, await resumeJob(id, turn.caller, turn.ports), turn),
});

const cancel = route({
  method: "POST",
  path: "/v1/bulk-jobs/{id}/cancel",
  operationId: "cancelBulkJob",
  summary: "Cancels what is not begun",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: optionalJsonBody(
    z.strictObject({
      abort_running: z
        .boolean()
        .default(false)
        .meta({ description: "Whether servers that are being made are removed again once they are there." }),
    }),
  ),
  answers: { 202: { description: "It is cancelled, or over.", schema: viewSchema, headers: locationWords } },
  refusals: conflict,
  handle: async ({ params: { id }, body }, turn) =>
    shown(202, await cancelJob(id, body.abort_running, turn.caller, turn.ports), turn),
});

const retriedSchema = viewSchema.extend({ retried: z.int() }).meta({ id: "RetriedBulkJob" });

const retry = route({
  method: "POST",
  path: "/v1/bulk-jobs/{id}/retry-failed",
  operationId: "retryBulkJob",
  summary: "Tries again what has failed, and nothing else",
  scope: "operate",
  forLimitedKeys: true,
  params,
  query: nothing,
  readHeaders: noHeaders,
  body: optionalJsonBody(retryRequestSchema),
  answers: {
    200: {
      description: "Nothing is to be tried again.",
      schema: retriedSchema,
      headers: locationWords,
    },
    202: {
      description: "They are tried again; `retried` says how many.",
      schema: retriedSchema,
      headers: locationWords,
    },
  },
  refusals: {
    409: "`JOB_CANCELLED`: a cancelled job is not tried again.",
    410: "`JOB_EXPIRED`: it ended more than 30 days ago.",
  },
  handle: async ({ params: { id }, body }, { ports, caller }) => {
    const { job, count } = await retryItems(id, body, caller, ports);
    const view = { ...jobView(job, ports.clock.now()), retried: count };
    return reply(count === 0 ? 200 : 202, view, { Location: pathOf(job) });
  },
});

/** Bulk jobs: a function of its own answers them (functions/bulk.ts). */
export const bulkRoutes: readonly Route[] = [
  plan,
  submit,
  list,
  show,
  items,
  report,
  confirm,
  pause,
  resume,
  cancel,
  retry,
];
