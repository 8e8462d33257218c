import type { Connection } from "../connection.ts";
import { recounted, type Counters } from "../limits/counters.ts";
import { decide, isCounting, outsideOf, type Decision, type Refusal } from "../limits/decide.ts";
import { demandOf, type Demand } from "../limits/demand.ts";
import { raisedBy, type LimitName, type Limits } from "../limits/limits.ts";
import type { Operation } from "../operation/operation.ts";
import type { Ports } from "../ports/ports.ts";
import { loadCounters, saveCounters } from "./limit-cell.ts";
import { lookAtCounted } from "./recount-servers.ts";
import { RequestRefused } from "./request-refused.ts";
import { priceOf } from "./type-prices.ts";

export type LimitPorts = Pick<
  Ports,
  "operations" | "cells" | "providers" | "clock" | "randomness" | "log" | "deployment"
>;

/** Servers are counted anew for a request at most this often, and for at most this long. In milliseconds. */
const recountsApart = 5000;
const recountFor = 3000;
/** How long a request tries to be counted beside others, in milliseconds. */
const countedWithin = 5000;

const codes: Readonly<Record<LimitName, string>> = {
  servers: "LIMIT_SERVERS",
  creates_per_minute: "LIMIT_CREATES_PER_MINUTE",
  euros_per_day: "LIMIT_EUROS_PER_DAY",
  zones: "LIMIT_ZONE",
  types: "LIMIT_TYPE",
};

const hints: Readonly<Record<LimitName, string>> = {
  servers: "Delete servers that are not needed",
  creates_per_minute: "Ask again later with the same Idempotency-Key",
  euros_per_day: "Ask again tomorrow (UTC)",
  zones: "Choose another zone",
  types: "Choose another type",
};

const refused = (refusal: Refusal, { name }: Connection): RequestRefused =>
  new RequestRefused({
    status: refusal.limit === "creates_per_minute" ? 429 : 422,
    code: codes[refusal.limit],
    title: "A limit of the connection does not allow it",
    detail: `Connection ${name}: ${refusal.detail}.`,
    faults: [{ pointer: refusal.pointer, detail: refusal.detail }],
    hint: `${hints[refusal.limit]}, or ask ${raisedBy(name)} to change the limit.`,
    ...(refusal.retryAfterSeconds === null ? {} : { retryAfterSeconds: refusal.retryAfterSeconds }),
  });

const tooBusy = (name: string): RequestRefused =>
  new RequestRefused({
    status: 429,
    code: "LIMIT_CONTESTED",
    title: "Too many requests are being counted",
    detail: `Many requests for connection ${name} are counted against its limits at this moment.`,
    hint: "Ask again with the same Idempotency-Key.",
    retryAfterSeconds: 1,
  });

const withoutPrice = (
  type: string | null,
  value: number,
  used: number,
): Pick<Refusal, "value" | "used" | "detail"> => ({
  value,
  used,
  detail:
    type === null
      ? `the limit euros_per_day is ${value}, and a request that names no type has no known price`
      : `the limit euros_per_day is ${value}, and the price of ${type.slice(0, 60)} is not known: neither the provider tells it nor the connection (prices.types)`,
});

/**
 * What the request costs in 24 hours, in millionths of a euro: the dearest of its choices. 0 where money is not limited.
 * @throws RequestRefused when a price is not known
 */
const costOf = async (limits: Limits, demand: Demand, connection: Connection, ports: LimitPorts) => {
  const value = limits.euros_per_day;
  if (value === undefined) return 0;
  const prices = await Promise.all(
    demand.types.map(async ({ name: type, pointer }) => {
      const price = type === null ? null : await priceOf(type, connection, ports);
      if (price !== null) return price;
      const { counters } = await loadCounters(connection, ports);
      const words = withoutPrice(type, value, counters.millionths / 1_000_000);
      throw refused({ limit: "euros_per_day", pointer, retryAfterSeconds: null, ...words }, connection);
    }),
  );
  return Math.ceil(Math.max(0, ...prices) * 24 * 1_000_000);
};

/** Servers that are full may only seem so: those that are gone leave their places, when anybody looks. */
const afterRecount = async (
  counters: Counters,
  most: number,
  connection: Connection,
  ports: LimitPorts,
): Promise<Counters | null> => {
  const began = ports.clock.now();
  if (began - counters.recounted_at < recountsApart) return null;
  const findings = await lookAtCounted(counters, connection, ports, {
    enough: counters.servers.length + 1 - most,
    mayGoOn: () => ports.clock.now() - began < recountFor,
  });
  return recounted(counters, findings, ports.clock.now());
};

const isFull = (decision: Decision): boolean =>
  decision.is === "refused" && decision.refusal.limit === "servers";

/** One attempt to be counted. @returns whether it is; false: somebody else wrote meanwhile. @throws RequestRefused */
const count = async (
  limits: Limits,
  demand: Demand,
  millionths: number,
  connection: Connection,
  ports: LimitPorts,
): Promise<boolean> => {
  const { counters, version } = await loadCounters(connection, ports);
  const decideOn = (given: Counters): Decision =>
    decide(limits, given, demand, millionths, ports.clock.now());
  const first = decideOn(counters);
  const anew = isFull(first) ? await afterRecount(counters, limits.servers ?? 0, connection, ports) : null;
  const decision = anew === null ? first : decideOn(anew);
  if (decision.is === "refused") {
    if (anew !== null) await saveCounters(connection, anew, version, ports);
    throw refused(decision.refusal, connection);
  }
  return decision.counters === null || saveCounters(connection, decision.counters, version, ports);
};

/**
 * Holds a request to the limits of its connection, and counts it, before its row is put: whoever dies in between has
 * counted it under the operation's id, and the same request again is not counted twice. Where the counters can't be
 * read nothing is made. Not for replays: whoever calls has looked whether the row is there.
 * @throws RequestRefused 422 `LIMIT_SERVERS`, `LIMIT_EUROS_PER_DAY`, `LIMIT_ZONE`, `LIMIT_TYPE`, 429
 *   `LIMIT_CREATES_PER_MINUTE`, `LIMIT_CONTESTED`
 */
export const checkLimits = async (
  asked: Operation,
  connection: Connection,
  ports: LimitPorts,
): Promise<void> => {
  const { limits } = connection;
  const demand = limits === undefined ? null : demandOf(asked, connection);
  if (limits === undefined || demand === null) return;
  const outside = outsideOf(limits, demand);
  if (outside !== null) throw refused(outside, connection);
  if (!isCounting(limits, demand)) return;
  const millionths = await costOf(limits, demand, connection, ports);
  const until = ports.clock.now() + countedWithin;
  while (!(await count(limits, demand, millionths, connection, ports))) {
    if (ports.clock.now() > until) throw tooBusy(connection.name);
    await ports.clock.sleep(10 + Math.floor(ports.randomness.fraction() * 90));
  }
};
