import * as z from "zod";
import { simulatedConnectionName } from "./default-connection.ts";

/** The job, under one key: whoever asks for it again is given the same one. */
const jobKey = "demo-42";
/** How many servers the demo makes. */
export const demoCount = 25;

const count = z.number();
/** What the demo reads of its bulk job. */
const jobSchema = z.object({
  id: z.string(),
  state: z.string(),
  counts: z.object({
    total: count,
    pending: count,
    running: count,
    succeeded: count,
    failed: count,
    cancelled: count,
    skipped: count,
    needs_attention: count,
  }),
  percent: count,
  rate_per_minute: count.nullable(),
  time_left: z.object({ p50_seconds: count }).nullable(),
  cost: z.object({ eur_per_hour: count, so_far_eur: count }).nullable(),
  errors: z.array(z.object({ code: z.string(), count, message: z.string(), names: z.array(z.string()) })),
  created_at: z.string(),
  ended_at: z.string().nullable(),
});
export type DemoJob = z.infer<typeof jobSchema>;

/** What the demo reads of an item of its job. */
const itemSchema = z.object({
  name: z.string().nullable(),
  state: z.string(),
  operation_id: z.string().nullable(),
  server_id: z.string().nullable(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
});
export type DemoItem = z.infer<typeof itemSchema>;

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
  /** Asks for the job with all its servers; again, it is the same job. */
  submit(): Promise<{ readonly job: DemoJob; readonly replayed: boolean }>;
  job(id: string): Promise<DemoJob>;
  /** The items of the job. */
  items(id: string): Promise<readonly DemoItem[]>;
  /** How many different events there are about these: the job, its operations and their servers. */
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
    submit: async () => {
      const answer = await fetch(`${url}/v1/bulk-jobs`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json", "idempotency-key": jobKey },
        body: JSON.stringify({
          connection: simulatedConnectionName,
          kind: "server.create",
          count: demoCount,
          template: {
            name: "demo-{{index:02}}",
            type: "DEV1-S",
            image: "ubuntu_noble",
            tags: ["env=demo"],
          },
        }),
      });
      const job = await read(answer, "POST /v1/bulk-jobs", jobSchema);
      return { job, replayed: answer.headers.get("idempotent-replayed") === "true" };
    },
    job: async (id) => {
      const path = `/v1/bulk-jobs/${id}`;
      return read(await fetch(`${url}${path}`, { headers }), path, jobSchema);
    },
    items: async (id) => {
      const found: DemoItem[] = [];
      for await (const items of pages(`/v1/bulk-jobs/${id}/items?limit=100`, itemSchema))
        found.push(...items);
      return found;
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
