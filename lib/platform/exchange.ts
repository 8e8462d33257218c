import type { Dispatcher } from "undici";
import { HttpNotSent, HttpUnclear, type HttpAnswer } from "../ports/http-client.ts";

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2];

const flatHeaders = (headers: Headers): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(", ") : value]],
    ),
  );

/** The code of a system or client error (`ECONNRESET`), for people; never a URL or a header. */
export const codeOf = (error: unknown): string => {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.name : "unknown error";
};

/** How much of an answer's body is read, and what becomes of an exchange whose answer is longer. */
export interface BodyLimit {
  readonly mostBytes: number;
  /** `cut`: the answer is what was read until then. */
  readonly longer: "fails" | "cut";
}

/**
 * One request and its answer. The client calls `onRequestStart` on a connected socket right before the first byte is
 * written, so whether that was called is what tells "certainly not sent" from "may have been carried out".
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly answer: Promise<HttpAnswer>;
  readonly #settle: PromiseWithResolvers<HttpAnswer>;
  readonly #timeout: NodeJS.Timeout;
  readonly #limit: BodyLimit;
  #controller: Dispatcher.DispatchController | null = null;
  #over = false;
  #status = 0;
  #headers: Record<string, string> = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(timeoutMilliseconds: number, limit: BodyLimit) {
    this.#limit = limit;
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
    const { mostBytes, longer } = this.#limit;
    const room = mostBytes - this.#bytes;
    this.#bytes += chunk.length;
    if (chunk.length <= room) this.#chunks.push(chunk);
    else if (longer === "fails") this.fail(`the answer is longer than ${mostBytes} bytes`);
    else {
      if (room > 0) this.#chunks.push(chunk.subarray(0, room));
      this.onResponseEnd();
      this.#controller?.abort(new HttpUnclear("enough of the answer was read"));
    }
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
    const unsent = cause instanceof HttpNotSent ? cause : new HttpNotSent(reason, options);
    const error = sent ? new HttpUnclear(reason, options) : unsent;
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
