import * as z from "zod";
import { simulatedConnectionName } from "./default-connection.ts";

/** What the demo reads of an operation. */
const operationSchema = z.object({
  id: z.string(),
  state: z.string(),
  done: z.boolean(),
  resource: z.object({ id: z.string() }).nullable(),
  error: z.object({ code: z.string().optional(), detail: z.string().optional() }).nullable(),
  created_at: z.string(),
  ended_at: z.string().nullable(),
});
export type DemoOperation = z.infer<typeof operationSchema>;

const pageSchema = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next_cursor: z.string().nullable() });
const eventSchema = z.object({ id: z.string(), subject: z.string(), data: z.looseObject({}) });
const callsSchema = z.object({ total: z.number() });
const serversSchema = z.object({
  servers: z.array(z.object({ id: z.string(), state: z.string(), tags: z.array(z.string()) })),
});
export type DemoServer = z.infer<typeof serversSchema>["servers"][number];

/** The API answered, but not what the demo needs. */
export class DemoRefused extends Error {
  constructor(what: string, status: number, body: string) {
    super(`${what}: ${status} ${body.slice(0, 500)}`);
    this.name = "DemoRefused";
  }
}

export interface DemoAccess {
  readonly url: string;
  readonly simulatorUrl: string;
  readonly apiKey: string;
}

/** What the demo does through the public API, and reads at the simulated provider. */
export interface DemoApi {
  /** Asks for server number N; the same again gives the same operation. */
  create(number: string): Promise<{ readonly operation: DemoOperation; readonly replayed: boolean }>;
  /** The operations with these ids. */
  operations(ids: ReadonlySet<string>): Promise<readonly DemoOperation[]>;
  /** How many different events there are of these operations and their servers. */
  countEvents(ids: ReadonlySet<string>): Promise<number>;
  /** Calls that the provider was sent since it started. */
  countCalls(): Promise<number>;
  /** The servers that the provider has, as it shows them. */
  servers(): Promise<readonly DemoServer[]>;
}

const read = async <T>(answer: Response, what: string, schema: z.ZodType<T>): Promise<T> => {
  const body = await answer.text();
  if (!answer.ok) throw new DemoRefused(what, answer.status, body);
  return schema.parse(JSON.parse(body));
};

/** Opens the API for the demo. */
export const openDemoApi = ({ url, simulatorUrl, apiKey }: DemoAccess): DemoApi => {
  const headers = { authorization: `Bearer ${apiKey}` };
  const pages = async function* <Item>(path: string, item: z.ZodType<Item>): AsyncGenerator<readonly Item[]> {
    for (let cursor: string | null = ""; cursor !== null;) {
      const more: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const answer = await fetch(`${url}${path}${more}`, { headers });
      const page: { items: Item[]; next_cursor: string | null } = await read(answer, path, pageSchema(item));
      yield page.items;
      cursor = page.next_cursor;
    }
  };
  return {
    create: async (number) => {
      const answer = await fetch(`${url}/v1/operations`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json", "idempotency-key": `demo-42-${number}` },
        body: JSON.stringify({
          connection: simulatedConnectionName,
          kind: "server.create",
          input: { name: `demo-${number}`, type: "DEV1-S", image: "ubuntu_noble", tags: ["env=demo"] },
        }),
      });
      const operation = await read(answer, "POST /v1/operations", operationSchema);
      return { operation, replayed: answer.headers.get("idempotent-replayed") === "true" };
    },
    operations: async (ids) => {
      const found = new Map<string, DemoOperation>();
      for await (const items of pages("/v1/operations?kind=server.create&limit=100", operationSchema)) {
        for (const operation of items) if (ids.has(operation.id)) found.set(operation.id, operation);
        if (found.size === ids.size) break;
      }
      return [...found.values()];
    },
    countEvents: async (ids) => {
      const seen = new Set<string>();
      for await (const items of pages("/v1/events?limit=100", eventSchema)) {
        for (const { id, subject, data } of items) {
          const operationId = data["operation_id"];
          if (ids.has(subject) || (typeof operationId === "string" && ids.has(operationId))) seen.add(id);
        }
      }
      return seen.size;
    },
    countCalls: async () =>
      (await read(await fetch(`${simulatorUrl}/_simulator/calls`), "calls", callsSchema)).total,
    servers: async () =>
      (await read(await fetch(`${simulatorUrl}/_simulator/servers`), "servers", serversSchema)).servers,
  };
};
