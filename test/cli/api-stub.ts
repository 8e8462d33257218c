import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import * as z from "zod";
import { bulkRoutes, type StubJobs } from "./bulk-stub.ts";
import { scheduleRoutes, type StubSchedules } from "./schedule-stub.ts";

export const stubKey = "swy_dev_local";

/** A request as it came. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** In how many pieces the body came. */
  readonly pieces: number;
}

export interface Answered {
  readonly status: number;
  readonly body?: unknown;
  /** Instead of `body`: bytes as they are. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Null: it is not this route. */
export type StubRoute = (request: Received) => Answered | null;

export const problem = (
  status: number,
  code: string,
  title: string,
  more: Readonly<Record<string, unknown>> = {},
): Answered => ({
  status,
  headers: { "content-type": "application/problem+json" },
  body: {
    type: `urn:switchyard:problem:${code}`,
    title,
    status,
    detail: `${title}.`,
    code,
    request_id: "req_5C1T",
    ...more,
  },
});

const connection = {
  name: "paris",
  provider: "scaleway-instance",
  kinds: ["server.create", "server.start", "server.stop", "server.delete"],
  collections: [{ path: "servers", filters: ["name", "tags", "state"] }],
};

export interface StubServer {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly tags: readonly string[];
}

const page = (items: readonly unknown[]): Answered => ({ status: 200, body: { items, next_cursor: null } });

const connectionRoutes =
  (connections: () => readonly (typeof connection)[], servers: readonly StubServer[]): StubRoute =>
  ({ method, path, query }) => {
    if (method !== "GET" || !path.startsWith("/v1/connections")) return null;
    const [, , , name, collection, id] = path.split("/").map(decodeURIComponent);
    if (name === undefined) return page(connections());
    const found = connections().find((one) => one.name === name);
    if (found === undefined) return problem(404, "NOT_FOUND", "There is no such connection");
    if (collection === undefined) return { status: 200, body: found };
    if (id === undefined)
      return page(
        servers.filter((server) => query["tags"] === undefined || server.tags.includes(query["tags"])),
      );
    const server = servers.find((one) => one.id === id);
    return server === undefined
      ? problem(404, "NOT_FOUND", "There is no such thing")
      : { status: 200, body: server };
  };

const receive = async (request: IncomingMessage): Promise<Received> => {
  const url = new URL(request.url ?? "/", "http://stub");
  const pieces = z.array(z.instanceof(Buffer)).parse(await request.toArray());
  return {
    method: request.method ?? "",
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    body: Buffer.concat(pieces).toString("utf8"),
    pieces: pieces.length,
  };
};

const send = (response: ServerResponse, { status, body, text, headers }: Answered): void => {
  response.writeHead(status, { "content-type": "application/json", "x-request-id": "req_5C1T", ...headers });
  response.end(text ?? (body === undefined ? "" : JSON.stringify(body)));
};

/**
 * A stand-in of the API's routes for bulk jobs, schedules and connections, as the contract has them, over real HTTP. A
 * job goes on by one beat, a second of its clock, with each read.
 */
export const openStub = async (
  options: {
    readonly jobs?: StubJobs;
    readonly schedules?: StubSchedules;
    readonly servers?: readonly StubServer[];
    readonly connections?: readonly string[];
    /** Asked before all others. */
    readonly route?: StubRoute;
    /** Told of what was done before it is answered; true: it never is. */
    readonly holds?: (request: Received) => boolean;
  } = {},
) => {
  const received: Received[] = [];
  const connections = (options.connections ?? ["paris"]).map((name) =>
    Object.assign({}, connection, { name }),
  );
  const routes: readonly StubRoute[] = [
    options.route ?? (() => null),
    bulkRoutes(options.jobs ?? {}),
    scheduleRoutes(options.schedules ?? {}),
    connectionRoutes(() => connections, options.servers ?? []),
  ];
  const answer = (request: Received): Answered => {
    if (request.headers.authorization !== `Bearer ${stubKey}`)
      return problem(401, "UNAUTHENTICATED", "An API key is needed", { hint: "Send the header." });
    for (const route of routes) {
      const answered = route(request);
      if (answered !== null) return answered;
    }
    return problem(404, "NOT_FOUND", "There is no such path");
  };
  const server = createServer((request, response) => {
    void (async () => {
      const whole = await receive(request);
      received.push(whole);
      const answered = answer(whole);
      if (options.holds?.(whole) !== true) send(response, answered);
    })();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    /** `POST /v1/bulk-jobs`, in their order. */
    asked: (): string[] => received.map(({ method, path }) => `${method} ${path}`),
    last: (method: string, path: string): Received => {
      const found = received.findLast((one) => one.method === method && one.path === path);
      if (found === undefined) throw new Error(`${method} ${path} was not asked`);
      return found;
    },
  };
};
