import * as z from "zod";
import { eventSchema, typeSchemaOf } from "./event.ts";

/** What became of a server; `subject` is `{connection}/server/{server id}`. */
export const serverEventTypes = {
  "server.created": "The server exists and is ours.",
  "server.running": "It runs, as the provider says; that its system answers is not meant.",
  "server.stopped": "It is off, or in standby: `state` says which.",
  "server.deleted": "It is gone.",
} as const satisfies Record<`server.${string}`, string>;
export type ServerEventType = keyof typeof serverEventTypes;

export const serverEventDataSchema = z.strictObject({
  connection: z.string(),
  server_id: z.string(),
  name: z.string().nullable(),
  /** The provider's own word. */
  state: z.string().nullable(),
  operation_id: z.string(),
});

export const serverEventSchema = z.strictObject({
  ...eventSchema.shape,
  type: typeSchemaOf(serverEventTypes),
  data: serverEventDataSchema,
});
