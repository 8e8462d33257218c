import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createUndiciHttpClient } from "../../lib/platform/undici-http-client.ts";
import { HttpNotSent, HttpUnclear, type HttpRequest } from "../../lib/ports/http-client.ts";

const client = createUndiciHttpClient();
const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

const portOf = (server: { address(): AddressInfo | string | null }): number => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return address.port;
};

const listening = <T extends { listen(port: number, host: string, then: () => void): unknown }>(
  server: T,
): Promise<T> => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));

/** An HTTP server that keeps count of its sockets; its URL. */
const serve = async (handler: (request: IncomingMessage, response: ServerResponse) => void) => {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer(handler);
  server.on("connection", (socket) => {
    connections += 1;
    sockets.add(socket);
  });
  await listening(server);
  open.push({
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  });
  return { url: `http://127.0.0.1:${portOf(server)}/`, connections: () => connections };
};

const request = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: "GET",
  url,
  headers: {},
  timeoutMilliseconds: 2000,
  ...more,
});

/** A port on which nobody listens. */
const closedPort = async (): Promise<number> => {
  const server = await listening(createTcpServer());
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
};

test("an answer comes with its status, lower-case headers and text, whatever its status is", async () => {
  const { url } = await serve((_request, response) => {
    response.writeHead(503, { "X-Request-Id": "r1" }).end("<h1>später</h1>");
  });
  const answer = await client.send(request(url));
  expect(answer).toMatchObject({ status: 503, body: "<h1>später</h1>", headers: { "x-request-id": "r1" } });
});

test("method, headers and body arrive as they were given", async () => {
  const { url } = await serve((incoming, response) => {
    let body = "";
    incoming.on("data", (chunk: Buffer) => (body += chunk.toString()));
    incoming.on("end", () => response.end(JSON.stringify([incoming.method, incoming.headers["x-a"], body])));
  });
  const answer = await client.send(
    request(`${url}x`, { method: "POST", headers: { "X-A": "1" }, body: "{}" }),
  );
  expect(JSON.parse(answer.body)).toEqual(["POST", "1", "{}"]);
});

test("a redirect is an answer, not an order", async () => {
  const { url } = await serve((_request, response) => {
    response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
  });
  expect((await client.send(request(url))).status).toBe(302);
});

test("a refused connection and an unknown name mean that nothing was sent", async () => {
  const port = await closedPort();
  await expect(client.send(request(`http://127.0.0.1:${port}/`))).rejects.toBeInstanceOf(HttpNotSent);
  await expect(client.send(request("http://no-such-host.invalid/"))).rejects.toBeInstanceOf(HttpNotSent);
});

test("a TLS handshake that fails means that nothing was sent", async () => {
  const server = await listening(createTcpServer((socket) => socket.end("this is no TLS")));
  open.push({ close: () => server.close() });
  const asked = client.send(request(`https://127.0.0.1:${portOf(server)}/`, { method: "POST", body: "{}" }));
  await expect(asked).rejects.toBeInstanceOf(HttpNotSent);
});

const afterSending: readonly (readonly [
  why: string,
  handler: (request: IncomingMessage, response: ServerResponse) => void,
])[] = [
  ["no answer in time", () => undefined],
  ["the connection is reset before an answer", (_request, response) => response.socket?.resetAndDestroy()],
  ["the connection is closed before an answer", (_request, response) => response.socket?.end()],
  [
    "the body is cut off",
    (_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      setTimeout(() => response.socket?.destroy(), 20);
    },
  ],
  ["the body never ends", (_request, response) => response.writeHead(200).write("half")],
  ["the body is longer than 2 MB", (_request, response) => response.end("x".repeat(2_000_001))],
];

test.each(afterSending)("an outcome is unclear once something was sent: %s", async (_why, handler) => {
  let received = 0;
  const { url } = await serve((incoming, response) => {
    received += 1;
    handler(incoming, response);
  });
  const asked = client.send(request(url, { method: "POST", body: "{}", timeoutMilliseconds: 300 }));
  await expect(asked).rejects.toBeInstanceOf(HttpUnclear);
  expect(received, "sent once, never repeated").toBe(1);
});

test("a body of 2 MB is still read", async () => {
  const { url } = await serve((_request, response) => response.end("x".repeat(2_000_000)));
  expect((await client.send(request(url))).body).toHaveLength(2_000_000);
});

test("a time that runs out while connecting means not sent, and nothing is sent later", async () => {
  // The TLS handshake begins and gets no answer until long after the request was given up.
  let bytes = 0;
  const server = await listening(
    createTcpServer((socket) => {
      socket.on("data", (chunk) => (bytes += chunk.length));
      socket.on("error", () => undefined);
      open.push({ close: () => socket.destroy() });
    }),
  );
  open.push({ close: () => server.close() });
  const asked = client.send(request(`https://127.0.0.1:${portOf(server)}/`, { timeoutMilliseconds: 100 }));
  await expect(asked).rejects.toBeInstanceOf(HttpNotSent);
  expect(bytes, "the handshake's hello, and no request").toBeLessThan(2000);
});

test("a request given up before its connection stood is not sent when the connection stands", async () => {
  let received = 0;
  const { url } = await serve((_request, response) => {
    received += 1;
    response.end("ok");
  });
  // From here the event loop comes to timers first and to sockets after them, and nothing runs for 20 ms: so the time
  // is over before anybody hears of the connection.
  await new Promise((resolve) => setImmediate(resolve));
  const asked = client.send(request(url, { method: "POST", body: "{}", timeoutMilliseconds: 1 }));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  await expect(asked).rejects.toBeInstanceOf(HttpNotSent);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(received).toBe(0);
});

test("reads share connections, changes have one of their own each", async () => {
  const { url, connections } = await serve((_request, response) => response.end("ok"));
  for (let i = 0; i < 8; i += 1) await client.send(request(url));
  const forReads = connections();
  // Two at most: the first may not be free again yet when the second read begins.
  expect(forReads).toBeLessThanOrEqual(2);
  for (let i = 0; i < 3; i += 1) await client.send(request(url, { method: "POST", body: "{}" }));
  expect(connections()).toBe(forReads + 3);
});

test("a create never meets a kept connection that the other side closes", async () => {
  // Closes each connection shortly after its first answer, as servers do with idle ones.
  const { url } = await serve((_request, response) => {
    response.end("ok");
    setTimeout(() => response.socket?.resetAndDestroy(), 5);
  });
  for (let i = 0; i < 20; i += 1) {
    expect((await client.send(request(url, { method: "POST", body: "{}" }))).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});
