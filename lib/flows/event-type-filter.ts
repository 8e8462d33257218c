import { typePrefix, type EventType } from "../../events/event.ts";
import { nearest } from "../operation/nearest.ts";

/** Names alone: the tables with their descriptions bring schemas and examples along. The compiler keeps it whole. */
const names = {
  "bulk_job.cancelled": true,
  "bulk_job.completed": true,
  "bulk_job.confirmed": true,
  "bulk_job.failed": true,
  "bulk_job.paused": true,
  "bulk_job.planned": true,
  "bulk_job.progressed": true,
  "bulk_job.resumed": true,
  "bulk_job.started": true,
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
  "schedule.alert": true,
  "schedule.confirmation_needed": true,
  "schedule.confirmation_superseded": true,
  "schedule.conflict": true,
  "schedule.created": true,
  "schedule.deleted": true,
  "schedule.drifted": true,
  "schedule.dst_collapsed": true,
  "schedule.edge_applied": true,
  "schedule.edge_observed": true,
  "schedule.edge_skipped": true,
  "schedule.flapping": true,
  "schedule.missed": true,
  "schedule.override_added": true,
  "schedule.override_cancelled": true,
  "schedule.paused": true,
  "schedule.ready": true,
  "schedule.resumed": true,
  "schedule.server_delayed": true,
  "schedule.server_left_alone": true,
  "schedule.stop_announced": true,
  "schedule.updated": true,
  "schedule.woken": true,
  "schedule.zone_rules_changed": true,
  "server.created": true,
  "server.deleted": true,
  "server.rebooted": true,
  "server.running": true,
  "server.stopped": true,
  "server.suspended": true,
  "server.unsuspended": true,
  "stop.lifted": true,
  "stop.set": true,
} as const satisfies Record<EventType, true>;

const known = Object.keys(names).map((name) => typePrefix + name);
const groups = [...new Set(known.map((type) => `${type.slice(0, type.lastIndexOf("."))}.*`))];

/** Whether a filter of types (`*`, a type, or how types begin with a `*` after it) can ever let an event through. */
export const meansSomething = (filter: string): boolean => {
  if (!filter.endsWith("*")) return known.includes(filter);
  const start = filter.slice(0, -1);
  return known.some((type) => type.startsWith(start));
};

/** What is wrong with a filter that lets nothing through. */
export const unknownFilter = (filter: string): string => {
  const meant = nearest(filter, filter.endsWith("*") ? groups : [...known, ...groups]);
  const instead = meant === null ? "GET /v1/event-types lists the types" : `did you mean "${meant}"?`;
  return `no type of event is meant by this; ${instead}`;
};
