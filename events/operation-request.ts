import * as z from "zod";
import { jsonObjectSchema } from "../lib/operation/json.ts";
import { kindSchema } from "../lib/operation/kind.ts";

const idSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}+$/u, { error: "must not hold control characters" });

/** Body of `POST /v1/operations`. `input` is checked against the dialect's catalogue after this. */
export const operationRequestSchema = z
  .strictObject({
    connection: z.string(),
    kind: kindSchema,
    resource: z.strictObject({ type: z.string(), id: idSchema }).optional(),
    input: jsonObjectSchema.optional(),
  })
  .meta({ id: "OperationRequest" });
export type OperationRequest = z.infer<typeof operationRequestSchema>;

/** What an `Idempotency-Key` may be: 1 to 255 visible characters. */
export const idempotencyKeySchema = z
  .string()
  .min(1, { error: "must be 1 to 255 characters" })
  .max(255, { error: "must be 1 to 255 characters" })
  .regex(/^\P{Cc}*$/u, { error: "must not hold control characters" });

/** The same request as a message on the provisioning queue. */
export const operationMessageSchema = z.strictObject({
  ...operationRequestSchema.shape,
  idempotency_key: idempotencyKeySchema,
});
