import { RequestRefused } from "../flows/request-refused.ts";
import { checkApiKey } from "./api-key.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { failureReply, refusalReply } from "./problem-document.ts";
import type { Reply } from "./reply.ts";
import type { HttpTurn, Route } from "./route.ts";
import { routeFor } from "./router.ts";

const answered = async (
  routes: readonly Route[],
  request: IncomingRequest,
  turn: HttpTurn,
): Promise<Reply> => {
  const { apiKeyReference, secrets } = turn.ports;
  if (request.isGuarded) await checkApiKey(request.headers.get("authorization"), apiKeyReference, secrets);
  const { route, params } = routeFor(routes, request);
  return route.answer(request, params, turn);
};

const replyToError = (error: unknown, { requestId }: IncomingRequest, { ports }: HttpTurn): Reply => {
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

/**
 * The answer to a request: the key first, so that nobody without one learns which paths there are, then the route.
 * Never throws; a fault of ours is logged once and answered with a 500 that says nothing of it.
 */
export const answerRequest = async (
  routes: readonly Route[],
  request: IncomingRequest,
  turn: HttpTurn,
): Promise<Reply> => {
  let reply: Reply;
  try {
    reply = await answered(routes, request, turn);
  } catch (error) {
    reply = replyToError(error, request, turn);
  }
  return {
    ...reply,
    headers: { "Cache-Control": "private, no-cache", "X-Request-Id": request.requestId, ...reply.headers },
  };
};
