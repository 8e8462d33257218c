import type { APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import * as z from "zod";
import { answerRequest } from "../http/answer-request.ts";
import { RequestRefused } from "../flows/request-refused.ts";
import { requestOf, type IncomingRequest } from "../http/incoming-request.ts";
import { refusalReply } from "../http/problem-document.ts";
import { type Reply, Text } from "../http/reply.ts";
import type { HttpWorld, Route } from "../http/route.ts";
import type { OpenLog } from "../log.ts";

/** The world that the API is opened with; its log is flushed at the end of each invocation. */
export type OpenHttpWorld = () => Promise<HttpWorld & { readonly log: OpenLog }>;

const resultOf = (method: string, { status, headers, body }: Reply): APIGatewayProxyStructuredResultV2 => ({
  statusCode: status,
  headers: { ...headers },
  body: method === "HEAD" ? "" : body instanceof Text ? body.text : JSON.stringify(body),
});

/** The function was called by hand, or is wired wrongly; what with is not repeated. */
const noRequest = new RequestRefused({
  status: 400,
  code: "NOT_A_REQUEST",
  title: "This is no request",
  detail: "The function was called with something that is no event of an HTTP API (payload format 2.0).",
  hint: "Call it through the API's URL.",
});

const readRequest = (event: unknown, { randomness, log }: HttpWorld): IncomingRequest | null => {
  try {
    return requestOf(event, randomness);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    log.error("the function was called with what is no request");
    return null;
  }
};

/**
 * A handler of HTTP requests (payload format 2.0) that answers these routes.
 *
 * Plain code where middy was an option: its router has no 405, no HEAD and no decoding of segments, its body parser
 * takes bodies of any size and depth and says 422 to broken JSON, and of its header normalizer one line would be used.
 */
export const httpHandler =
  (open: OpenHttpWorld, routes: readonly Route[]) =>
  async (
    event: unknown,
    context: Pick<Context, "getRemainingTimeInMillis">,
  ): Promise<APIGatewayProxyStructuredResultV2> => {
    const ports = await open();
    try {
      const request = readRequest(event, ports);
      if (request === null)
        return resultOf("GET", refusalReply(noRequest, `req_${ports.randomness.token()}`));
      const timeLeft = () => context.getRemainingTimeInMillis();
      return resultOf(request.method, await answerRequest(routes, request, { ports, timeLeft }));
    } finally {
      await ports.budget.settled();
      ports.log.flush();
    }
  };
