import * as z from "zod";
import { eventSchema, typePrefix, typeSchemaOf } from "./event.ts";

/** What became of a server; `subject` is `{connection}/server/{server id}`. */
export const serverEventTypes = {
  "server.created": "The server exists and is ours.",
  "server.running": "It runs, as the provider says; that its system answers is not meant.",
  "server.stopped": "It is off, or in standby: `state` says which.",
  "server.rebooted": "It was restarted and runs again.",
  "server.suspended": "It is suspended, which has switched it off.",
  "server.unsuspended": "It is no longer suspended, and runs.",
  "server.deleted": "It is gone.",
} as const satisfies Record<`server.${string}`, string>;
export type ServerEventType = keyof typeof serverEventTypes;

export const serverEventDataSchema = z.strictObject({
  connection: z.string(),
  server_id: z.string(),
  name: z.string().nullable(),
  /** Tags that people have put there, as last seen or asked for. */
  tags: z.array(z.string()),
  /** The provider's own word. */
  state: z.string().nullable(),
  operation_id: z.string(),
});

export const serverEventSchema = z.strictObject({
  ...eventSchema.shape,
  type: typeSchemaOf(serverEventTypes),
  data: serverEventDataSchema,
});

const example = (type: ServerEventType, sequence: number, state: string | null, connection = "paris") => {
  const server_id = connection === "paris" ? "6f1f7b1a-3c1e-4a0e-9d6b-2f6f0f6b9c11" : "7";
  return {
    specversion: "1.0" as const,
    id: `evt_op_0123456789abcdefghjkmnpqrs_${sequence + 2}`,
    source: "switchyard",
    type: `${typePrefix}${type}`,
    subject: `${connection}/server/${server_id}`,
    time: "2026-11-02T08:00:31.000Z",
    sequence,
    data: {
      connection,
      server_id,
      name: "web-1",
      tags: ["env=dev"],
      state,
      operation_id: "op_0123456789abcdefghjkmnpqrs",
    },
  };
};

/** One whole event of each type. */
export const serverEventExamples = {
  "server.created": example("server.created", 1, "stopped"),
  "server.running": example("server.running", 2, "running"),
  "server.stopped": example("server.stopped", 3, "stopped"),
  "server.rebooted": example("server.rebooted", 3, "running"),
  "server.suspended": example("server.suspended", 3, "suspended", "panel"),
  "server.unsuspended": example("server.unsuspended", 4, null, "panel"),
  "server.deleted": example("server.deleted", 4, null),
} satisfies Record<ServerEventType, z.infer<typeof eventSchema>>;
