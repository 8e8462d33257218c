import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context, MiddlewareHandler } from "hono";
import type { Call, CallLog } from "./call-log.ts";
import type { RunningDialect, SimulatorEnv } from "./dialect.ts";
import type { ActiveFault, Faults } from "./faults.ts";
import type { FaultName } from "./fault-names.ts";
import type { Draw } from "./randomness.ts";
import type { RateLimit } from "./rate-limit.ts";
import { subjectOf } from "./subject.ts";
import { drawLatency, type Latency } from "./timings.ts";
import { empty, toResponse } from "./wire.ts";
import type { World } from "./world.ts";

/** What stands between the socket and the dialect. */
export interface FrontParts {
  world: World;
  dialect: RunningDialect;
  faults: Faults;
  log: CallLog;
  latency: Latency;
  draw: Draw;
  rate: RateLimit | undefined;
  withinRate: (now: number) => boolean;
}

type Next = () => Promise<void>;

const unavailablePage =
  "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n" +
  "<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n";

const unavailable = (): Response =>
  new Response(unavailablePage, { status: 503, headers: { "Content-Type": "text/html" } });

/** Cuts the connection; the caller learns nothing. */
const cut = (context: Context<SimulatorEnv>): Response => {
  context.env.incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT.clone();
};

/** Whether a fault strikes a call; what struck is told in the call log. */
type Strikes = (name: FaultName) => ActiveFault | undefined;

const strikesOn = async (parts: FrontParts, context: Context<SimulatorEnv>, call: Call): Promise<Strikes> => {
  const { path } = context.req;
  const subject = parts.faults.haveSubjects() ? await subjectOf(context, parts.dialect) : undefined;
  const occasion = { method: call.method, path, ...(subject === undefined ? {} : { subject }) };
  return (name) => {
    const fault = parts.faults.strikes(name, occasion);
    if (fault !== undefined) {
      call.faults.push(name);
    }
    return fault;
  };
};

/** Answers that a fault gives before anything is applied. */
const refusalBefore = (parts: FrontParts, path: string, struck: Strikes): Response | undefined => {
  if (struck("too_many_requests") !== undefined) {
    return empty(429);
  }
  if (struck("unavailable_html") !== undefined) {
    return unavailable();
  }
  const typed = [
    ["too_many_requests_typed", "too_many_requests"],
    ["permissions_denied", "permissions_denied"],
    ["quotas_exceeded", "quotas_exceeded"],
    ["quotas_exceeded_legacy", "quotas_exceeded_legacy"],
    ["out_of_stock", "out_of_stock"],
  ] as const;
  for (const [name, type] of typed) {
    const answer = struck(name) === undefined ? undefined : parts.dialect.errorAnswer(type, path);
    if (answer !== undefined) {
      return toResponse(answer);
    }
  }
  const type = struck("error")?.type;
  const answer = type === undefined ? undefined : parts.dialect.errorAnswer(type, path);
  return answer === undefined ? undefined : toResponse(answer);
};

/** The effect: up to the clock, the handler, and on disk before anybody hears of it. */
const apply = async (parts: FrontParts, next: Next): Promise<void> => {
  parts.dialect.settle();
  await next();
  parts.world.save();
};

/** Faults that strike after the effect; undefined lets the handler's own answer through. */
const spoil = async (context: Context<SimulatorEnv>, struck: Strikes): Promise<Response | undefined> => {
  const slow = struck("slow_reply");
  if (slow !== undefined) {
    await sleep(slow.milliseconds ?? 1000);
  }
  if (struck("lost_reply") !== undefined) {
    return cut(context);
  }
  if (struck("unavailable_after_effect") !== undefined) {
    return unavailable();
  }
  if (struck("truncated_json") !== undefined) {
    const body = await context.res.text();
    return new Response(body.slice(0, Math.floor(body.length / 2)), {
      status: context.res.status === 204 ? 200 : context.res.status,
      headers: { "Content-Type": "application/json" },
    });
  }
  return undefined;
};

/** Reads the body, cuts the connection, and applies the call after the client has given up. */
const landLate = async (
  parts: FrontParts,
  context: Context<SimulatorEnv>,
  next: Next,
  delayMilliseconds: number,
): Promise<Response> => {
  await context.req.text();
  const nothing = cut(context);
  await sleep(delayMilliseconds);
  await apply(parts, next);
  return nothing;
};

const answerCall = async (
  parts: FrontParts,
  context: Context<SimulatorEnv>,
  next: Next,
  call: Call,
): Promise<Response | undefined> => {
  const path = context.req.path;
  if (!parts.withinRate(parts.world.clock.now())) {
    call.faults.push("rate_limit");
    const typed =
      parts.rate?.answer === "typed" ? parts.dialect.errorAnswer("too_many_requests", path) : undefined;
    return typed === undefined ? empty(429) : toResponse(typed);
  }
  const struck = await strikesOn(parts, context, call);
  const refused = refusalBefore(parts, path, struck);
  if (refused !== undefined) {
    return refused;
  }
  const late = struck("late_landing");
  if (late !== undefined) {
    return landLate(parts, context, next, late.milliseconds ?? 1000);
  }
  // Half of the way there, half of the way back: a caller that gives up in between has still changed the world.
  const latency = drawLatency(parts.draw, parts.latency, parts.dialect.callKind(call.method, path));
  if (latency > 0) {
    await sleep(latency / 2);
  }
  await apply(parts, next);
  if (latency > 0) {
    await sleep(latency / 2);
  }
  return spoil(context, struck);
};

/** Logs, limits, delays and spoils every call on its way to the dialect's routes. */
export const createFront = (parts: FrontParts): MiddlewareHandler<SimulatorEnv> => {
  return async (context, next) => {
    const url = new URL(context.req.url);
    const call = parts.log.arrived(context.req.method, url.pathname + url.search, parts.world.clock.now());
    const instead = await answerCall(parts, context, next, call);
    if (instead !== undefined) {
      // Assigning twice keeps the headers of the answer that is replaced from being merged into this one.
      context.res = undefined;
      context.res = instead;
    }
    if (context.env.incoming.socket.destroyed) {
      return;
    }
    call.status = context.res.status;
    // Not from the world's stream: how often somebody looks must not change which ids are given.
    context.res.headers.set("X-Request-Id", randomUUID());
    for (const [name, value] of Object.entries(parts.dialect.commonHeaders())) {
      context.res.headers.set(name, value);
    }
  };
};
