import { dataSchemaOf, typePrefix, type EventType, type SwitchyardEvent } from "../../events/event.ts";
import { asJson } from "./json.ts";
import type { Operation } from "./operation.ts";
import { viewOf } from "./view.ts";

/** Where our events come from: the CloudEvents source. */
export const eventSource = "switchyard";

interface Words {
  readonly type: EventType;
  readonly subject: string;
  readonly sequence: number;
  readonly data: SwitchyardEvent["data"];
}

const append = (operation: Operation, { type, subject, sequence, data }: Words): Operation => {
  const count = operation.event_count + 1;
  const event: SwitchyardEvent = {
    specversion: "1.0",
    id: `evt_${operation.id}_${count}`,
    source: eventSource,
    type: `${typePrefix}${type}`,
    subject,
    time: operation.updated_at,
    sequence,
    dataschema: dataSchemaOf(type),
    data,
  };
  return { ...operation, event_count: count, outbox: [...operation.outbox, event] };
};

/** The operation with an event about itself in its outbox, showing it as it is now. */
export const announce = (
  operation: Operation,
  type: Extract<EventType, `operation.${string}`>,
): Operation => {
  const counted = { ...operation, sequence: operation.sequence + 1 };
  return append(counted, {
    type,
    subject: counted.id,
    sequence: counted.sequence,
    data: asJson(viewOf(counted)),
  });
};

/** Subject of a server's events. */
export const serverSubject = (connection: string, serverId: string): string =>
  `${connection}/server/${serverId}`;

/** The operation with an event about its server in the outbox; unchanged when it is not about a server. */
export const announceServer = (
  operation: Operation,
  type: Extract<EventType, `server.${string}`>,
  state: string | null,
): Operation => {
  const { resource } = operation;
  if (resource?.type !== "server") return operation;
  const sequence = (operation.resource_sequence ?? 0) + 1;
  return append(
    { ...operation, resource_sequence: sequence },
    {
      type,
      subject: serverSubject(operation.connection, resource.id),
      sequence,
      data: {
        connection: operation.connection,
        server_id: resource.id,
        name: operation.resource_name,
        tags: operation.tags,
        state,
        operation_id: operation.id,
      },
    },
  );
};
