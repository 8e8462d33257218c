import type { HttpClient } from "../ports/http-client.ts";
import type { Ports } from "../ports/ports.ts";
import { callBack } from "./call-back.ts";
import { Lanes } from "./deliverer-lanes.ts";
import { type DelivererLease, isAnybodyReading, takeDelivererLease } from "./deliverer-lease.ts";
import { dispatchEvents } from "./dispatch-events.ts";
import { loadEndpoints } from "./endpoint-store.ts";
import { Errands } from "./errands.ts";
import { LeaseLost } from "./follower-lease.ts";
import { inParallel } from "./in-parallel.ts";
import { type Delivering, serveEndpoints } from "./serve-endpoints.ts";
import { tendStop } from "./stop-switch.ts";

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

/** Whether something came between the last look and the end of the lease: whoever was woken for it has gone already. */
const isSomethingNew = async (lease: DelivererLease, { feed }: DeliverPorts): Promise<boolean> =>
  lease.isReading && (await feed.read(lease.position, 1)).events.length > 0;

/** Lets the next one lead. @returns whether more has come meanwhile, and there is time for it */
const letGo = async (lease: DelivererLease, { turn: { ports }, endsAt }: Delivering): Promise<boolean> => {
  await lease.release();
  const isMore = await isSomethingNew(lease, ports);
  const hasTime = ports.clock.now() < endsAt;
  if (isMore && !hasTime) await wakeNext(ports);
  return isMore && hasTime;
};

const keepLanes = async (lanes: Lanes): Promise<boolean> => {
  await lanes.keep();
  return false;
};

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

const nextRound = async ({ turn: { ports }, endsAt }: Delivering, began: number): Promise<void> => {
  const rest = Math.min(began + roundMilliseconds, endsAt) - ports.clock.now();
  if (rest > 0) await ports.clock.sleep(rest);
};

/** Rounds for as long as something comes. */
const leadRounds = async (lease: DelivererLease, delivering: Delivering): Promise<void> => {
  const { turn, endsAt } = delivering;
  const { ports } = turn;
  while (ports.clock.now() < endsAt) {
    const began = ports.clock.now();
    const { read, endpoints } = await dispatchEvents(lease, ports);
    await serveEndpoints(endpoints, delivering, true);
    // What an endpoint has to say becomes an event a moment later.
    if (read === 0 && endpoints.every(({ outbox }) => outbox.length === 0)) return;
    await lease.keep();
    await nextRound(delivering, began);
  }
};

/**
 * Leads, unless somebody else does, until nothing comes any more. What is under way then needs no lease: whoever comes
 * next must not wait for a receiver that does not answer.
 * @returns whether more has come meanwhile, and there is time
 */
const lead = async (delivering: Delivering): Promise<boolean> => {
  const { turn, lanes } = delivering;
  const { ports } = turn;
  const lease = await takeDelivererLease(ports);
  if (lease === null) return false;
  try {
    await leadRounds(lease, delivering);
    // Side by side, so that nobody hears later of what is new because a lane is to be kept.
    const [isMore] = await inParallel([() => letGo(lease, delivering), () => keepLanes(lanes)], 2, (one) =>
      one(),
    );
    return isMore === true;
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
    ports.log.info("another deliverer has taken over");
    return false;
  }
};

/** Goes on with what it has begun and others don't, until nothing of that is due before the next tick. */
const linger = async (delivering: Delivering): Promise<void> => {
  const { turn, lanes, endsAt } = delivering;
  const { ports } = turn;
  while (!lanes.isEmpty && ports.clock.now() < endsAt) {
    await ports.clock.sleep(roundMilliseconds);
    await serveEndpoints(await loadEndpoints(ports), delivering, false);
    await lanes.keep();
  }
};

/** When time is over, what is under way comes to its end; everything else is somebody's whose time is not over. */
const handOver = async ({ turn: { ports }, errands, lanes }: Delivering): Promise<void> => {
  while (!lanes.isEmpty) {
    lanes.hold(errands.running);
    if (await lanes.keep()) await wakeNext(ports);
    if (errands.isEmpty) return;
    await ports.clock.sleep(roundMilliseconds);
  }
};

/** Reads the key that attempts sign with while their rows are made: a new sandbox is no slower than one that has it. */
const readKey = async ({ secrets, signingKeyReference, log }: DeliverPorts): Promise<void> => {
  try {
    await secrets.read(signingKeyReference);
  } catch (error) {
    // The first attempt reads it again, and its failure is told.
    log.debug("the signing key was not read beforehand", {
      error: error instanceof Error ? error.message : "unknown fault",
    });
  }
};

/** Leads and lingers until nothing is left to do. */
const deliverAll = async (turn: DeliverTurn, endsAt: number): Promise<void> => {
  const { ports } = turn;
  const isNeeded = (await loadEndpoints(ports)).length > 0 || (await isAnybodyReading(ports));
  if (!isNeeded) return;
  const errands = new Errands();
  const delivering = { turn, endsAt, errands, lanes: new Lanes(ports) };
  const reading = readKey(ports);
  try {
    while (await lead(delivering)) ports.log.debug("more has come meanwhile");
    await linger(delivering);
    await handOver(delivering);
  } finally {
    // Nothing goes on in a sandbox whose invocation is over.
    await reading;
    await errands.settled();
  }
  const unknown = errands.failures;
  if (unknown.length > 0) throw new AggregateError(unknown, `${unknown.length} pieces of work failed.`);
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
