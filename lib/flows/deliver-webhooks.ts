import { bySubject } from "../webhook/by-subject.ts";
import { type Endpoint } from "../webhook/endpoint.ts";
import type { HttpClient } from "../ports/http-client.ts";
import type { Ports } from "../ports/ports.ts";
import { attemptDelivery } from "./attempt-delivery.ts";
import { callBack } from "./call-back.ts";
import { checkReceiver } from "./check-receiver.ts";
import { type DelivererLease, isAnybodyReading, takeDelivererLease } from "./deliverer-lease.ts";
import { catchUp, dispatchEvents } from "./dispatch-events.ts";
import { loadEndpoints, publishEndpoint } from "./endpoint-store.ts";
import { Errands } from "./errands.ts";
import { LeaseLost } from "./follower-lease.ts";
import { tendStop } from "./stop-switch.ts";
import { inParallel } from "./in-parallel.ts";

/** What the deliverer may use: no provider, no operation, and an HTTP client that reaches public addresses only. */
export type DeliverPorts = Pick<
  Ports,
  | "deliveries"
  | "documents"
  | "cells"
  | "feed"
  | "bus"
  | "queue"
  | "secrets"
  | "clock"
  | "randomness"
  | "log"
  | "deployment"
> & {
  readonly http: HttpClient;
  readonly signingKeyReference: string;
  readonly allowsLoopbackEndpoints: boolean;
};

/** One invocation of the deliverer. */
export interface DeliverTurn {
  readonly ports: DeliverPorts;
  /** Milliseconds left before the invocation is ended from outside. */
  readonly timeLeft: () => number;
}

const roundMilliseconds = 500;
/** How long one deliverer goes on: the next minute's tick takes over. */
const runMilliseconds = 58_000;
/** Left over for the attempts that are under way: the longest takes 20 s. */
const reserveMilliseconds = 25_000;
/** Attempts at one endpoint at the same time. Each endpoint has its own, so that none waits for another. */
const attemptsAtOnce = 4;
/** What is due until the next tick is waited for. */
const lookaheadMilliseconds = 62_000;
/** Deliveries that one look at the due index gives for an endpoint. */
const deliveriesAtOnce = 200;

/** What one invocation has in its hands. */
interface Delivering {
  readonly turn: DeliverTurn;
  readonly lease: DelivererLease;
  readonly errands: Errands;
  /** Milliseconds since the epoch: no attempt begins from then on. */
  readonly endsAt: number;
}

/** Attempts these: events about one thing one after the other in their order, those about several side by side. */
const attemptInOrder = async (ids: readonly string[], { turn, endsAt }: Delivering): Promise<void> => {
  const { deliveries, clock } = turn.ports;
  const groups = bySubject(await deliveries.loadMany(ids));
  await inParallel(groups, attemptsAtOnce, async (group) => {
    for (const delivery of group) if (clock.now() < endsAt) await attemptDelivery(delivery, turn);
  });
};

/**
 * Begins what is due at one endpoint, unless its lane is still at work.
 * @returns whether something is due until the next tick
 */
const serveEndpoint = async (delivering: Delivering, endpoint: Endpoint): Promise<boolean> => {
  const { errands, turn } = delivering;
  const { deliveries, clock } = turn.ports;
  const lane = `deliver to ${endpoint.id}`;
  if (errands.isRunning(lane)) return true;
  // What waits at an endpoint that is off is ended, whenever it would have been due.
  const isOff = endpoint.state === "disabled" || endpoint.deleted_at !== null;
  const now = clock.now();
  const horizon = isOff ? Number.MAX_SAFE_INTEGER : now + lookaheadMilliseconds;
  const waiting = await deliveries.due(endpoint.id, horizon, deliveriesAtOnce);
  const due = waiting.filter(({ dueAtMilliseconds }) => isOff || dueAtMilliseconds <= now);
  if (due.length > 0)
    errands.begin(lane, () =>
      attemptInOrder(
        due.map(({ id }) => id),
        delivering,
      ),
    );
  return waiting.length > 0;
};

/** One round. @returns whether anything is going on, or will be before the next tick */
const round = async (delivering: Delivering): Promise<boolean> => {
  const { turn, lease, errands } = delivering;
  const { ports } = turn;
  const { read, endpoints } = await dispatchEvents(lease, ports);
  let isBusy = read > 0;
  for (const endpoint of endpoints) {
    if (endpoint.outbox.length > 0 || endpoint.deleted_at !== null) {
      // One that is deleted and has nothing to say goes at some later tick.
      isBusy ||= endpoint.outbox.length > 0;
      errands.begin(`publish ${endpoint.id}`, () => publishEndpoint(endpoint, ports));
    }
    if (endpoint.catch_up !== null && endpoint.state === "enabled") {
      isBusy = true;
      errands.begin(`catch up ${endpoint.id}`, () => catchUp(endpoint, ports));
    }
    if (endpoint.conformance !== null && endpoint.conformance.ended_at === null) {
      isBusy = true;
      errands.begin(`check ${endpoint.id}`, () => checkReceiver(endpoint, turn));
    }
  }
  const waits = await inParallel(endpoints, endpoints.length, (endpoint) =>
    serveEndpoint(delivering, endpoint),
  );
  return isBusy || waits.includes(true) || !errands.isEmpty;
};

/** Whether something came between the last look and the end of the lease: whoever was woken for it has gone already. */
const isSomethingNew = async (lease: DelivererLease, { feed }: DeliverPorts): Promise<boolean> =>
  lease.isReading && (await feed.read(lease.position, 1)).events.length > 0;

/** Somebody else goes on, whose time is not over. Without it the next tick would. */
const wakeNext = async ({ queue, log }: DeliverPorts): Promise<void> => {
  try {
    await queue.wakeDeliverer();
  } catch (error) {
    log.warn("no other deliverer was woken; the next tick comes within a minute", {
      error: error instanceof Error ? error.message : "unknown fault",
    });
  }
};

/** Rounds until nothing is left to do, or time is over. @returns whether more has come meanwhile, and there is time */
const deliver = async (delivering: Delivering): Promise<boolean> => {
  const { turn, lease, errands, endsAt } = delivering;
  const { clock } = turn.ports;
  while (clock.now() < endsAt) {
    const began = clock.now();
    if (!(await round(delivering))) break;
    await lease.keep();
    const rest = Math.min(began + roundMilliseconds, endsAt) - clock.now();
    if (rest > 0) await clock.sleep(rest);
  }
  // Attempts need no lease: whoever comes next must not wait for a receiver that does not answer.
  await lease.release();
  const isMore = await isSomethingNew(lease, turn.ports);
  const hasTime = clock.now() < endsAt;
  if (isMore && !hasTime) await wakeNext(turn.ports);
  await errands.settled();
  return isMore && hasTime;
};

const deliverOnce = async (turn: DeliverTurn, endsAt: number): Promise<boolean> => {
  const { ports } = turn;
  const lease = await takeDelivererLease(ports);
  if (lease === null) return false;
  const errands = new Errands();
  let goesOn = false;
  try {
    goesOn = await deliver({ turn, lease, errands, endsAt });
  } catch (error) {
    await errands.settled();
    if (!(error instanceof LeaseLost)) throw error;
    ports.log.info("another deliverer has taken over");
    return false;
  }
  const unknown = errands.failures;
  if (unknown.length > 0) throw new AggregateError(unknown, `${unknown.length} pieces of work failed.`);
  return goesOn;
};

/** Turns at the lease until nothing is left to do. */
const deliverAll = async (turn: DeliverTurn, endsAt: number): Promise<void> => {
  const { ports } = turn;
  const isNeeded = (await loadEndpoints(ports)).length > 0 || (await isAnybodyReading(ports));
  if (isNeeded) while (await deliverOnce(turn, endsAt)) ports.log.debug("more has come meanwhile");
};

/**
 * Makes deliveries of what is new in the feed and attempts those that are due, for as long as the invocation allows.
 * With nothing to do it returns at once. Two deliverers at the same time do no harm.
 * @throws AggregateError when something failed in a way that we don't know; everything else has been done then
 */
export const deliverWebhooks = async (turn: DeliverTurn): Promise<void> => {
  const { ports } = turn;
  const endsAt = ports.clock.now() + Math.min(runMilliseconds, turn.timeLeft() - reserveMilliseconds);
  // What is to be said of the stop switch becomes an event like any other; its fault keeps no delivery waiting.
  const told = await Promise.allSettled([tendStop(ports)]);
  // A fault of one waits for the other: nothing goes on in a sandbox whose invocation is over.
  const worked = await Promise.allSettled([callBack(ports, endsAt), deliverAll(turn, endsAt)]);
  for (const one of [...told, ...worked]) if (one.status === "rejected") throw one.reason;
};
