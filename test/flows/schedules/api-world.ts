import * as z from "zod";
import { schedulesRoutes } from "../../../lib/http/schedules-routes.ts";
import { httpHandler } from "../../../lib/lambda/http-stack.ts";
import { openTickWorld, type TickWorld, type TickWorldPorts } from "./tick-world.ts";

const answerSchema = z.object({ statusCode: z.number(), body: z.string().default("") });
const anySchema = z.record(z.string(), z.unknown());

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** How a request is made; without a key it has none. */
export interface Asking {
  readonly key?: string;
  readonly query?: string;
  readonly type?: string;
  readonly ports?: TickWorldPorts;
}

let asked = 0;

/** Asks the routes of schedules as API Gateway does, and waits for the answer. */
export const answerOf = async (
  world: TickWorld,
  method: string,
  path: string,
  body: unknown,
  { key, query = "", type = "application/json", ports = world.ports }: Asking = {},
): Promise<Answer> => {
  const log = Object.assign(ports.log, { flush: () => {} });
  const handler = httpHandler(async () => ({ ...ports, log, apiKeyReference: "env:KEY" }), schedulesRoutes);
  asked += 1;
  const event = {
    version: "2.0",
    rawPath: path,
    rawQueryString: query,
    headers: {
      authorization: "Bearer k",
      "content-type": type,
      ...(key === undefined ? {} : { "idempotency-key": key }),
    },
    requestContext: { http: { method, path }, requestId: `r${asked}` },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    isBase64Encoded: false,
  };
  const answering = handler(event, { getRemainingTimeInMillis: () => 29_000 });
  const answer = answerSchema.parse(await answering);
  return {
    status: answer.statusCode,
    body: answer.body === "" ? {} : anySchema.parse(JSON.parse(answer.body)),
  };
};

/** A world of servers under `office`, and who asks its API. */
export const openApiWorld = async (phases: readonly ("on" | "off")[], fields: object = {}) => {
  const world = openTickWorld();
  for (const phase of phases) world.provider.addServer(["env=dev"], { phase });
  await world.put("office", fields);
  return {
    world,
    ask: (method: string, path: string, body?: unknown, asking?: Asking): Promise<Answer> =>
      world.clock.runUntil(answerOf(world, method, path, body, asking)),
  };
};
