import { Agent } from "undici";
import type { HttpAnswer, HttpClient, HttpRequest } from "../ports/http-client.ts";
import { codeOf, Exchange } from "./exchange.ts";

const connectTimeoutMilliseconds = 5000;
const bodyLimitBytes = 2_000_000;

/** The client, and the end of its connections (for tests and orderly stops). */
export interface UndiciHttpClient extends HttpClient {
  close(): Promise<void>;
}

/**
 * HTTP over undici: no retries, no redirects, one set of connections for the whole process.
 *
 * Reads share connections that are kept alive for a few seconds. Whatever may change something gets a connection of
 * its own: a kept one that the other side has just closed (usual after a frozen function thaws) would be reset under
 * the request, and a reset after sending is a doubt that costs minutes to settle.
 */
export const createUndiciHttpClient = (): UndiciHttpClient => {
  const common = {
    connect: { timeout: connectTimeoutMilliseconds },
    // The exchange's own timeout covers the whole answer.
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
  };
  const kept = new Agent({ ...common, keepAliveTimeout: 4000, keepAliveMaxTimeout: 10_000 });
  const single = new Agent(common);
  return {
    send(request: HttpRequest): Promise<HttpAnswer> {
      const exchange = new Exchange(request.timeoutMilliseconds, {
        mostBytes: bodyLimitBytes,
        longer: "fails",
      });
      try {
        const url = new URL(request.url);
        const reads = request.method === "GET" || request.method === "HEAD";
        const options = {
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method: request.method,
          headers: { ...request.headers },
          body: request.body ?? null,
          reset: !reads,
        };
        (reads ? kept : single).dispatch(options, exchange);
      } catch (error) {
        exchange.fail(codeOf(error), error);
      }
      return exchange.answer;
    },
    async close() {
      await Promise.all([kept.destroy(), single.destroy()]);
    },
  };
};
