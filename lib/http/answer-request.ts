import { mayDo, nobody, type Caller } from "../access/caller.ts";
import { rateHeaders, type RateStanding } from "../access/request-rate.ts";
import { writeAudit } from "../flows/audit.ts";
import type { Identity } from "../flows/authenticate.ts";
import { countRequest } from "../flows/count-request.ts";
import { noteUse } from "../flows/known-keys.ts";
import { RequestRefused } from "../flows/request-refused.ts";
import { restricted } from "../flows/restricted.ts";
import { authenticate } from "./api-key.ts";
import { auditOf } from "./audited.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { failureReply, refusalReply } from "./problem-document.ts";
import type { Reply } from "./reply.ts";
import type { HttpTurn, Invocation, Route } from "./route.ts";
import { routeFor, type Matched } from "./router.ts";

const forbidden = (detail: string, hint: string): RequestRefused =>
  new RequestRefused({ status: 403, code: "FORBIDDEN", title: "The key may not do this", detail, hint });

/** @throws RequestRefused 403 */
const checkScope = (caller: Caller, { scope, forLimitedKeys }: Route): void => {
  if (scope === null) return;
  if (!mayDo(caller, scope))
    throw forbidden(
      `This takes the scope ${scope}; the key has ${[...caller.scopes].join(", ") || "none"}.`,
      `Use a key with the scope ${scope}; one with the scope admin can make it: POST /v1/keys.`,
    );
  if (caller.connections !== null && forLimitedKeys !== true)
    throw forbidden(
      "This concerns all connections; the key is limited to some.",
      "Use a key that is not limited to connections.",
    );
};

const checkRate = ({ isOver, limit, resetSeconds }: RateStanding): void => {
  if (!isOver) return;
  throw new RequestRefused({
    status: 429,
    code: "TOO_MANY_REQUESTS",
    title: "The key has asked too often",
    detail: `The key may ask ${limit} times a minute; the next minute begins in ${resetSeconds} s.`,
    hint: "Wait as long as Retry-After says. A key may be made with another requests_per_minute.",
    retryAfterSeconds: resetSeconds,
  });
};

const replyToError = (error: unknown, { requestId }: IncomingRequest, { ports }: Invocation): Reply => {
  if (!(error instanceof RequestRefused)) {
    const what = error instanceof Error ? (error.stack ?? error.message) : "unknown fault";
    ports.log.error("a request could not be answered", { request_id: requestId, error: what });
    return failureReply(requestId);
  }
  const fields = { request_id: requestId, code: error.code };
  if (error.status < 500) ports.log.info("a request was refused", fields);
  else ports.log.warn("a request could not be answered now", { ...fields, error: String(error.cause) });
  return refusalReply(error, requestId);
};

/** What `work` answers, or the refusal that it throws. */
const answerOf = async (
  request: IncomingRequest,
  invocation: Invocation,
  work: () => Promise<Reply>,
): Promise<Reply> => {
  try {
    return await work();
  } catch (error) {
    return replyToError(error, request, invocation);
  }
};

/** The answer of a route, and its entry in the audit trail. */
const answerOfRoute = async (
  { route, params }: Matched,
  request: IncomingRequest,
  caller: Caller,
  invocation: Invocation,
): Promise<Reply> => {
  const { ports } = invocation;
  const reply = await answerOf(request, invocation, async () => {
    checkScope(caller, route);
    const turn: HttpTurn =
      route.scope === null
        ? { ...invocation, caller }
        : { ...invocation, caller, ports: restricted(ports, caller) };
    return route.answer(request, params, turn);
  });
  const entry = auditOf(route, request, caller, reply);
  if (entry !== null) await writeAudit(entry, ports);
  return reply;
};

const anybody: Identity = { caller: nobody, requestsPerMinute: null, keyId: null };

const answered = async (
  routes: readonly Route[],
  request: IncomingRequest,
  invocation: Invocation,
): Promise<Reply> => {
  const { ports } = invocation;
  const { caller, requestsPerMinute, keyId } = request.isGuarded
    ? await authenticate(request, ports)
    : anybody;
  const standing = await countRequest(caller.id, requestsPerMinute, ports);
  const reply = await answerOf(request, invocation, async () => {
    if (standing !== null) checkRate(standing);
    return answerOfRoute(routeFor(routes, request), request, caller, invocation);
  });
  if (keyId !== null) await noteUse(keyId, ports);
  return standing === null ? reply : { ...reply, headers: { ...rateHeaders(standing), ...reply.headers } };
};

/**
 * The answer to a request: the key first, so that nobody without one learns which paths there are; how often it has
 * asked; the route; whether the key may use it. Never throws; a fault of ours is logged once and answered with a 500
 * that says nothing of it.
 */
export const answerRequest = async (
  routes: readonly Route[],
  request: IncomingRequest,
  invocation: Invocation,
): Promise<Reply> => {
  const reply = await answerOf(request, invocation, () => answered(routes, request, invocation));
  return {
    ...reply,
    headers: { "Cache-Control": "private, no-cache", "X-Request-Id": request.requestId, ...reply.headers },
  };
};
