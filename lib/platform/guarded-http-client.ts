import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, type buildConnector } from "undici";
import {
  AddressRefused,
  HttpNotSent,
  type HttpAnswer,
  type HttpClient,
  type HttpRequest,
} from "../ports/http-client.ts";
import { refusalOfUrl } from "../webhook/address.ts";
import { codeOf, Exchange } from "./exchange.ts";
import { guardedSocket, systemWays, type Ways } from "./guarded-socket.ts";

/** How the client is guarded; what is left out is as reliability.md says. */
export interface Guard {
  /** Also http, and any port, on a host that is written as a loopback address. */
  readonly allowLoopback: boolean;
  /** Ports that may be called elsewhere; 443 and 8443. */
  readonly ports?: readonly number[];
  /** Bytes of an answer that are read; 20 KB. A longer one is cut, and still judged by its status. */
  readonly mostBytes?: number;
  /** Milliseconds for name, connection and TLS; 5 s. */
  readonly connectMilliseconds?: number;
  /** Milliseconds for the whole, whatever a request asks for; 15 s. */
  readonly mostMilliseconds?: number;
  readonly ways?: Partial<Ways>;
}

const pieces = 4;

async function* slowly(body: Buffer, pause: number): AsyncGenerator<Buffer> {
  const size = Math.max(1, Math.ceil(body.length / pieces));
  for (let start = 0; start < body.length; start += size) {
    if (start > 0) await sleep(pause);
    yield body.subarray(start, start + size);
  }
}

/** The body and the headers that go with it. */
const payload = ({ body, headers, bodyPauseMilliseconds: pause }: HttpRequest) => {
  if (body === undefined || pause === undefined) return { body: body ?? null, headers: { ...headers } };
  const bytes = Buffer.from(body, "utf8");
  return {
    body: Readable.from(slowly(bytes, pause)),
    headers: { ...headers, "content-length": String(bytes.length) },
  };
};

/** Tells the HTTP client what became of its connection. */
const hand = async (socket: Promise<Socket>, callback: buildConnector.Callback): Promise<void> => {
  const [outcome] = await Promise.allSettled([socket]);
  if (outcome.status === "fulfilled") return callback(null, outcome.value);
  const { reason }: { reason: unknown } = outcome;
  callback(reason instanceof Error ? reason : new HttpNotSent(codeOf(reason)), null);
};

/**
 * HTTP to wherever people say that their receivers are. It calls public addresses only: by the URL, by every address
 * that the name leads to, and by the address at the other end of the socket before anything is written. Each request
 * has a connection of its own, so that none is used for which that was not looked at; redirects are not followed, and
 * no proxy of the environment is used.
 *
 * `send` throws AddressRefused, HttpNotSent, HttpUnclear; their messages hold no path, query or userinfo.
 */
export const createGuardedHttpClient = (guard: Guard): HttpClient => {
  const ways: Ways = { ...systemWays, ...guard.ways };
  const { allowLoopback, ports, mostBytes = 20_480, mostMilliseconds = 15_000 } = guard;
  const rules = { allowLoopback, ...(ports === undefined ? {} : { ports }) };

  const connector =
    (url: URL, signal: AbortSignal): buildConnector.connector =>
    (_options, callback) => {
      const isTls = url.protocol === "https:";
      const target = {
        host: url.hostname.replaceAll(/[[\]]/g, ""),
        port: Number(url.port === "" ? (isTls ? 443 : 80) : url.port),
        isTls,
        allowLoopback,
        timeoutMilliseconds: guard.connectMilliseconds ?? 5000,
        ways,
      };
      void hand(guardedSocket(target, signal), callback);
    };

  const begin = (request: HttpRequest, exchange: Exchange): void => {
    const url = new URL(request.url);
    const ended = new AbortController();
    const agent = new Agent({
      connect: connector(url, ended.signal),
      // The exchange's own timeout covers the whole answer.
      headersTimeout: 0,
      bodyTimeout: 0,
      pipelining: 1,
    });
    const end = (): void => {
      ended.abort();
      void agent.destroy();
    };
    exchange.answer.then(end, end);
    const path = `${url.pathname}${url.search}`;
    agent.dispatch(
      { origin: url.origin, path, method: request.method, ...payload(request), reset: true },
      exchange,
    );
  };

  return {
    async send(request: HttpRequest): Promise<HttpAnswer> {
      const refusal = refusalOfUrl(request.url, rules);
      if (refusal !== null) throw new AddressRefused(refusal.detail);
      const milliseconds = Math.min(request.timeoutMilliseconds, mostMilliseconds);
      const exchange = new Exchange(milliseconds, { mostBytes, longer: "cut" });
      try {
        begin(request, exchange);
      } catch (error) {
        exchange.fail(codeOf(error), error);
      }
      return exchange.answer;
    },
  };
};
