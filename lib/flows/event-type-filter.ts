import { typePrefix, type EventType } from "../../events/event.ts";
import { nearest } from "../operation/nearest.ts";

/** Groups whose types may be asked for before all of them are there. */
type LaterType = `bulk_job.${string}` | `schedule.${string}`;
const laterGroups = [`${typePrefix}bulk_job.`, `${typePrefix}schedule.`];

/** Names alone: the tables with their descriptions bring schemas and examples along. The compiler keeps it whole. */
const names = {
  "delivery.exhausted": true,
  "endpoint.created": true,
  "endpoint.deleted": true,
  "endpoint.disabled": true,
  "endpoint.failing": true,
  "endpoint.recovered": true,
  "endpoint.secret_rotated": true,
  "endpoint.test": true,
  "endpoint.updated": true,
  "operation.accepted": true,
  "operation.cancelled": true,
  "operation.failed": true,
  "operation.needs_attention": true,
  "operation.started": true,
  "operation.succeeded": true,
  "orphan.deleted": true,
  "orphan.found": true,
  "orphan.resolved": true,
  "server.created": true,
  "server.deleted": true,
  "server.rebooted": true,
  "server.running": true,
  "server.stopped": true,
  "server.suspended": true,
  "server.unsuspended": true,
  "stop.lifted": true,
  "stop.set": true,
} as const satisfies Record<Exclude<EventType, LaterType>, true>;

const known = Object.keys(names).map((name) => typePrefix + name);
const groups = [...new Set(known.map((type) => `${type.slice(0, type.lastIndexOf("."))}.*`))];

/** Whether a filter of types (`*`, a type, or how types begin with a `*` after it) can ever let an event through. */
export const meansSomething = (filter: string): boolean => {
  if (!filter.endsWith("*"))
    return (
      known.includes(filter) || laterGroups.some((group) => filter.startsWith(group) && filter !== group)
    );
  const start = filter.slice(0, -1);
  return (
    known.some((type) => type.startsWith(start)) ||
    laterGroups.some((group) => group.startsWith(start) || start.startsWith(group))
  );
};

/** What is wrong with a filter that lets nothing through. */
export const unknownFilter = (filter: string): string => {
  const meant = nearest(filter, filter.endsWith("*") ? groups : [...known, ...groups]);
  const instead = meant === null ? "GET /v1/event-types lists the types" : `did you mean "${meant}"?`;
  return `no type of event is meant by this; ${instead}`;
};
