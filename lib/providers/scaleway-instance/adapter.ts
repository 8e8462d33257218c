import type { Connection } from "../../connection.ts";
import type { Marker } from "../../operation/marker.ts";
import type { Marked } from "../../operation/marked.ts";
import type { Observation, Task } from "../../operation/observation.ts";
import type { Resource } from "../../operation/operation.ts";
import type {
  Answer,
  Dialect,
  Found,
  Handle,
  MarkedType,
  Provider,
  ProviderCall,
  ReadAnswer,
  ReadRequest,
} from "../../ports/provider.ts";
import type { AdapterPorts } from "../adapter-ports.ts";
import { fewCalls, gather, idsOf, inOrder, joined, lookEach, nothingSeen, type Sight } from "../looking.ts";
import { ReadThrough } from "../read-through.ts";
import { ServerCalls } from "../scaleway-calls.ts";
import { findInList, pageSize } from "../scaleway-pages.ts";
import { sendCall, type Sending } from "../scaleway-sending.ts";
import { createScalewayTransport } from "../scaleway-transport.ts";
import { rootOf } from "../transport.ts";
import { instanceDialect } from "./dialect.ts";
import { MarkedThings } from "./marked-things.ts";
import { instanceReads } from "./reads.ts";
import { realTaskOf, serverBodyOf, serverPatchOf, serverPhases } from "./translate.ts";
import { VolumeCalls } from "./volume-calls.ts";

const publicRoot = "https://api.scaleway.com";

const chunksOf = (ids: readonly string[]): string[][] => {
  const chunks: string[][] = [];
  for (let from = 0; from < ids.length; from += pageSize) chunks.push(ids.slice(from, from + pageSize));
  return chunks;
};

/** Today's Instance API v1, with the block volumes of the same host. Servers are followed; its tasks are fakes. */
export class InstanceProvider implements Provider {
  readonly dialect: Dialect = instanceDialect;
  readonly #connection: Connection;
  readonly #servers: ServerCalls;
  readonly #volumes: VolumeCalls;
  readonly #reads: ReadThrough;
  readonly #marked: MarkedThings;
  readonly #sending: Sending;

  constructor(connection: Connection, ports: AdapterPorts) {
    const root = rootOf(connection.api_url ?? publicRoot);
    const transport = createScalewayTransport(connection, ports);
    this.#connection = connection;
    this.#servers = new ServerCalls(transport, {
      root,
      prefix: ["instance", "v1", "zones", connection.zone ?? ""],
      phases: serverPhases,
      taskOf: realTaskOf,
    });
    this.#volumes = new VolumeCalls(transport, connection, root);
    this.#marked = new MarkedThings(transport, connection, root, this.#servers);
    this.#sending = {
      servers: this.#servers,
      volumes: this.#volumes,
      addresses: this.#marked,
      serverBodyOf: (input, marker) => serverBodyOf(connection, input, marker),
      serverPatchOf,
    };
    this.#reads = new ReadThrough(transport, instanceReads(root, connection), connection.name);
  }

  send(call: ProviderCall): Promise<Answer> {
    return sendCall(call, this.#sending);
  }

  async look(handles: readonly Handle[]): Promise<readonly (Observation | null)[]> {
    const servers = idsOf(handles, "server");
    const volumes = idsOf(handles, "volume").slice(0, fewCalls(this.#connection));
    const sights = await Promise.all([
      this.#lookAtServers(servers),
      lookEach(volumes, (id) => this.#volumes.see(id, null)),
    ]);
    const observations = inOrder(handles, joined(...sights));
    return observations.map((seen, index) => withTask(seen, handles[index]?.task ?? null));
  }

  async #lookAtServers(ids: readonly string[]): Promise<Sight> {
    const see = (id: string) => this.#servers.see(id, null);
    if (ids.length === 0) return nothingSeen;
    if (ids.length === 1) return lookEach(ids, see);
    const missing: string[] = [];
    const listed = await gather(
      chunksOf(ids).map(async (chunk) => {
        const seen = await this.#lookByList(chunk);
        missing.push(...chunk.filter((id) => !seen.has(id)));
        return seen;
      }),
    );
    // A list may lag: what it does not show is asked for before it counts as gone.
    return joined(listed, await lookEach(missing.slice(0, fewCalls(this.#connection)), see));
  }

  async #lookByList(ids: readonly string[]): Promise<ReadonlyMap<string, Observation>> {
    const found = await findInList(
      async (page) => {
        const { items, total, requestId } = await this.#servers.page(page, { servers: ids.join(",") });
        return {
          total,
          items: items.map((server) => ({
            id: server.id,
            seen: this.#servers.observationOf(server, null, requestId),
          })),
        };
      },
      ({ id }) => id,
      new Set(ids),
    );
    return new Map([...found].map(([id, { seen }]) => [id, seen]));
  }

  async search(resourceType: string, marker: Marker): Promise<readonly Found[]> {
    if (resourceType === "volume") return this.#volumes.search(marker);
    return this.#servers.search(marker, { tags: marker.operation });
  }

  marked(resourceType: MarkedType, deployment: string): Promise<readonly Marked[]> {
    return this.#marked.all(resourceType, deployment);
  }

  inspect(resource: Resource): Promise<Marked | null> {
    return this.#marked.one(resource);
  }

  read(request: ReadRequest): Promise<ReadAnswer> {
    return this.#reads.read(request);
  }
}

/** The task stays what the action answered: there is nothing to read it from. */
const withTask = (seen: Observation | null, task: Task | null): Observation | null =>
  seen === null ? null : { ...seen, task };
