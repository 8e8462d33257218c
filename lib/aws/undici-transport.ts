import { Agent, type Dispatcher } from "undici";
import type { AwsAnswer, AwsTransport } from "./clients.ts";

const connectTimeoutMilliseconds = 2_000;
const answerTimeoutMilliseconds = 10_000;
/** Connections to one service; the SDK's own has as many. */
const connections = 50;
const keepAliveMilliseconds = 4_000;

/** No answer, for whatever reason. By this name the SDK knows that it may try again. */
class TimeoutError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = "TimeoutError";
  }
}

const flat = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
    ),
  );

/** One request on its way. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly answer: Promise<AwsAnswer>;
  readonly #settle = Promise.withResolvers<AwsAnswer>();
  readonly #chunks: Buffer[] = [];
  #status = 0;
  #headers: Record<string, string> = {};

  constructor() {
    this.answer = this.#settle.promise;
  }

  onRequestStart(): void {}

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2],
  ): void {
    this.#status = status;
    this.#headers = flat(headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const body = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#settle.resolve({ response: { statusCode: this.#status, headers: this.#headers, body } });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#settle.reject(new TimeoutError(error));
  }
}

const bodyOf = (body: unknown): string | Uint8Array | null => {
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  return null;
};

/**
 * Requests of the AWS SDK over undici: half of the CPU time of the SDK's own transport, for functions that make
 * thousands of them. For services whose requests are one JSON text and have no query.
 */
export const createAwsTransport = (): AwsTransport => {
  const agent = new Agent({
    connect: { timeout: connectTimeoutMilliseconds },
    headersTimeout: answerTimeoutMilliseconds,
    bodyTimeout: answerTimeoutMilliseconds,
    keepAliveTimeout: keepAliveMilliseconds,
    pipelining: 1,
    connections,
  });
  return {
    handle({ protocol, hostname, port, path, method, headers, body }) {
      const exchange = new Exchange();
      const origin = `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`;
      agent.dispatch(
        { origin, path, method: method === "POST" ? "POST" : "GET", headers, body: bodyOf(body) },
        exchange,
      );
      return exchange.answer;
    },
    destroy: () => void agent.destroy(),
  };
};
