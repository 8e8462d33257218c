import * as z from "zod";
import type { BulkEventType } from "./bulk-event.ts";
import type { DeliveryEventType } from "./delivery-event.ts";
import type { EndpointEventType } from "./endpoint-event.ts";
import type { OperationEventType } from "./operation-event.ts";
import type { OrphanEventType } from "./orphan-event.ts";
import type { ScheduleEventType } from "./schedule-event.ts";
import type { ServerEventType } from "./server-event.ts";
import type { StopEventType } from "./stop-event.ts";

/** Every event type, without its prefix. Facts in the past tense; each stands where its message does. */
export type EventType =
  | BulkEventType
  | DeliveryEventType
  | EndpointEventType
  | OperationEventType
  | OrphanEventType
  | ScheduleEventType
  | ServerEventType
  | StopEventType;

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
  /** Names the JSON Schema of `data`, which is served at `/schemas/{type}/v1`. Events of before have none. */
  dataschema: z.string().exactOptional(),
  data: z.record(z.string(), z.json()),
});
export type SwitchyardEvent = z.infer<typeof eventSchema>;

/** What `dataschema` says for a type (without its prefix): a URI, as CloudEvents wants it, wherever the installation may be. */
export const dataSchemaOf = (type: string): string => `urn:switchyard:schema:${typePrefix}${type}:v1`;

/** Schema of the `type` of messages with these names, from their descriptions. */
export const typeSchemaOf = (described: Readonly<Record<string, string>>) =>
  z.enum(Object.keys(described).map((name) => `${typePrefix}${name}`));
