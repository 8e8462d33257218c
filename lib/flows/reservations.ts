import type { Connection } from "../connection.ts";
import { atInstant, withReservations, type Counters } from "../limits/counters.ts";
import { decide, isCounting, outsideOf, type Refusal } from "../limits/decide.ts";
import { demandOf, type Demand } from "../limits/demand.ts";
import type { Limits } from "../limits/limits.ts";
import { heldByOthers, withLife, type Wants } from "../limits/reservation.ts";
import { decideReservation, isReserving } from "../limits/reserve.ts";
import type { Operation } from "../operation/operation.ts";
import type { Ports } from "../ports/ports.ts";
import { afterRecount, countUnderLimits, withCounters, type CountPorts } from "./count-under-limits.ts";
import { loadCounters } from "./limit-cell.ts";
import { costOf } from "./limit-cost.ts";
import { limitRefused } from "./limit-refused.ts";
import { RequestRefused } from "./request-refused.ts";

/** An item as the operation that it would become. */
export type AskedItem = Pick<Operation, "id" | "kind" | "input">;

type CellPorts = Pick<Ports, "cells" | "clock" | "randomness">;

/**
 * What the items of a job come to.
 * @param quotas what the plan has been told of the provider's
 * @throws RequestRefused 422 `LIMIT_EUROS_PER_DAY` where money is limited and a price is not known
 */
export const wantsOf = async (
  connection: Connection,
  asked: readonly AskedItem[],
  quotas: readonly { readonly key: string; readonly wanted: number }[],
  ports: Pick<Ports, "cells" | "providers" | "clock" | "log">,
): Promise<Wants> => {
  const limits = connection.limits ?? {};
  let [makes, servers, millionths] = [0, 0, 0];
  for (const item of asked) {
    const demand = demandOf(item, connection);
    if (demand === null) continue;
    if (demand.makesSomething) makes += 1;
    if (demand.makesServer) servers += 1;
    millionths += await costOf(limits, demand, connection, ports);
  }
  const wanted = Object.fromEntries(quotas.map(({ key, wanted: count }) => [key, count]));
  return { items: asked.length, makes, servers, millionths, quotas: wanted };
};

/**
 * Sets aside for a job what it wants, so that nobody else is let through on the same rest. The same job again keeps the
 * reservation that it has. Nothing is read or written where there is nothing to set aside.
 * @throws RequestRefused 422 `LIMIT_SERVERS`, `LIMIT_EUROS_PER_DAY`, 429 `LIMIT_CREATES_PER_MINUTE` (where it is 0),
 *   `LIMIT_CONTESTED`
 */
export const reserve = async (
  connection: Connection,
  job: string,
  wants: Wants,
  ports: CountPorts,
): Promise<void> => {
  const limits = connection.limits ?? {};
  if (!isReserving(limits, wants) && limits.creates_per_minute !== 0) return;
  await countUnderLimits(
    connection,
    ports,
    (counters) => decideReservation(limits, counters, job, wants, ports.clock.now()),
    ({ servers, reservations }) =>
      servers.length + heldByOthers(reservations, job).servers + wants.servers - (limits.servers ?? 0),
  );
};

/** Why `reserve` would refuse as things stand now, for a plan; null: it would not. Writes nothing. */
export const reservationRefusal = async (
  connection: Connection,
  job: string,
  wants: Wants,
  ports: Pick<Ports, "cells" | "clock">,
): Promise<RequestRefused | null> => {
  const limits = connection.limits ?? {};
  if (!isReserving(limits, wants) && limits.creates_per_minute !== 0) return null;
  const { counters } = await loadCounters(connection, ports);
  const decision = decideReservation(limits, counters, job, wants, ports.clock.now());
  return decision.is === "refused" ? limitRefused(decision.refusal, connection) : null;
};

/**
 * Lets the reservation of a job live on, while the job does: every few minutes at least, paused or not.
 * @param itemsLeft items that have not been begun; what was held for the others is given back
 * @returns false when there is none: it has expired, all of it is used, or there never was one
 */
export const extend = (
  connection: Connection,
  job: string,
  itemsLeft: number,
  ports: CellPorts,
): Promise<boolean> =>
  withCounters(connection, ports, (counters) => {
    const now = ports.clock.now();
    const fresh = atInstant(counters, now);
    if (fresh.reservations?.some((one) => one.job === job) !== true) return { counters: null, result: false };
    return {
      counters: withReservations(fresh, withLife(fresh.reservations, job, itemsLeft, now)),
      result: true,
    };
  });

/** Gives back what a job has not used: at its end, or when it is cancelled. Idempotent. */
export const free = (connection: Connection, job: string, ports: CellPorts): Promise<void> =>
  withCounters(connection, ports, (counters) => {
    const others = counters.reservations?.filter((one) => one.job !== job);
    const isHeld = others?.length !== counters.reservations?.length;
    return { counters: isHeld ? withReservations(counters, others) : null, result: undefined };
  });

/** What became of a batch. */
export interface Admitted {
  /** Ids of the items that may begin. */
  readonly admitted: ReadonlySet<string>;
  /** After how many seconds those that are in neither list may be asked for again; null: there are none. */
  readonly retryAfterSeconds: number | null;
  /** Those that waiting does not help, and why. */
  readonly refused: ReadonlyMap<string, RequestRefused>;
}

interface Counted {
  readonly demand: Demand;
  readonly millionths: number;
}

/** A batch on its way through the limits. */
interface Sorted {
  readonly admitted: Set<string>;
  readonly refused: Map<string, RequestRefused>;
  readonly counted: readonly Counted[];
}

/** What needs no counter is decided here. */
const sorted = async (
  limits: Limits,
  asked: readonly AskedItem[],
  connection: Connection,
  ports: CountPorts,
): Promise<Sorted> => {
  const admitted = new Set<string>();
  const refused = new Map<string, RequestRefused>();
  const counted: Counted[] = [];
  for (const item of asked) {
    const demand = demandOf(item, connection);
    const outside = demand === null ? null : outsideOf(limits, demand);
    if (outside !== null) refused.set(item.id, limitRefused(outside, connection));
    else if (demand === null || !isCounting(limits, demand)) admitted.add(item.id);
    else {
      try {
        counted.push({ demand, millionths: await costOf(limits, demand, connection, ports) });
      } catch (error) {
        if (!(error instanceof RequestRefused)) throw error;
        refused.set(item.id, error);
      }
    }
  }
  return { admitted, refused, counted };
};

/** The counters after all that fit, and what stood in the way of the others. Pure. */
const foldAll = (
  limits: Limits,
  before: Counters,
  batch: readonly Counted[],
  { job, now }: { readonly job: string; readonly now: number },
) => {
  let counters = before;
  const refusals = new Map<string, Refusal>();
  for (const { demand, millionths } of batch) {
    const decision = decide(limits, counters, demand, millionths, now, job);
    if (decision.is === "refused") refusals.set(demand.by, decision.refusal);
    else counters = decision.counters ?? counters;
  }
  return { counters, refusals };
};

/**
 * Counts the items of a job that are about to begin, all with one read and one write, and takes them out of what the job
 * has reserved. Items that were counted before cost nothing more. Where nothing is counted nothing is read.
 * @throws RequestRefused 429 `LIMIT_CONTESTED`
 */
export const admitReserved = async (
  connection: Connection,
  job: string,
  asked: readonly AskedItem[],
  ports: CountPorts,
): Promise<Admitted> => {
  const limits = connection.limits ?? {};
  const { admitted, refused, counted } = await sorted(limits, asked, connection, ports);
  if (counted.length === 0) return { admitted, refused, retryAfterSeconds: null };
  const refusals = await withCounters(connection, ports, async (counters) => {
    const fold = (given: Counters) => foldAll(limits, given, counted, { job, now: ports.clock.now() });
    const first = fold(counters);
    const full = [...first.refusals.values()].filter(({ limit }) => limit === "servers").length;
    const held = heldByOthers(counters.reservations, job).servers;
    const over = Math.max(0, counters.servers.length + held - (limits.servers ?? 0));
    const anew = full === 0 ? null : await afterRecount(counters, over + full, connection, ports);
    const last = anew === null ? first : fold(anew);
    return { counters: last.counters === counters ? null : last.counters, result: last.refusals };
  });
  let retryAfterSeconds: number | null = null;
  for (const { demand } of counted) {
    const refusal = refusals.get(demand.by);
    if (refusal === undefined) admitted.add(demand.by);
    else if (refusal.retryAfterSeconds === null) refused.set(demand.by, limitRefused(refusal, connection));
    else retryAfterSeconds = Math.max(retryAfterSeconds ?? 0, refusal.retryAfterSeconds);
  }
  return { admitted, refused, retryAfterSeconds };
};
