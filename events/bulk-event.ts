import * as z from "zod";
import { jobViewSchema } from "../lib/bulk/job-view.ts";
import { jsonObjectSchema } from "../lib/operation/json.ts";
import { eventSchema, typePrefix, typeSchemaOf } from "./event.ts";

/**
 * What becomes of a bulk job; `subject` is its id, `data` the job as the API shows it at that moment. Its items have no
 * events of their own: each is an operation, whose events bear the job's id in `bulk_job`.
 */
export const bulkEventTypes = {
  "bulk_job.planned":
    "It was taken, and all its items were checked. Each item is an operation, and the ends of items are the operations' own events (`operation.succeeded`, …, with the job's id in `bulk_job`): none is said twice.",
  "bulk_job.confirmed": "Somebody has confirmed its plan.",
  "bulk_job.started": "Its first item is begun.",
  "bulk_job.progressed":
    "More of its items are over: said at most once in 5 s, and once for each percent. Nothing is said by it alone.",
  "bulk_job.paused":
    "No more items are begun until it goes on; `paused` says why. What runs is followed to its end.",
  "bulk_job.resumed": "It goes on: after a pause, or because items that had failed are tried again.",
  "bulk_job.completed":
    "All its items are over, and not all have failed; `state` tells whether there were errors. Tried again, it can end again.",
  "bulk_job.cancelled": "It was cancelled, and what was running is over.",
  "bulk_job.failed": "All its items are over, and none has succeeded; or it has stopped before one had.",
} as const satisfies Record<`bulk_job.${string}`, string>;
export type BulkEventType = keyof typeof bulkEventTypes;

export const bulkEventSchema = z.strictObject({
  ...eventSchema.shape,
  type: typeSchemaOf(bulkEventTypes),
  data: jobViewSchema,
});

type Data = z.infer<typeof jobViewSchema>;

const id = "blk_0123456789abcdefghjkmnpqrs";
const created_at = "2026-11-02T08:00:00.000Z";
const started_at = "2026-11-02T08:01:00.000Z";
const ended_at = "2026-11-02T08:05:10.000Z";

const counts = (some: Partial<Data["counts"]>): Data["counts"] => ({
  total: 2000,
  pending: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  skipped: 0,
  needs_attention: 0,
  ...some,
});

const cost = (so_far_eur: number): Data["cost"] => ({
  eur_per_hour: 27.36,
  eur_per_month: 19_972.8,
  so_far_eur,
});

const confirmed: Partial<Data> = {
  state: "running",
  confirm: { needed: true, confirmed_at: "2026-11-02T08:00:58.000Z" },
};
const begun: Partial<Data> = { ...confirmed, started_at };
const outOfStock: Data["errors"][number] = {
  code: "OUT_OF_STOCK",
  count: 3,
  message: "The provider has none of this type in fr-par-1.",
  names: ["web-0411", "web-0412", "web-0418"],
};

const example = (
  type: BulkEventType,
  [sequence, time]: readonly [number, string],
  data: Partial<Data>,
): z.infer<typeof eventSchema> => ({
  specversion: "1.0",
  id: `evt_bulk_${Date.parse(time)}_0000000000000000000${sequence}`,
  source: "switchyard",
  type: `${typePrefix}${type}`,
  subject: id,
  time,
  sequence,
  data: jsonObjectSchema.parse({
    id,
    state: "awaiting_confirm",
    connection: "paris",
    kind: "server.create",
    counts: counts({ pending: 2000 }),
    percent: 0,
    rate_per_minute: null,
    time_left: null,
    cost: cost(0),
    errors: [],
    plan_hash: "9f2b7c41d0e8a653",
    plan: { duration_seconds: 130, planned_at: created_at, valid_until: "2026-11-02T08:30:00.000Z" },
    warnings: [],
    confirm: { needed: true, confirmed_at: null },
    paused: null,
    cancel: null,
    stopped: null,
    options: { priority: 5, skip_invalid: false, on_stop: "leave" },
    created_at,
    started_at: null,
    ended_at: null,
    links: {
      self: `/v1/bulk-jobs/${id}`,
      items: `/v1/bulk-jobs/${id}/items`,
      operations: `/v1/operations?bulk_job=${id}`,
      report: `/v1/bulk-jobs/${id}/report`,
    },
    ...data,
  } satisfies Data),
});

const half: Partial<Data> = {
  ...begun,
  counts: counts({ pending: 740, running: 260, succeeded: 1000 }),
  percent: 50,
  rate_per_minute: 980.4,
  cost: cost(0.14),
};
const errors: Partial<Data> = { errors: [outOfStock] };

/** One whole event of each type. */
export const bulkEventExamples = {
  "bulk_job.planned": example("bulk_job.planned", [1, created_at], {}),
  "bulk_job.confirmed": example("bulk_job.confirmed", [2, "2026-11-02T08:00:58.000Z"], confirmed),
  "bulk_job.started": example("bulk_job.started", [3, started_at], begun),
  "bulk_job.progressed": example("bulk_job.progressed", [4, "2026-11-02T08:02:05.000Z"], {
    ...half,
    time_left: { p50_seconds: 66, p90_seconds: 89 },
  }),
  "bulk_job.paused": example("bulk_job.paused", [5, "2026-11-02T08:02:10.000Z"], {
    ...half,
    state: "paused",
    rate_per_minute: null,
    paused: {
      at: "2026-11-02T08:02:10.000Z",
      why: "provider_outage",
      detail: "5 of the last 10 calls were not answered.",
      resumes_at: "2026-11-02T08:02:40.000Z",
    },
  }),
  "bulk_job.resumed": example("bulk_job.resumed", [6, "2026-11-02T08:02:40.000Z"], half),
  "bulk_job.completed": example("bulk_job.completed", [7, ended_at], {
    ...begun,
    ...errors,
    state: "completed_with_errors",
    counts: counts({ succeeded: 1997, failed: 3 }),
    percent: 100,
    rate_per_minute: 480,
    cost: cost(1.02),
    ended_at,
  }),
  "bulk_job.cancelled": example("bulk_job.cancelled", [7, ended_at], {
    ...begun,
    state: "cancelled",
    counts: counts({ succeeded: 1260, cancelled: 740 }),
    percent: 100,
    rate_per_minute: 302.4,
    cost: cost(0.96),
    cancel: { at: "2026-11-02T08:04:20.000Z", abort_running: false },
    ended_at,
  }),
  "bulk_job.failed": example("bulk_job.failed", [7, ended_at], {
    ...begun,
    state: "failed",
    counts: counts({ failed: 20, cancelled: 1980 }),
    percent: 100,
    rate_per_minute: 4.8,
    errors: [{ ...outOfStock, count: 20 }],
    stopped: {
      at: "2026-11-02T08:04:50.000Z",
      why: "failures",
      detail: "20 of 20 items have failed; 10% may.",
      rollback: null,
    },
    ended_at,
  }),
} as const satisfies Record<BulkEventType, z.infer<typeof eventSchema>>;
