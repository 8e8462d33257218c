import type { Connection } from "../../connection.ts";
import type { Marker } from "../../operation/marker.ts";
import type { Marked } from "../../operation/marked.ts";
import type { Observation } from "../../operation/observation.ts";
import type { Resource } from "../../operation/operation.ts";
import type { Foresight, PlannedCreates } from "../../ports/foresight.ts";
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
import { fewCalls, idsOf, inOrder, joined, lookEach } from "../looking.ts";
import { planPace } from "../pace.ts";
import { ReadThrough } from "../read-through.ts";
import { ServerCalls } from "../scaleway-calls.ts";
import { sendCall, type Sending } from "../scaleway-sending.ts";
import { taskOf } from "../scaleway-server.ts";
import { createScalewayTransport } from "../scaleway-transport.ts";
import { rootOf } from "../transport.ts";
import { computeDialect } from "./dialect.ts";
import { foreseeAtCompute } from "./foresight.ts";
import { MarkedThings } from "./marked-things.ts";
import { ServerLook } from "./look.ts";
import { computeReads } from "./reads.ts";
import { TaskCalls } from "./task-calls.ts";
import { serverBodyOf, serverPatchOf, serverPhases } from "./translate.ts";
import { VolumeCalls } from "./volume-calls.ts";

const accountRoot = "https://account.scaleway.com";

/** The hosts of a connection: the compute API's and, for organizations, the account's. */
const rootsOf = (connection: Connection): { compute: string; account: string } => ({
  compute: rootOf(connection.api_url ?? `https://cp-${connection.region ?? "par1"}.scaleway.com`),
  account: rootOf(connection.account_url ?? connection.api_url ?? accountRoot),
});

/** The older compute API with its tasks (`cp-par1`, `cp-ams1`). */
export class ComputeProvider implements Provider {
  readonly dialect: Dialect = computeDialect;
  readonly #connection: Connection;
  readonly #servers: ServerCalls;
  readonly #volumes: VolumeCalls;
  readonly #look: ServerLook;
  readonly #reads: ReadThrough;
  readonly #planReads: ReadThrough;
  readonly #marked: MarkedThings;
  readonly #sending: Sending;

  constructor(connection: Connection, ports: AdapterPorts) {
    const { compute: root, account } = rootsOf(connection);
    const transport = createScalewayTransport(connection, ports);
    this.#connection = connection;
    this.#servers = new ServerCalls(transport, { root, prefix: [], phases: serverPhases, taskOf });
    this.#volumes = new VolumeCalls(transport, connection, root);
    this.#marked = new MarkedThings(transport, connection, root, this.#servers);
    this.#sending = {
      servers: this.#servers,
      volumes: this.#volumes,
      addresses: this.#marked,
      serverBodyOf: (input, marker) => serverBodyOf(connection, input, marker),
      serverPatchOf,
    };
    this.#look = new ServerLook(connection, this.#servers, new TaskCalls(transport, root));
    const rules = computeReads(root, account);
    this.#reads = new ReadThrough(transport, rules, connection.name);
    this.#planReads = new ReadThrough(transport, rules, connection.name, planPace);
  }

  send(call: ProviderCall): Promise<Answer> {
    return sendCall(call, this.#sending);
  }

  async look(handles: readonly Handle[]): Promise<readonly (Observation | null)[]> {
    const tasks = new Map(handles.map(({ resource, task }) => [resource.id, task]));
    const volumes = idsOf(handles, "volume").slice(0, fewCalls(this.#connection));
    const [servers, others] = await Promise.all([
      this.#look.at(handles.filter(({ resource }) => resource.type === "server")),
      lookEach(volumes, (id) => this.#volumes.see(id, tasks.get(id) ?? null)),
    ]);
    return inOrder(handles, joined(servers, others));
  }

  async search(resourceType: string, marker: Marker): Promise<readonly Found[]> {
    if (resourceType === "volume") return this.#volumes.search(marker);
    // This API is not known to filter by tags, so all servers are read.
    return this.#servers.search(marker, {});
  }

  marked(resourceType: MarkedType, deployment: string): Promise<readonly Marked[]> {
    return this.#marked.all(resourceType, deployment);
  }

  inspect(resource: Resource): Promise<Marked | null> {
    return this.#marked.one(resource);
  }

  foresee(creates: readonly PlannedCreates[]): Promise<Foresight> {
    return foreseeAtCompute(creates, this.#connection, (request) => this.#planReads.read(request));
  }

  read(request: ReadRequest): Promise<ReadAnswer> {
    return this.#reads.read(request);
  }
}
