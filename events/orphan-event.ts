import * as z from "zod";
import { eventSchema, typePrefix, typeSchemaOf } from "./event.ts";

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

const example = (
  type: OrphanEventType,
  sequence: number,
  data: Partial<z.infer<typeof orphanEventDataSchema>>,
) => ({
  specversion: "1.0" as const,
  id: `evt_orphan_1793606700000_5b0c3e6f9d2a7184ce1${sequence}`,
  source: "switchyard",
  type: `${typePrefix}${type}`,
  subject: "paris/orphan/server/6f1f7b1a-3c1e-4a0e-9d6b-2f6f0f6b9c11",
  time: "2026-11-02T08:45:00.000Z",
  sequence,
  data: {
    connection: "paris",
    type: "server",
    id: "6f1f7b1a-3c1e-4a0e-9d6b-2f6f0f6b9c11",
    name: "web-1",
    operation_id: "op_0123456789abcdefghjkmnpqrs",
    reason: "extra" as const,
    detail: "the operation has another server",
    also_deleted: [],
    left_alone: [],
    because: null,
    ...data,
  },
});

/** One whole event of each type. */
export const orphanEventExamples = {
  "orphan.found": example("orphan.found", 1, {}),
  "orphan.deleted": example("orphan.deleted", 2, {
    also_deleted: [{ type: "volume", id: "b6e1f4d2-8f0c-4f43-9d2a-0f7c1c5a2e33" }],
    left_alone: [{ type: "ip", id: "2f0c8b5e-7d14-4a3b-8f21-93c6d0e5a7b8", why: "it bears no marker" }],
  }),
  "orphan.resolved": example("orphan.resolved", 2, { because: "it is gone" }),
} satisfies Record<OrphanEventType, z.infer<typeof eventSchema>>;
