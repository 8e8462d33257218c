import type { APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { answerRequest } from "../http/answer-request.ts";
import { requestOf } from "../http/incoming-request.ts";
import type { Reply } from "../http/reply.ts";
import type { HttpWorld } from "../http/route.ts";
import { routes } from "../http/routes.ts";
import type { OpenLog } from "../log.ts";

/** The world that the API is opened with; its log is flushed at the end of each invocation. */
export type OpenHttpWorld = () => Promise<HttpWorld & { readonly log: OpenLog }>;

const resultOf = (method: string, { status, headers, body }: Reply): APIGatewayProxyStructuredResultV2 => ({
  statusCode: status,
  headers: { ...headers },
  body: method === "HEAD" ? "" : JSON.stringify(body),
});

/**
 * The handler of the HTTP API (payload format 2.0).
 *
 * Plain code where middy was an option: its router has no 405, no HEAD and no decoding of segments, its body parser
 * takes bodies of any size and depth and says 422 to broken JSON, and of its header normalizer one line would be used.
 */
export const httpHandler =
  (open: OpenHttpWorld) =>
  async (
    event: unknown,
    context: Pick<Context, "getRemainingTimeInMillis">,
  ): Promise<APIGatewayProxyStructuredResultV2> => {
    const ports = await open();
    try {
      const request = requestOf(event, ports.randomness);
      const timeLeft = () => context.getRemainingTimeInMillis();
      return resultOf(request.method, await answerRequest(routes, request, { ports, timeLeft }));
    } finally {
      await ports.budget.settled();
      ports.log.flush();
    }
  };
