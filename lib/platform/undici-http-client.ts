import { Agent, type Dispatcher } from "undici";
import {
  HttpNotSent,
  HttpUnclear,
  type HttpAnswer,
  type HttpClient,
  type HttpRequest,
} from "../ports/http-client.ts";

const connectTimeoutMilliseconds = 5000;
const bodyLimitBytes = 2_000_000;

/** The client, and the end of its connections (for tests and orderly stops). */
export interface UndiciHttpClient extends HttpClient {
  close(): Promise<void>;
}

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2];

const flatHeaders = (headers: Headers): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(", ") : value]],
    ),
  );

/** The code of a system or client error (`ECONNRESET`), for people; never a URL or a header. */
const codeOf = (error: unknown): string => {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.name : "unknown error";
};

/**
 * One request and its answer. The client calls `onRequestStart` on a connected socket right before the first byte is
 * written, so whether that was called is what tells "certainly not sent" from "may have been carried out".
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly answer: Promise<HttpAnswer>;
  readonly #settle: PromiseWithResolvers<HttpAnswer>;
  readonly #timeout: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #over = false;
  #status = 0;
  #headers: Record<string, string> = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(timeoutMilliseconds: number) {
    this.#settle = Promise.withResolvers<HttpAnswer>();
    this.answer = this.#settle.promise;
    this.#timeout = setTimeout(
      () => this.fail(`no complete answer within ${timeoutMilliseconds} ms`),
      timeoutMilliseconds,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const again = this.#controller !== null;
    // After a timeout while connecting, or if the client wants to repeat a request that it had begun: nothing is written.
    if (this.#over || again) controller.abort(new HttpUnclear("the request was given up"));
    this.#controller ??= controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = flatHeaders(headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > bodyLimitBytes) this.fail(`the answer is longer than ${bodyLimitBytes} bytes`);
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#end()) {
      const body = Buffer.concat(this.#chunks).toString("utf8");
      this.#settle.resolve({ status: this.#status, headers: this.#headers, body });
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(codeOf(error), error);
  }

  /** Ends the exchange without an answer; the socket is cut. */
  fail(reason: string, cause?: unknown): void {
    if (!this.#end()) return;
    const options = cause === undefined ? {} : { cause };
    const sent = this.#controller !== null;
    const error = sent ? new HttpUnclear(reason, options) : new HttpNotSent(reason, options);
    this.#settle.reject(error);
    this.#controller?.abort(error);
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timeout);
    return true;
  }
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
      const exchange = new Exchange(request.timeoutMilliseconds);
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
