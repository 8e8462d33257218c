import { createHash } from "node:crypto";
import * as z from "zod";
import { isOver, jobStates } from "../bulk/job.ts";
import { jobView } from "../bulk/job-view.ts";
import { itemStates } from "../bulk/report.ts";
import { getJob } from "../flows/bulk-jobs.ts";
import { listItems, listJobs, reportOf } from "../flows/list-bulk.ts";
import { params, viewSchema } from "./bulk-shapes.ts";
import { noBody } from "./json-body.ts";
import { pageHeaders, pageQuery, pageReply, pageSchema } from "./page.ts";
import { reply, Text } from "./reply.ts";
import { noHeaders, nothing, route, type Route } from "./route.ts";

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

/** What bulk jobs tell. */
export const bulkReadingRoutes: readonly Route[] = [list, show, items, report];
