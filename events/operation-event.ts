import * as z from "zod";
import { jsonObjectSchema } from "../lib/operation/json.ts";
import { operationViewSchema } from "../lib/operation/view.ts";
import { eventSchema, typePrefix, typeSchemaOf } from "./event.ts";

/** What happened to an operation; `subject` is its id, `data` the operation as the API shows it at that moment. */
export const operationEventTypes = {
  "operation.accepted": "The request was taken and stored.",
  "operation.started": "A worker has taken it on; it can't be cancelled any more.",
  "operation.succeeded": "What was asked for is the case.",
  "operation.failed": "It is certain that it can't be done; `error` says why.",
  "operation.cancelled": "It was cancelled before the first call to the provider.",
  "operation.needs_attention": "It can't go on by itself; `error` holds the reason and the evidence.",
} as const satisfies Record<`operation.${string}`, string>;
export type OperationEventType = keyof typeof operationEventTypes;

export const operationEventSchema = z.strictObject({
  ...eventSchema.shape,
  type: typeSchemaOf(operationEventTypes),
  data: operationViewSchema,
});

type Data = z.infer<typeof operationViewSchema>;
type Steps = Data["steps"];

const id = "op_0123456789abcdefghjkmnpqrs";
const created_at = "2026-11-02T08:00:00.000Z";
const begun_at = "2026-11-02T08:00:00.400Z";
const made_at = "2026-11-02T08:00:01.200Z";
const ended_at = "2026-11-02T08:00:31.000Z";
const over = { done: true, updated_at: ended_at, ended_at } as const;

const pending: Steps = [
  { name: "create", state: "pending", started_at: null, ended_at: null },
  { name: "power_on", state: "pending", started_at: null, ended_at: null },
];
const creating = (state: "running" | "failed", end: string | null): Steps => [
  { name: "create", state, started_at: begun_at, ended_at: end },
  ...pending.slice(1),
];

const example = (
  type: OperationEventType,
  sequence: number,
  data: Partial<Data> & Pick<Data, "state" | "steps" | "updated_at">,
) => ({
  specversion: "1.0" as const,
  id: `evt_${id}_${sequence}`,
  source: "switchyard",
  type: `${typePrefix}${type}`,
  subject: id,
  time: data.updated_at,
  sequence,
  data: jsonObjectSchema.parse({
    id,
    kind: "server.create",
    connection: "paris",
    done: false,
    resource: null,
    tags: ["env=dev"],
    task: null,
    next_look_at: null,
    error: null,
    bulk_job: null,
    schedule: null,
    created_at,
    ended_at: null,
    ...data,
  }),
});

/** One whole event of each type. */
export const operationEventExamples = {
  "operation.accepted": example("operation.accepted", 1, {
    state: "accepted",
    steps: pending,
    next_look_at: "2026-11-02T08:00:30.000Z",
    updated_at: created_at,
  }),
  "operation.started": example("operation.started", 2, {
    state: "starting",
    steps: creating("running", null),
    next_look_at: "2026-11-02T08:00:20.400Z",
    updated_at: begun_at,
  }),
  "operation.succeeded": example("operation.succeeded", 3, {
    ...over,
    state: "succeeded",
    resource: { type: "server", id: "6f1f7b1a-3c1e-4a0e-9d6b-2f6f0f6b9c11" },
    steps: [
      { name: "create", state: "done", started_at: begun_at, ended_at: made_at },
      { name: "power_on", state: "done", started_at: made_at, ended_at },
    ],
  }),
  "operation.failed": example("operation.failed", 3, {
    ...over,
    state: "failed",
    steps: creating("failed", ended_at),
    error: {
      type: "urn:switchyard:problem:OUT_OF_STOCK",
      title: "The provider has none in stock",
      status: 422,
      detail: "No stock of DEV1-S in fr-par-1: the provider shows a shortage.",
      code: "OUT_OF_STOCK",
      hint: "Try another type or zone, or name some in fallback.",
    },
  }),
  "operation.cancelled": example("operation.cancelled", 2, { ...over, state: "cancelled", steps: pending }),
  "operation.needs_attention": example("operation.needs_attention", 3, {
    ...over,
    state: "needs_attention",
    steps: creating("running", null),
    error: {
      type: "urn:switchyard:problem:CREATE_UNCERTAIN",
      title: "Whether it was made can't be found out",
      status: 502,
      detail: "The create was never answered, and nothing that is there bears its marker.",
      code: "CREATE_UNCERTAIN",
      hint: "Look at the evidence, then POST /v1/operations/{id}/resolve.",
      evidence: [{ at: made_at, what: "no answer within 10 s" }],
    },
  }),
} satisfies Record<OperationEventType, z.infer<typeof eventSchema>>;
