import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Duplex } from "node:stream";
import * as z from "zod";
import { FunctionTimedOut } from "./function-runner.ts";
import { type HttpAnswer, type HttpEvent, toHttpAnswer, toHttpEvent } from "./http-event.ts";

/** What API Gateway takes as a body. */
const largestBodyBytes = 10 * 1024 * 1024;
const methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/** The port is taken by another program. */
export class PortBusy extends Error {
  readonly port: number;
  constructor(port: number, options?: ErrorOptions) {
    super(`Port ${port} is in use.`, options);
    this.name = "PortBusy";
    this.port = port;
  }
}

/** What the front itself refuses is a problem document too. */
const problem = (status: number, code: string, detail: string): HttpAnswer => {
  const requestId = randomUUID();
  const title = STATUS_CODES[status] ?? "Error";
  const body = { type: `urn:switchyard:problem:${code}`, title, status, detail, code, request_id: requestId };
  return {
    status,
    headers: {
      "content-type": "application/problem+json",
      "x-request-id": requestId,
      ...(status === 405 ? { allow: methods } : {}),
    },
    body: Buffer.from(JSON.stringify(body)),
  };
};

/** The whole body, or null when it is larger than API Gateway takes; the rest is then read and dropped. */
const readBody = async (request: IncomingMessage): Promise<Buffer | null> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = z.instanceof(Buffer).parse(chunk);
    bytes += part.length;
    if (bytes <= largestBodyBytes) chunks.push(part);
  }
  return bytes > largestBodyBytes ? null : Buffer.concat(chunks);
};

/** A request says which host it is for, and says it once (RFC 9112, 3.2). */
const refusalOf = ({ httpVersion, headersDistinct }: IncomingMessage): HttpAnswer | null => {
  const hosts = headersDistinct["host"]?.length ?? 0;
  return hosts > 1 || (hosts === 0 && httpVersion === "1.1")
    ? problem(400, "BAD_HOST", "A request has the header Host exactly once: add it, or leave the others out.")
    : null;
};

const answerOf = async (
  request: IncomingMessage,
  handle: (event: HttpEvent) => Promise<unknown>,
  report: (message: string, error: unknown) => void,
): Promise<HttpAnswer> => {
  const refusal = refusalOf(request);
  // Unread, the rest of the body would be taken for the next request.
  const body = await readBody(request);
  if (refusal !== null) return refusal;
  if (body === null)
    return problem(413, "PAYLOAD_TOO_LARGE", `The body is larger than ${largestBodyBytes} bytes.`);
  try {
    return toHttpAnswer(await handle(toHttpEvent(request, body, Date.now())));
  } catch (error) {
    report("a request could not be answered", error);
    return error instanceof FunctionTimedOut
      ? problem(503, "TIMED_OUT", "The function did not answer in time.")
      : problem(500, "INTERNAL", "The function failed. Its log says why.");
  }
};

const send = (response: ServerResponse, { status, headers, body }: HttpAnswer): void => {
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, typeof value === "string" ? value : [...value]);
  }
  const bodyless = status === 204 || status === 304;
  if (!bodyless) response.setHeader("content-length", body.length);
  response.writeHead(status);
  response.end(bodyless ? undefined : body);
};

/** Answers on a bare socket: what Node's parser refuses never becomes a request. */
const sendRaw = (socket: Duplex, answer: HttpAnswer): void => {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}`);
  const head = [`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ""}`, ...lines];
  const length = `content-length: ${answer.body.length}`;
  socket.end(`${[...head, length, "connection: close"].join("\r\n")}\r\n\r\n${answer.body.toString()}`);
};

const parserRefusal = (error: Error & { code?: string }): HttpAnswer | null => {
  switch (error.code ?? "") {
    case "ECONNRESET":
      return null;
    case "HPE_HEADER_OVERFLOW":
      return problem(431, "HEADERS_TOO_LARGE", "The headers are larger than 16 KiB.");
    case "HPE_INVALID_METHOD":
      return problem(405, "METHOD_NOT_ALLOWED", `The method is none of ${methods}.`);
    case "HPE_INVALID_URL":
      return problem(400, "BAD_PATH", "Only ASCII is a path or a query: percent-encode the rest, as UTF-8.");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return problem(408, "REQUEST_TIMEOUT", "The request did not arrive in time.");
    default:
      return problem(400, "BAD_REQUEST", "This is not a valid HTTP request.");
  }
};

const refuseStrangeRequests = (server: Server): void => {
  server.on("clientError", (error, socket) => {
    const answer = parserRefusal(error);
    if (answer === null) socket.destroy();
    else sendRaw(socket, answer);
  });
  server.on("connect", (_request, socket) => {
    sendRaw(socket, problem(405, "METHOD_NOT_ALLOWED", `The method is none of ${methods}.`));
  });
  server.on("checkExpectation", (_request, response) => {
    send(response, problem(417, "EXPECTATION_FAILED", "Only 100-continue can be expected."));
  });
};

const listen = async (server: Server, port: number): Promise<number> => {
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (cause) {
    const code = z.object({ code: z.string() }).safeParse(cause);
    if (code.data?.code === "EADDRINUSE") throw new PortBusy(port, { cause });
    throw cause;
  }
  return z.object({ port: z.number() }).parse(server.address()).port;
};

/** How many ports behind the wanted one are tried. */
const portsTried = 50;

const listenNear = async (server: Server, wanted: number, exact: boolean): Promise<number> => {
  for (let port = wanted; ; port += 1) {
    try {
      return await listen(server, port);
    } catch (error) {
      if (exact || !(error instanceof PortBusy) || port >= wanted + portsTried) throw error;
    }
  }
};

/** A front that listens already; requests wait until `serve` says who answers them. */
export interface HttpFront {
  readonly url: string;
  readonly serve: (handle: (event: HttpEvent) => Promise<unknown>) => void;
  readonly stop: () => Promise<void>;
}

/**
 * Listens on the loopback address: at `port`, or at the next free one unless `exactPort`.
 * @throws PortBusy
 */
export const startHttpFront = async (options: {
  readonly port: number;
  readonly exactPort: boolean;
  readonly report: (message: string, error: unknown) => void;
}): Promise<HttpFront> => {
  const ready = Promise.withResolvers<(event: HttpEvent) => Promise<unknown>>();
  // Without a Host, Node itself would answer, and not with a problem document.
  const settings = { keepAliveTimeout: 75_000, requireHostHeader: false };
  const server = createServer(settings, (request, response) => {
    ready.promise
      .then((handle) => answerOf(request, handle, options.report))
      .then((answer) => send(response, answer))
      .catch((error: unknown) => {
        options.report("an answer could not be sent", error);
        response.destroy();
      });
  });
  refuseStrangeRequests(server);
  const port = await listenNear(server, options.port, options.exactPort);
  return {
    url: `http://127.0.0.1:${port}`,
    serve: (handle) => ready.resolve(handle),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
