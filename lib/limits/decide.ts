import { atInstant, inLastMinute, isCounted, minute, type Counters } from "./counters.ts";
import type { Demand, Named } from "./demand.ts";
import type { LimitName, Limits } from "./limits.ts";

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

const overEuros = (limits: Limits, millionths: number, counters: Counters): Refusal | null => {
  const value = limits.euros_per_day;
  if (value === undefined || millionths === 0) return null;
  if (counters.millionths + millionths <= value * 1_000_000) return null;
  const used = eurosOf(counters.millionths);
  return {
    limit: "euros_per_day",
    value,
    used,
    pointer: "/input",
    detail: `the limit euros_per_day is ${value}, today's requests have used ${used} of it, and this one costs ${eurosOf(millionths)} in 24 hours`,
    retryAfterSeconds: null,
  };
};

const overServers = (limits: Limits, demand: Demand, { servers }: Counters): Refusal | null => {
  const value = limits.servers;
  if (value === undefined || !demand.makesServer || servers.length < value) return null;
  const used = servers.length;
  return {
    limit: "servers",
    value,
    used,
    pointer: "/kind",
    detail: `the limit servers is ${value}, and Switchyard has ${used} there or on the way`,
    retryAfterSeconds: null,
  };
};

/**
 * Whether the counted limits allow a request, and what is to be written down for it. A request that was counted before
 * is allowed and costs nothing more. Pure.
 * @param millionths what it costs in 24 hours, in millionths of a euro; 0 where money is not limited
 */
export const decide = (
  limits: Limits,
  counters: Counters,
  demand: Demand,
  millionths: number,
  now: number,
): Decision => {
  if (isCounted(counters, demand.by)) return { is: "allowed", counters: null };
  const fresh = atInstant(counters, now);
  const refusal =
    overServers(limits, demand, fresh) ??
    overRate(limits, demand, fresh, now) ??
    overEuros(limits, millionths, fresh);
  if (refusal !== null) return { is: "refused", refusal };
  const isRemembered = limits.creates_per_minute !== undefined || limits.euros_per_day !== undefined;
  return {
    is: "allowed",
    counters: {
      ...fresh,
      recent: isRemembered ? [...fresh.recent, { by: demand.by, at: now, makes: demand.makesSomething }] : [],
      millionths: fresh.millionths + millionths,
      servers:
        limits.servers !== undefined && demand.makesServer
          ? [...fresh.servers, { by: demand.by, at: now, id: null }]
          : fresh.servers,
    },
  };
};
