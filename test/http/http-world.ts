import * as z from "zod";
import type { Connection } from "../../lib/connection.ts";
import type { Ports } from "../../lib/ports/ports.ts";
import type { HttpWorld } from "../../lib/http/route.ts";
import { routes } from "../../lib/http/routes.ts";
import { httpHandler } from "../../lib/lambda/http-stack.ts";
import type { Provider, ReadAnswer, ReadRequest } from "../../lib/ports/provider.ts";
import { operationIdOf } from "../../lib/operation/operation-id.ts";
import { anOperation, type OperationFields } from "../operations.ts";
import { MemoryBus } from "../memory/memory-bus.ts";
import { MemoryCells } from "../memory/memory-cells.ts";
import { MemoryDeliveries } from "../memory/memory-deliveries.ts";
import { MemoryDocuments } from "../memory/memory-documents.ts";
import { MemoryFeed } from "../memory/memory-feed.ts";
import { MemoryOperations } from "../memory/memory-operations.ts";
import { MemoryQueue } from "../memory/memory-queue.ts";
import { MemorySecrets } from "../memory/memory-secrets.ts";
import { openBudget } from "../memory/open-budget.ts";
import { SeededRandomness } from "../memory/seeded-randomness.ts";
import { SilentLog } from "../memory/silent-log.ts";
import { VirtualClock } from "../memory/virtual-clock.ts";
import type { Answered } from "./answered.ts";
import { differenceFromDocument } from "./described.ts";
import { smallDialect } from "./small-dialect.ts";

export const apiKey = "swy_test_key";

export const connectionNamed = (name: string): Connection => ({
  name,
  provider: "scaleway-instance",
  api_url: "http://key:hidden@127.0.0.1:9001/?token=hidden",
  zone: "fr-par-1",
  project: "105bdce1-64c0-48ab-899d-868455867ecf",
  secret: "env:PARIS_SECRET",
  input_secrets: ["env:GUEST_"],
  rate_per_second: 10,
  type_field: "commercial_type",
  suspend_is_stop: false,
  deadlines: {},
  assume: { lands_within_seconds: 60, listed_within_seconds: 20 },
  orphans: { delete: false, most_per_run: 5 },
  confirm_over: 1000,
});

/** Answers reads from `answers`; `error` is thrown instead when it is set. */
export class ReadableProvider implements Provider {
  readonly dialect = smallDialect;
  readonly reads: ReadRequest[] = [];
  answer: ReadAnswer = { form: "page", items: [], next: null };
  error: Error | null = null;

  async read(request: ReadRequest): Promise<ReadAnswer> {
    this.reads.push(request);
    if (this.error !== null) throw this.error;
    return this.answer;
  }
  async send(): Promise<never> {
    throw new Error("The API never sends a change.");
  }
  async look(): Promise<never> {
    throw new Error("The API never looks.");
  }
  async search(): Promise<never> {
    throw new Error("The API never searches.");
  }
  async marked(): Promise<never> {
    throw new Error("The API never sweeps.");
  }
  async inspect(): Promise<never> {
    throw new Error("The API never sweeps.");
  }
}

export class FlushedLog extends SilentLog {
  flushes = 0;
  flush(): void {
    this.flushes += 1;
  }
}

/** A request in few words; what is left out is what a well-behaved caller sends. */
export interface Call {
  readonly method?: string;
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object becomes JSON; a text goes as it is; bytes go as base64. */
  readonly body?: unknown;
  readonly key?: string | null;
}

/** The API Gateway event of a call. */
export const eventOf = ({ method = "GET", path, query = "", headers = {}, body, key = apiKey }: Call) => {
  const isBytes = body instanceof Uint8Array;
  const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: query,
    headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...headers },
    requestContext: { requestId: "req-1", http: { method, path } },
    ...(body === undefined ? {} : { body: isBytes ? Buffer.from(body).toString("base64") : text }),
    isBase64Encoded: isBytes,
  };
};

/** The API with everything in memory, called through the deployed stack. */
export const openWorld = (
  options: {
    clock?: VirtualClock;
    connections?: readonly string[];
    /** What connections have beside the usual. */
    more?: Readonly<Record<string, Partial<Connection>>>;
  } = {},
) => {
  const clock = options.clock ?? new VirtualClock({ automatic: true });
  const provider = new ReadableProvider();
  const connections = (options.connections ?? ["paris"]).map((name) =>
    Object.assign(connectionNamed(name), options.more?.[name]),
  );
  const secrets = new MemorySecrets(clock, { "env:API_KEY": apiKey });
  const log = new FlushedLog();
  const world = {
    operations: new MemoryOperations(clock),
    cells: new MemoryCells(),
    documents: new MemoryDocuments(clock),
    deliveries: new MemoryDeliveries(clock),
    feed: new MemoryFeed(clock),
    queue: new MemoryQueue(),
    bus: new MemoryBus(),
    budget: openBudget,
    providers: {
      connection: (name: string) => connections.find((connection) => connection.name === name) ?? null,
      connections: () => connections,
      dialect: () => smallDialect,
      provider: () => provider,
    },
    secrets,
    clock,
    randomness: new SeededRandomness(1),
    log,
    deployment: "test",
    apiKeyReference: "env:API_KEY",
    signingKeyReference: "env:SIGNING_KEY",
    allowsLoopbackEndpoints: false,
  } satisfies HttpWorld & Ports;
  let timeLeft = 29_000;
  const handler = httpHandler(async () => world, routes);
  const send = async (event: unknown): Promise<Answered> => {
    const answer = await handler(event, { getRemainingTimeInMillis: () => timeLeft });
    const headers = Object.entries(answer.headers ?? {}).map(([name, value]) => [
      name.toLowerCase(),
      String(value),
    ]);
    const text = answer.body ?? "";
    const body: unknown = text === "" ? null : JSON.parse(text);
    return { status: answer.statusCode ?? 0, headers: Object.fromEntries(headers), text, body };
  };
  return {
    ...world,
    provider,
    send,
    /** @throws when the answer is not what the OpenAPI document says of it */
    call: async (call: Call): Promise<Answered> => {
      const answered = await send(eventOf(call));
      const difference = differenceFromDocument(call.method ?? "GET", call.path, answered);
      if (difference !== null) throw new Error(difference);
      return answered;
    },
    leave: (milliseconds: number) => {
      timeLeft = milliseconds;
    },
  };
};
export type World = ReturnType<typeof openWorld>;

/** A request for a server that the small dialect takes. */
export const create = {
  connection: "paris",
  kind: "server.create",
  input: { name: "web-1", type: "DEV1-S" },
};

/** Asks for a server under a key. */
export const ask = (
  world: World,
  key: string,
  body: unknown = create,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> =>
  world.call({
    method: "POST",
    path: "/v1/operations",
    headers: { "content-type": "application/json", "idempotency-key": key, ...headers },
    body,
  });

const problemSchema = z.looseObject({
  status: z.number(),
  code: z.string(),
  detail: z.string(),
  hint: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});
/** The problem document of a refusal. @throws when it is none */
export const problemOf = ({ body, headers }: Answered) => {
  if (headers["content-type"] !== "application/problem+json") throw new Error("This is no problem document.");
  return problemSchema.parse(body);
};

/** Where the faults are. */
export const pointersOf = (answered: Answered): string[] =>
  (problemOf(answered).errors ?? []).map(({ pointer }) => pointer);

const operationBody = z.looseObject({ id: z.string(), state: z.string(), done: z.boolean() });
export const operationOf = ({ body }: Answered) => operationBody.parse(body);

const pageBody = z.strictObject({
  items: z.array(z.looseObject({})),
  next_cursor: z.string().nullable(),
});
export const pageOf = ({ body }: Answered) => pageBody.parse(body);

/** Puts an operation into the store. */
export const standing = async (
  world: World,
  fields: OperationFields = {},
  key = "standing",
): Promise<string> => {
  const id = operationIdOf("test", key);
  await world.operations.create(anOperation({ ...fields, id }));
  return id;
};
