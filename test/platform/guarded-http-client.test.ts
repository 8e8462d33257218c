import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, Socket, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { createGuardedHttpClient, type Guard } from "../../lib/platform/guarded-http-client.ts";
import { AddressRefused, HttpNotSent, HttpUnclear, type HttpRequest } from "../../lib/ports/http-client.ts";
import { openInside } from "../webhook/rebinding.ts";

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

const listen = async (server: Server): Promise<{ port: number; connections: () => number }> => {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return { port: address.port, connections: () => sockets.size };
};

type Handler = (incoming: IncomingMessage, response: ServerResponse) => unknown;

const serve = async (handler: Handler) => {
  const server = createServer((incoming, response) => void handler(incoming, response));
  const { port, connections } = await listen(server);
  return { url: `http://127.0.0.1:${port}/`, port, connections };
};

const post = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: "POST",
  url,
  headers: { "x-a": "1" },
  body: "{}",
  timeoutMilliseconds: 3000,
  ...more,
});

const local = createGuardedHttpClient({ allowLoopback: true });
const strict = createGuardedHttpClient({ allowLoopback: false });

const bodyOf = async (incoming: IncomingMessage): Promise<string> => {
  let body = "";
  for await (const chunk of incoming) body += String(chunk);
  return body;
};

test("a request arrives as it was given, each over a connection of its own", async () => {
  const { url, connections } = await serve(async (incoming, response) => {
    const { method, headers } = incoming;
    const said = [method, incoming.url, headers["x-a"], headers.connection, await bodyOf(incoming)];
    response.writeHead(201, { "X-B": "2" }).end(JSON.stringify(said));
  });
  for (let times = 1; times <= 3; times += 1) {
    const answer = await local.send(post(`${url}hook?x=1`));
    expect(answer).toMatchObject({ status: 201, headers: { "x-b": "2" } });
    expect(JSON.parse(answer.body)).toEqual(["POST", "/hook?x=1", "1", "close", "{}"]);
    expect(connections()).toBe(times);
  }
});

test("a loopback address is called only where that is allowed", async () => {
  const { url, connections } = await serve((_incoming, response) => response.end());
  await expect(strict.send(post(url))).rejects.toBeInstanceOf(AddressRefused);
  await expect(strict.send(post(url.replace("http", "https")))).rejects.toBeInstanceOf(AddressRefused);
  expect(connections()).toBe(0);
});

test("a name is not called over it, even where loopback is allowed", async () => {
  const { port, connections } = await serve((_incoming, response) => response.end());
  const client = createGuardedHttpClient({
    allowLoopback: true,
    ports: [port],
    ways: { lookup: async () => ["127.0.0.1"] },
  });
  await expect(client.send(post(`https://inner.example:${port}/`))).rejects.toBeInstanceOf(AddressRefused);
  expect(connections()).toBe(0);
});

test("a redirect is an answer and never followed", async () => {
  const inside = await openInside();
  open.push(() => void inside.close());
  for (const status of [301, 302, 303, 307, 308]) {
    const { url } = await serve((_incoming, response) => {
      response.writeHead(status, { location: `http://127.0.0.1:${inside.port}/` }).end();
    });
    expect((await local.send(post(url))).status).toBe(status);
  }
  expect(inside.connections).toBe(0);
});

test("no proxy of the environment is used", async () => {
  const inside = await openInside();
  const names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "NODE_USE_ENV_PROXY"];
  for (const name of names) process.env[name] = `http://127.0.0.1:${inside.port}`;
  open.push(() => {
    for (const name of names) delete process.env[name];
    void inside.close();
  });
  const { url } = await serve((_incoming, response) => response.end("direct"));
  expect((await local.send(post(url))).body).toBe("direct");
  expect(inside.connections).toBe(0);
});

test("20 KB of an answer are read; a longer one is cut and keeps its status", async () => {
  const answers: readonly (readonly [(response: ServerResponse) => void, number])[] = [
    [(response) => response.writeHead(200).end("x".repeat(20_480)), 20_480],
    [(response) => response.writeHead(500).end("x".repeat(20_481)), 20_480],
    [
      (response) => response.writeHead(200, { "content-length": "1000000" }).write("x".repeat(30_000)),
      20_480,
    ],
    [
      (response) => {
        const more = (): boolean =>
          response.write("x".repeat(1000)) || response.once("drain", more).destroyed;
        const timer = setInterval(more, 1);
        response.on("close", () => clearInterval(timer));
        response.writeHead(200);
      },
      20_480,
    ],
  ];
  for (const [give, length] of answers) {
    const { url } = await serve((_incoming, response) => give(response));
    const { status, body } = await local.send(post(url));
    expect([200, 500]).toContain(status);
    expect(body).toHaveLength(length);
  }
});

describe("what is not known to be done is unclear", () => {
  const cases: readonly (readonly [string, (response: ServerResponse) => void])[] = [
    ["no answer in time", () => undefined],
    ["a body that drips", (response) => response.writeHead(200).write("half")],
    ["a reset instead of an answer", (response) => response.socket?.resetAndDestroy()],
    ["early hints and then nothing", (response) => response.writeEarlyHints({ link: "</a>; rel=preload" })],
  ];
  test.each(cases)("%s", async (_why, give) => {
    const { url } = await serve((_incoming, response) => give(response));
    const sent = local.send(post(`${url}?canary-query`, { timeoutMilliseconds: 300 }));
    const error: unknown = await sent.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HttpUnclear);
    expect(String(error)).not.toContain("canary");
  });
});

test("the longest time holds whatever a request asks for", async () => {
  const client = createGuardedHttpClient({ allowLoopback: true, mostMilliseconds: 200 });
  const { url } = await serve(() => undefined);
  await expect(client.send(post(url, { timeoutMilliseconds: 60_000 }))).rejects.toBeInstanceOf(HttpUnclear);
});

describe("what certainly was not sent says so, and nothing of the query", () => {
  const never = new Promise<never>(() => undefined);
  const places: readonly (readonly [string, Guard["ways"]])[] = [
    ["a name that is not found", { lookup: () => Promise.reject(new Error("getaddrinfo ENOTFOUND")) }],
    ["a name without addresses", { lookup: async () => [] }],
    ["a name server that is silent", { lookup: () => never }],
    ["a connection that is never made", { lookup: async () => ["1.1.1.1"], open: () => new Socket() }],
    [
      "a connection that is refused",
      { lookup: async () => ["1.1.1.1"], open: () => connect(1, "127.0.0.1") },
    ],
  ];
  test.each(places)("%s", async (_why, ways) => {
    const client = createGuardedHttpClient({
      allowLoopback: false,
      connectMilliseconds: 200,
      ways: ways ?? {},
    });
    const began = performance.now();
    const error: unknown = await client
      .send(post("https://hook.example/canary-path?canary-query"))
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HttpNotSent);
    expect(error).not.toBeInstanceOf(AddressRefused);
    expect(String(error)).not.toContain("canary");
    expect(performance.now() - began).toBeLessThan(2500);
  });

  test.each([
    "https://canary-user:canary-pass@1.1.1.1/?canary",
    "https://10.0.0.1/canary?canary",
    "http://example.com/?canary",
    "canary",
  ])("%s is refused by its text", async (url) => {
    const error: unknown = await strict.send(post(url)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AddressRefused);
    expect(String(error)).not.toContain("canary");
  });
});

test("a connection that leads elsewhere than it was to is cut before a byte is written", async () => {
  const inside = await openInside();
  open.push(() => void inside.close());
  const client = createGuardedHttpClient({
    allowLoopback: true,
    ways: { lookup: async () => ["1.1.1.1"], open: () => connect(inside.port, "127.0.0.1") },
  });
  for (const url of ["https://hook.example/", "https://1.1.1.1/"]) {
    await expect(client.send(post(url))).rejects.toThrow(/led elsewhere/);
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([inside.connections, inside.bytes]).toEqual([2, 0]);
});

test("a body may be sent in pieces, with its length said before", async () => {
  const pieces: string[] = [];
  const { url } = await serve(async (incoming, response) => {
    for await (const chunk of incoming) pieces.push(String(chunk));
    response.end(String(incoming.headers["content-length"]));
  });
  const body = JSON.stringify({ word: "größer", rest: "x".repeat(100) });
  const began = performance.now();
  const answer = await local.send(post(url, { body, bodyPauseMilliseconds: 60 }));
  expect(performance.now() - began).toBeGreaterThan(150);
  expect(pieces.length).toBeGreaterThanOrEqual(4);
  expect(answer.body).toBe(String(Buffer.byteLength(body)));
  expect(Buffer.byteLength(pieces.join(""))).toBeGreaterThanOrEqual(Buffer.byteLength(body) - 1);
});

test("an answer that comes before the slow body is over counts", async () => {
  const { url } = await serve((_incoming, response) => response.writeHead(413).end("too slow"));
  const answer = await local.send(post(url, { body: "x".repeat(100), bodyPauseMilliseconds: 200 }));
  expect(answer.status).toBe(413);
});

describe("over TLS", () => {
  let certificate = "";
  let key = "";
  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), "switchyard-tls-"));
    const [keyFile, file] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=hook.example", "-addext", "subjectAltName=DNS:hook.example"];
    const sort = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2", "-nodes"];
    execFileSync("openssl", ["req", "-x509", ...sort, ...subject, "-keyout", keyFile, "-out", file], {
      stdio: "ignore",
    });
    [key, certificate] = [readFileSync(keyFile, "utf8"), readFileSync(file, "utf8")];
    rmSync(folder, { recursive: true });
  });

  /** A receiver and a client whose world leads from the public address to it. */
  const world = async (trusted: string | null) => {
    const names: (string | undefined)[] = [];
    const asked: string[] = [];
    const server = createTlsServer({ key, cert: certificate }, (incoming, response) => {
      names.push(incoming.headers.host);
      response.end("over TLS");
    });
    const { port } = await listen(server);
    const client = createGuardedHttpClient({
      allowLoopback: false,
      ways: {
        trusted,
        lookup: async () => ["2606:4700::1111", "93.184.215.14"],
        open: (address, asPort) => {
          asked.push(`${address} ${asPort}`);
          const socket = connect(port, "127.0.0.1");
          Object.defineProperty(socket, "remoteAddress", { get: () => address });
          return socket;
        },
      },
    });
    return { client, names, asked };
  };

  test("a name is called at the address that was looked at, under its own name", async () => {
    const { client, names, asked } = await world(certificate);
    expect(await client.send(post("https://hook.example/x"))).toMatchObject({
      status: 200,
      body: "over TLS",
    });
    expect(names).toEqual(["hook.example"]);
    expect(asked, "IPv4 first, and the port of the scheme").toEqual(["93.184.215.14 443"]);
  });

  test("a certificate of another name, or of nobody known, ends it before the request", async () => {
    const other = await world(certificate);
    await expect(other.client.send(post("https://other.example/"))).rejects.toBeInstanceOf(HttpNotSent);
    const unknown = await world(null);
    await expect(unknown.client.send(post("https://hook.example:8443/"))).rejects.toBeInstanceOf(HttpNotSent);
    expect([...other.names, ...unknown.names]).toEqual([]);
    expect(unknown.asked, "the next address is tried").toEqual([
      "93.184.215.14 8443",
      "2606:4700::1111 8443",
    ]);
  });
});
