import { atInstant, type Counters } from "./counters.ts";
import { eurosOf, type Decision, type Refusal } from "./decide.ts";
import type { Limits } from "./limits.ts";
import { heldByOthers, reservedForMilliseconds, type Wants } from "./reservation.ts";

const none = { used: null, retryAfterSeconds: null, pointer: "" } as const;

const overServers = (limits: Limits, counters: Counters, job: string, wanted: number): Refusal | null => {
  const value = limits.servers;
  if (value === undefined || wanted === 0) return null;
  const used = counters.servers.length;
  const held = heldByOthers(counters.reservations, job).servers;
  if (used + held + wanted <= value) return null;
  const other = held === 0 ? "" : `, and other bulk jobs have reserved ${held}`;
  const detail = `the limit servers is ${value}, and Switchyard has ${used} there or on the way${other}: ${wanted} more do not fit`;
  return { ...none, limit: "servers", value, used, detail };
};

const overEuros = (limits: Limits, counters: Counters, job: string, wanted: number): Refusal | null => {
  const value = limits.euros_per_day;
  if (value === undefined || wanted === 0) return null;
  const held = heldByOthers(counters.reservations, job).millionths;
  if (counters.millionths + held + wanted <= value * 1_000_000) return null;
  const used = eurosOf(counters.millionths);
  const other = held === 0 ? "" : `, other bulk jobs have reserved ${eurosOf(held)}`;
  const detail = `the limit euros_per_day is ${value}, today's requests have used ${used} of it${other}, and this job costs ${eurosOf(wanted)} in 24 hours`;
  return { ...none, limit: "euros_per_day", value, used, detail };
};

const neverCreates = (limits: Limits, makes: number): Refusal | null =>
  limits.creates_per_minute !== 0 || makes === 0
    ? null
    : {
        ...none,
        limit: "creates_per_minute",
        value: 0,
        used: 0,
        detail: "the limit creates_per_minute is 0: nothing can be made",
      };

/** Whether there is anything to be kept in the counters for these wants. */
export const isReserving = (limits: Limits, wants: Wants): boolean =>
  wants.items > 0 &&
  ((limits.servers !== undefined && wants.servers > 0) ||
    (limits.euros_per_day !== undefined && wants.millionths > 0) ||
    Object.keys(wants.quotas).length > 0);

/**
 * Whether a job may set aside what it wants, and the counters with that in them. One that has a living reservation keeps
 * it as it is. A provider's quota refuses nothing: it is the provider's to say. Pure.
 */
export const decideReservation = (
  limits: Limits,
  counters: Counters,
  job: string,
  wants: Wants,
  now: number,
): Decision => {
  const fresh = atInstant(counters, now);
  if (fresh.reservations?.some((one) => one.job === job) === true) return { is: "allowed", counters: null };
  const refusal =
    overServers(limits, fresh, job, wants.servers) ??
    overEuros(limits, fresh, job, wants.millionths) ??
    neverCreates(limits, wants.makes);
  if (refusal !== null) return { is: "refused", refusal };
  if (!isReserving(limits, wants)) return { is: "allowed", counters: null };
  const { items, servers, millionths, quotas } = wants;
  const until = now + reservedForMilliseconds;
  const made = { job, until, items, left: items, servers, millionths, quotas: { ...quotas } };
  return { is: "allowed", counters: { ...fresh, reservations: [...(fresh.reservations ?? []), made] } };
};
