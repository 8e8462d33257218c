import * as z from "zod";
import { operationViewSchema } from "../lib/operation/view.ts";
import { eventSchema, typeSchemaOf } from "./event.ts";

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
