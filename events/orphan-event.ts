import * as z from "zod";
import { eventSchema, typeSchemaOf } from "./event.ts";

/** What became of a thing that bears our marker and has no owner; `subject` is `{connection}/orphan/{type}/{id}`. */
export const orphanEventTypes = {
  "orphan.found": "Two sweeps, some minutes apart, found it without an owner.",
  "orphan.deleted": "It is gone by our doing, with what is listed; what was left alone is listed too.",
  "orphan.resolved": "It is no orphan any more, or gone without our doing; `because` says why.",
} as const satisfies Record<`orphan.${string}`, string>;
export type OrphanEventType = keyof typeof orphanEventTypes;

const thingSchema = z.strictObject({ type: z.string(), id: z.string() });

export const orphanEventDataSchema = z.strictObject({
  connection: z.string(),
  ...thingSchema.shape,
  name: z.string().nullable(),
  /** The operation that its marker names. */
  operation_id: z.string(),
  reason: z.enum(["extra", "without_owner"]),
  /** What is known of it, for people. */
  detail: z.string(),
  /** Volumes and addresses that went with a server. */
  also_deleted: z.array(thingSchema),
  left_alone: z.array(z.strictObject({ ...thingSchema.shape, why: z.string() })),
  /** Only of `orphan.resolved`. */
  because: z.string().nullable(),
});

export const orphanEventSchema = z.strictObject({
  ...eventSchema.shape,
  type: typeSchemaOf(orphanEventTypes),
  data: orphanEventDataSchema,
});
