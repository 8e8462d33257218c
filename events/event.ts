import * as z from "zod";

/** Every event type that exists so far, without its prefix. Facts in the past tense. */
export const eventTypes = [
  "operation.accepted",
  "operation.started",
  "operation.succeeded",
  "operation.failed",
  "operation.cancelled",
  "operation.needs_attention",
  "server.created",
  "server.running",
  "server.stopped",
  "server.deleted",
] as const;
export type EventType = (typeof eventTypes)[number];

/** Prefix of the CloudEvents `type` attribute. */
export const typePrefix = "switchyard.";

/**
 * An event as it stands on the bus and in webhooks: CloudEvents 1.0 attribute names in structured form.
 * `id` is the same in every repeat; `sequence` grows by one per subject. At least once, any order.
 */
export const eventSchema = z.strictObject({
  specversion: z.literal("1.0"),
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string(),
  time: z.string(),
  sequence: z.number().int().positive(),
  data: z.record(z.string(), z.json()),
});
export type SwitchyardEvent = z.infer<typeof eventSchema>;
