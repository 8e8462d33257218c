import { deliveryEventDataSchema, type DeliveryEventData } from "../../events/delivery-event.ts";
import type { EndpointEventData } from "../../events/endpoint-event.ts";
import { endpointFields } from "../../events/endpoint-fields.ts";
import { dataSchemaOf, typePrefix, type EventType, type SwitchyardEvent } from "../../events/event.ts";
import { eventSource } from "../operation/announce.ts";
import { canonicalJson, type Json } from "../operation/json.ts";
import { fingerprintOf } from "../operation/operation-id.ts";
import { instant, secondsBetween } from "../operation/time.ts";
import { shownUrl } from "./address.ts";
import type { Delivery } from "./delivery.ts";
import type { Endpoint } from "./endpoint.ts";
import type { EndpointChanges, EndpointFact } from "./endpoint-fact.ts";

/** Seconds of only failures after which the others are warned, and after which nothing more is sent. */
export const warnAfterSeconds = 24 * 3600;
export const disableAfterSeconds = 5 * 24 * 3600;
/** The longest that an older secret may sign beside the new one. */
export const longestOverlapSeconds = 7 * 24 * 3600;
/** Older secrets that sign at most: each adds a signature to every attempt. */
const mostPrevious = 4;

/** The endpoint after a fact, with its events in the outbox; the very same one, and `save` false, if nothing is to be written. */
export interface EndpointChange {
  readonly next: Endpoint;
  readonly save: boolean;
  readonly why: string;
}

const unchanged = (endpoint: Endpoint, why: string): EndpointChange => ({ next: endpoint, save: false, why });

type Said = Extract<EventType, `endpoint.${string}` | `delivery.${string}`>;

const say = (endpoint: Endpoint, type: Said, data: SwitchyardEvent["data"], now: number): Endpoint => {
  const sequence = endpoint.sequence + 1;
  const event: SwitchyardEvent = {
    specversion: "1.0",
    // It tells when it was said: so its place in the feed is found again.
    id: `evt_endpoint_${Math.floor(now)}_${fingerprintOf([endpoint.id, sequence]).slice(0, 20)}`,
    source: eventSource,
    type: `${typePrefix}${type}`,
    subject: endpoint.id,
    time: instant(now),
    sequence,
    dataschema: dataSchemaOf(type),
    data,
  };
  return { ...endpoint, sequence, outbox: [...endpoint.outbox, event], updated_at: instant(now) };
};

/** The endpoint with an event about itself in its outbox, which shows it as it is now. */
const announce = (
  endpoint: Endpoint,
  type: Exclude<Extract<Said, `endpoint.${string}`>, "endpoint.test">,
  now: number,
  more: Partial<EndpointEventData> = {},
): Endpoint => {
  const data: EndpointEventData = {
    endpoint: endpoint.id,
    url: shownUrl(endpoint.url),
    state: endpoint.state,
    reason: endpoint.disabled_reason,
    failing_since: endpoint.failing_since,
    changed: [],
    previous_secret_until: null,
    ...more,
  };
  return say(endpoint, type, data, now);
};

const healthy = { failing_since: null, warned_at: null } as const;

const succeeded = (endpoint: Endpoint, now: number): EndpointChange => {
  if (endpoint.state === "disabled") return unchanged(endpoint, "it is disabled, until somebody enables it");
  if (endpoint.failing_since === null) return unchanged(endpoint, "it was well already");
  const well = { ...endpoint, ...healthy, updated_at: instant(now) };
  const next = endpoint.warned_at === null ? well : announce(well, "endpoint.recovered", now);
  return { next, save: true, why: "it took an event again" };
};

const disable = (endpoint: Endpoint, now: number, reason: string): EndpointChange => {
  if (endpoint.state === "disabled") return unchanged(endpoint, "it is disabled already");
  const off: Endpoint = { ...endpoint, state: "disabled", disabled_reason: reason };
  return { next: announce(off, "endpoint.disabled", now), save: true, why: reason };
};

const failed = (endpoint: Endpoint, now: number, detail: string): EndpointChange => {
  if (endpoint.state === "disabled") return unchanged(endpoint, "it is disabled already");
  const { failing_since: since, warned_at: warned } = endpoint;
  if (since === null) {
    const at = instant(now);
    return { next: { ...endpoint, failing_since: at, updated_at: at }, save: true, why: "its first failure" };
  }
  const seconds = secondsBetween(since, now);
  if (seconds >= disableAfterSeconds) {
    return disable(endpoint, now, `five days of only failures; the last one: ${detail}`);
  }
  if (seconds >= warnAfterSeconds && warned === null) {
    const marked = { ...endpoint, warned_at: instant(now) };
    const next = announce(marked, "endpoint.failing", now, { reason: detail });
    return { next, save: true, why: "a day of only failures" };
  }
  return unchanged(endpoint, "it is known to be failing");
};

/**
 * What is said of a delivery that was given up. Not when that was itself such an event: two receivers that are both away
 * would have news of each other for ever.
 */
const exhausted = (endpoint: Endpoint, now: number, delivery: Delivery): EndpointChange => {
  if (delivery.type === `${typePrefix}delivery.exhausted`) {
    return unchanged(endpoint, "an event about a lost event is not told of again");
  }
  const last = delivery.attempts.at(-1);
  const data: DeliveryEventData = {
    endpoint: endpoint.id,
    url: shownUrl(endpoint.url),
    delivery: delivery.id,
    event_id: delivery.event_id,
    event_type: delivery.type,
    attempts: delivery.tries,
    last_status: last?.status ?? null,
    last_error: last?.error ?? null,
  };
  const next = say(endpoint, "delivery.exhausted", deliveryEventDataSchema.parse(data), now);
  return { next, save: true, why: "a delivery was given up" };
};

const updated = (endpoint: Endpoint, now: number, changes: EndpointChanges): EndpointChange => {
  const next: Endpoint = { ...endpoint, ...changes };
  const textOf = (value: Json): string => canonicalJson(value);
  const changed = endpointFields.filter((field) => textOf(endpoint[field]) !== textOf(next[field]));
  if (changed.length === 0) return unchanged(endpoint, "nothing is different");
  // Failures at the old place say nothing about the new one.
  const fresh = changed.includes("url") ? { ...next, ...healthy } : next;
  return { next: announce(fresh, "endpoint.updated", now, { changed }), save: true, why: "it was changed" };
};

const recovered = (endpoint: Endpoint, now: number): EndpointChange => {
  if (endpoint.state === "enabled") return unchanged(endpoint, "it is enabled already");
  const on: Endpoint = {
    ...endpoint,
    ...healthy,
    state: "enabled",
    disabled_reason: null,
    enabled_since: instant(now),
  };
  return { next: announce(on, "endpoint.recovered", now), save: true, why: "it was enabled again" };
};

const rotated = (endpoint: Endpoint, now: number, overlapSeconds: number): EndpointChange => {
  if (!(overlapSeconds >= 0 && overlapSeconds <= longestOverlapSeconds)) {
    throw new RangeError(`an overlap is 0 to ${longestOverlapSeconds} seconds`);
  }
  const until = overlapSeconds === 0 ? null : instant(now + overlapSeconds * 1000);
  const older = endpoint.previous.filter((one) => Date.parse(one.until) > now);
  const previous = until === null ? [] : [{ generation: endpoint.generation, until }, ...older];
  const turned: Endpoint = {
    ...endpoint,
    generation: endpoint.generation + 1,
    previous: previous.slice(0, mostPrevious),
  };
  const next = announce(turned, "endpoint.secret_rotated", now, { previous_secret_until: until });
  return { next, save: true, why: "it has a new secret" };
};

const deleted = (endpoint: Endpoint, now: number): EndpointChange => {
  const off: Endpoint = {
    ...endpoint,
    state: "disabled",
    disabled_reason: "it was deleted",
    deleted_at: instant(now),
  };
  return { next: announce(off, "endpoint.deleted", now), save: true, why: "it was deleted" };
};

const published = (endpoint: Endpoint, ids: readonly string[]): EndpointChange => {
  const outbox = endpoint.outbox.filter(({ id }) => !ids.includes(id));
  if (outbox.length === endpoint.outbox.length) return unchanged(endpoint, "they were out already");
  return { next: { ...endpoint, outbox }, save: true, why: "its events are out" };
};

/**
 * What a fact does to an endpoint. Pure. A disabled one is enabled by `recovered` alone, a deleted one by nothing.
 *
 * @param now milliseconds since the epoch
 * @throws RangeError on an overlap that is not 0 to `longestOverlapSeconds`
 */
export const endpointChange = (endpoint: Endpoint, fact: EndpointFact, now: number): EndpointChange => {
  if (endpoint.deleted_at !== null && fact.type !== "published") return unchanged(endpoint, "it is deleted");
  switch (fact.type) {
    case "succeeded":
      return succeeded(endpoint, now);
    case "failed":
      return failed(endpoint, now, fact.detail);
    case "gone":
      return disable(endpoint, now, "it answered 410: it wants no more events");
    case "exhausted":
      return exhausted(endpoint, now, fact.delivery);
    case "created":
      return { next: announce(endpoint, "endpoint.created", now), save: true, why: "it was added" };
    case "updated":
      return updated(endpoint, now, fact.changes);
    case "deleted":
      return deleted(endpoint, now);
    case "disabled":
      return disable(endpoint, now, fact.reason);
    case "recovered":
      return recovered(endpoint, now);
    case "rotated":
      return rotated(endpoint, now, fact.overlapSeconds);
    case "published":
      return published(endpoint, fact.ids);
  }
};
