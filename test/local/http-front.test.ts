import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { FunctionTimedOut } from "../../local/function-runner.ts";
import type { HttpEvent } from "../../local/http-event.ts";
import { PortBusy, startHttpFront } from "../../local/http-front.ts";

const front = async (handle: (event: HttpEvent) => Promise<unknown>) => {
  const reported: unknown[] = [];
  const started = await startHttpFront({
    port: 0,
    exactPort: true,
    report: (_message, error) => reported.push(error),
  });
  onTestFinished(() => started.stop());
  started.serve(handle);
  return { url: started.url, reported };
};

/** A front that remembers the events and answers 204. */
const recording = async () => {
  const events: HttpEvent[] = [];
  const { url } = await front(async (event) => {
    events.push(event);
    return { statusCode: 204 };
  });
  return { url, events };
};

/** Sends bytes as they are, and gives what comes back until the connection is closed. */
const raw = async (url: string, request: string): Promise<string> => {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  await once(socket, "connect");
  socket.write(request);
  return text(socket);
};

describe("the event for a request", () => {
  test("has the method, the path as it was sent, the query joined and the headers in lower case", async () => {
    const { url, events } = await recording();
    await fetch(`${url}/v1/connections/paris/logs%2Fa.txt?tag=a&tag=b&name=x%20y`, {
      headers: { "X-One": "1", cookie: "a=1; b=2" },
    });
    expect(events[0]).toMatchObject({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/v1/connections/paris/logs%2Fa.txt",
      rawQueryString: "tag=a&tag=b&name=x%20y",
      queryStringParameters: { tag: "a,b", name: "x y" },
      cookies: ["a=1", "b=2"],
      headers: { "x-one": "1" },
      isBase64Encoded: false,
      requestContext: {
        http: { method: "GET", sourceIp: "127.0.0.1", protocol: "HTTP/1.1" },
        stage: "$default",
      },
    });
    expect(events[0]?.headers).not.toHaveProperty("cookie");
    expect(events[0]?.body).toBeUndefined();
  });

  test.each([
    ["JSON goes as text", "application/json", Buffer.from('{"a":"é"}'), false],
    ["CSV goes as text", "text/csv; charset=utf-8", Buffer.from("a,b"), false],
    ["a structured suffix is JSON", "application/cloudevents+json", Buffer.from("{}"), false],
    ["bytes go as base64", "application/octet-stream", Buffer.from([0, 255]), true],
    ["text that is not UTF-8 keeps its bytes", "application/json", Buffer.from([123, 255, 125]), true],
  ])("%s", async (_reason, contentType, bytes, isBase64Encoded) => {
    const { url, events } = await recording();
    await fetch(url, { method: "POST", headers: { "content-type": contentType }, body: bytes });
    expect(events[0]?.isBase64Encoded).toBe(isBase64Encoded);
    expect(Buffer.from(events[0]?.body ?? "", isBase64Encoded ? "base64" : "utf8")).toEqual(bytes);
  });
});

describe("the answer of a handler", () => {
  test("goes out with its status, headers and cookies", async () => {
    const { url } = await front(async () => ({
      statusCode: 202,
      headers: { Location: "/v1/operations/op_1", "Retry-After": 2 },
      cookies: ["a=1", "b=2"],
      body: '{"id":"op_1"}',
    }));
    const answer = await fetch(url);
    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toBe("/v1/operations/op_1");
    expect(answer.headers.get("retry-after")).toBe("2");
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await answer.json()).toEqual({ id: "op_1" });
  });

  test("base64 becomes bytes again", async () => {
    const { url } = await front(async () => ({ statusCode: 200, body: "AP8=", isBase64Encoded: true }));
    expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(Buffer.from([0, 255]));
  });

  test("without a status it is the body itself", async () => {
    const { url } = await front(async () => ({ hello: "world" }));
    expect(await (await fetch(url)).json()).toEqual({ hello: "world" });
  });

  test("HEAD has the headers of GET and no body", async () => {
    const { url } = await front(async () => ({ statusCode: 200, body: "hello" }));
    const answer = await fetch(url, { method: "HEAD" });
    expect(answer.headers.get("content-length")).toBe("5");
    expect(await answer.text()).toBe("");
  });

  test.each([
    ["an error that is thrown is a 500", () => Promise.reject(new Error("broken")), 500, "INTERNAL"],
    [
      "a function that is too slow is a 503",
      () => Promise.reject(new FunctionTimedOut("api", 29)),
      503,
      "TIMED_OUT",
    ],
    ["an answer that is none is a 500", async () => ({ statusCode: "ok" }), 500, "INTERNAL"],
  ])("%s, as a problem document, and is reported", async (_reason, handle, status, code) => {
    const { url, reported } = await front(handle);
    const answer = await fetch(url);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(await answer.json()).toMatchObject({ status, code });
    expect(reported).toHaveLength(1);
  });
});

describe("what the front itself refuses is a problem document", () => {
  const never = async () => {
    throw new Error("no handler should be asked");
  };
  test.each([
    ["a method that nobody knows", "BREW / HTTP/1.1\r\nhost: x\r\n\r\n", 405, "METHOD_NOT_ALLOWED"],
    ["CONNECT", "CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n", 405, "METHOD_NOT_ALLOWED"],
    [
      "headers that are too large",
      `GET / HTTP/1.1\r\nhost: x\r\na: ${"x".repeat(20_000)}\r\n\r\n`,
      431,
      "HEADERS_TOO_LARGE",
    ],
    ["something that is not HTTP", "hello\r\n\r\n", 405, "METHOD_NOT_ALLOWED"],
    ["a broken request line", "GET / HTTP/9.9.9\r\n\r\n", 400, "BAD_REQUEST"],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
      400,
      "BAD_REQUEST",
    ],
    ["a request for no host", "GET / HTTP/1.1\r\nconnection: close\r\n\r\n", 400, "BAD_HOST"],
    [
      "a request with a body for no host",
      "POST / HTTP/1.1\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
      400,
      "BAD_HOST",
    ],
    [
      "a request for two hosts",
      "GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\nconnection: close\r\n\r\n",
      400,
      "BAD_HOST",
    ],
    [
      "a path whose letters are not encoded",
      "GET /é HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
      400,
      "BAD_PATH",
    ],
    [
      "a query whose letters are not encoded",
      "GET /?name=é HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
      400,
      "BAD_PATH",
    ],
    [
      "an expectation that is not 100-continue",
      "GET / HTTP/1.1\r\nhost: x\r\nexpect: tea\r\nconnection: close\r\n\r\n",
      417,
      "EXPECTATION_FAILED",
    ],
  ])("%s", async (_reason, request, status, code) => {
    const { url } = await front(never);
    const answer = await raw(url, request);
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain("content-type: application/problem+json");
    expect(JSON.parse(body)).toMatchObject({ status, code, type: `urn:switchyard:problem:${code}` });
  });

  test("but a request of HTTP/1.0 needs no host", async () => {
    const { url } = await recording();
    expect(await raw(url, "GET / HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.\d 204 /);
  });

  test("a body above ten megabytes", async () => {
    const { url } = await front(never);
    const answer = await fetch(url, { method: "POST", body: Buffer.alloc(10 * 1024 * 1024 + 1) });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
  });
});

describe("the port", () => {
  test("a busy one is refused when it has to be exactly that one", async () => {
    const { url } = await recording();
    const port = Number(new URL(url).port);
    const second = startHttpFront({ port, exactPort: true, report: () => {} });
    await expect(second).rejects.toThrow(PortBusy);
    await expect(second).rejects.toThrow(`Port ${port} is in use.`);
  });

  test("otherwise the next free one is taken", async () => {
    const { url } = await recording();
    const port = Number(new URL(url).port);
    const second = await startHttpFront({ port, exactPort: false, report: () => {} });
    onTestFinished(() => second.stop());
    expect(Number(new URL(second.url).port)).toBeGreaterThan(port);
  });

  test("a request that comes before the handler is there waits for it", async () => {
    const early = await startHttpFront({ port: 0, exactPort: true, report: () => {} });
    onTestFinished(() => early.stop());
    const answer = fetch(early.url);
    early.serve(async () => ({ statusCode: 200, body: "here" }));
    expect(await (await answer).text()).toBe("here");
  });
});
