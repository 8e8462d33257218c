import { atInstant, inLastMinute, isCounted, minute, withReservations, type Counters } from "./counters.ts";
import type { Demand, Named } from "./demand.ts";
import type { LimitName, Limits } from "./limits.ts";
import { heldByOthers, withUse, type Wants } from "./reservation.ts";

/** A limit that stands in the way of a request. */
export interface Refusal {
  readonly limit: LimitName;
  readonly value: number | readonly string[];
  /** How much is used, in the unit of the limit; null where nothing is counted. */
  readonly used: number | null;
  readonly pointer: string;
  /** What is the matter, in words that name the limit and its value. */
  readonly detail: string;
  /** Seconds after which it may pass; null: waiting alone does not help. */
  readonly retryAfterSeconds: number | null;
}

export type Decision =
  /** `counters`: what must be written first; null when the request was counted before. */
  | { readonly is: "allowed"; readonly counters: Counters | null }
  | { readonly is: "refused"; readonly refusal: Refusal };

/** Euros of millionths, to four places at most. */
export const eurosOf = (millionths: number): number => Math.round(millionths / 100) / 10_000;

const outside = (
  limit: "zones" | "types",
  word: string,
  allowed: readonly string[],
  named: readonly Named[],
): Refusal | null => {
  const wrong = named.find(({ name }) => name === null || !allowed.includes(name));
  if (wrong === undefined) return null;
  const is = wrong.name === null ? `names no ${word}` : `${wrong.name.slice(0, 60)} is not allowed`;
  const list = allowed.length === 0 ? "none" : allowed.join(", ");
  return {
    limit,
    value: allowed,
    used: null,
    pointer: wrong.pointer,
    detail: `${is}; the limit ${limit} of the connection allows ${list}`,
    retryAfterSeconds: null,
  };
};

/** The zone or type that the connection does not allow; null when all are. */
export const outsideOf = (limits: Limits, { zones, types }: Demand): Refusal | null =>
  (limits.zones === undefined ? null : outside("zones", "zone", limits.zones, zones)) ??
  (limits.types === undefined ? null : outside("types", "type", limits.types, types));

/** Whether something has to be counted for the request. */
export const isCounting = (limits: Limits, { makesSomething, makesServer, types }: Demand): boolean =>
  (limits.creates_per_minute !== undefined && makesSomething) ||
  (limits.servers !== undefined && makesServer) ||
  (limits.euros_per_day !== undefined && types.length > 0);

const overRate = (limits: Limits, demand: Demand, counters: Counters, now: number): Refusal | null => {
  const value = limits.creates_per_minute;
  if (value === undefined || !demand.makesSomething) return null;
  const used = inLastMinute(counters, now);
  if (used < value) return null;
  const first = counters.recent.find(({ at, makes }) => makes && at > now - minute)?.at ?? now;
  return {
    limit: "creates_per_minute",
    value,
    used,
    pointer: "/kind",
    detail: `the limit creates_per_minute is ${value}, and the last 60 seconds have seen ${used}`,
    retryAfterSeconds: value === 0 ? null : Math.max(1, Math.ceil((first + minute - now) / 1000)),
  };
};

/** What others have set aside, in that order. */
type Held = Pick<Wants, "servers" | "millionths">;

const overEuros = (limits: Limits, millionths: number, counters: Counters, held: Held): Refusal | null => {
  const value = limits.euros_per_day;
  if (value === undefined || millionths === 0) return null;
  if (counters.millionths + held.millionths + millionths <= value * 1_000_000) return null;
  const used = eurosOf(counters.millionths);
  const reserved = held.millionths === 0 ? "" : `, bulk jobs have reserved ${eurosOf(held.millionths)}`;
  return {
    limit: "euros_per_day",
    value,
    used,
    pointer: "/input",
    detail: `the limit euros_per_day is ${value}, today's requests have used ${used} of it${reserved}, and this one costs ${eurosOf(millionths)} in 24 hours`,
    retryAfterSeconds: null,
  };
};

const overServers = (limits: Limits, demand: Demand, { servers }: Counters, held: Held): Refusal | null => {
  const value = limits.servers;
  if (value === undefined || !demand.makesServer || servers.length + held.servers < value) return null;
  const used = servers.length;
  const reserved = held.servers === 0 ? "" : `, and bulk jobs have reserved ${held.servers}`;
  return {
    limit: "servers",
    value,
    used,
    pointer: "/kind",
    detail: `the limit servers is ${value}, and Switchyard has ${used} there or on the way${reserved}`,
    retryAfterSeconds: null,
  };
};

/**
 * Whether the counted limits allow a request, and what is to be written down for it. A request that was counted before
 * is allowed and costs nothing more. What bulk jobs have reserved is left alone, but for the job that it belongs to. Pure.
 * @param millionths what it costs in 24 hours, in millionths of a euro; 0 where money is not limited
 * @param job whose item it is; null: nobody's
 */
export const decide = (
  limits: Limits,
  counters: Counters,
  demand: Demand,
  millionths: number,
  now: number,
  job: string | null = null,
): Decision => {
  if (isCounted(counters, demand.by)) return { is: "allowed", counters: null };
  const fresh = atInstant(counters, now);
  const held = heldByOthers(fresh.reservations, job);
  const refusal =
    overServers(limits, demand, fresh, held) ??
    overRate(limits, demand, fresh, now) ??
    overEuros(limits, millionths, fresh, held);
  if (refusal !== null) return { is: "refused", refusal };
  const isRemembered = limits.creates_per_minute !== undefined || limits.euros_per_day !== undefined;
  const use = { servers: demand.makesServer ? 1 : 0, millionths };
  const { reservations } = fresh;
  const left = job === null ? reservations : withUse(reservations, job, use, now);
  return {
    is: "allowed",
    counters: {
      ...withReservations(fresh, left),
      recent: isRemembered ? [...fresh.recent, { by: demand.by, at: now, makes: demand.makesSomething }] : [],
      millionths: fresh.millionths + millionths,
      servers:
        limits.servers !== undefined && demand.makesServer
          ? [...fresh.servers, { by: demand.by, at: now, id: null }]
          : fresh.servers,
    },
  };
};
