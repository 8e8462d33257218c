import type { Connection } from "../../connection.ts";
import { bearsMarker, type Marker } from "../../operation/marker.ts";
import type { Observation } from "../../operation/observation.ts";
import type {
  Answer,
  Dialect,
  Found,
  Handle,
  Provider,
  ProviderCall,
  ReadAnswer,
  ReadRequest,
} from "../../ports/provider.ts";
import type { AdapterPorts } from "../adapter-ports.ts";
import { textOfInput } from "../input-parts.ts";
import { fewCalls, idsOf, inOrder, joined, lookEach } from "../looking.ts";
import { ReadThrough } from "../read-through.ts";
import { ServerCalls } from "../scaleway-calls.ts";
import { readAllPages } from "../scaleway-pages.ts";
import { taskOf } from "../scaleway-server.ts";
import { createScalewayTransport, rootOf } from "../scaleway-transport.ts";
import { computeDialect } from "./dialect.ts";
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

  constructor(connection: Connection, ports: AdapterPorts) {
    const { compute: root, account } = rootsOf(connection);
    const transport = createScalewayTransport(connection, ports);
    this.#connection = connection;
    this.#servers = new ServerCalls(transport, { root, prefix: [], phases: serverPhases, taskOf });
    this.#volumes = new VolumeCalls(transport, connection, root);
    this.#look = new ServerLook(connection, this.#servers, new TaskCalls(transport, root));
    this.#reads = new ReadThrough(transport, computeReads(root, account));
  }

  async send(call: ProviderCall): Promise<Answer> {
    switch (call.do) {
      case "create":
        return call.kind === "volume.create"
          ? this.#volumes.create(call.input, call.marker)
          : this.#servers.create(serverBodyOf(this.#connection, call.input, call.marker));
      case "configure":
        return this.#servers.writeCloudInit(call.resource.id, textOfInput(call.input, "cloud_init"));
      case "power":
        return this.#servers.act(call.resource.id, call.to === "on" ? "poweron" : "poweroff", {});
      case "act":
        return this.#servers.act(call.resource.id, call.action, call.input);
      case "update":
        return this.#servers.update(call.resource.id, serverPatchOf(call.input));
      case "delete":
        return call.resource.type === "volume"
          ? this.#volumes.delete(call.resource.id)
          : this.#servers.delete(call.resource.id);
      case "delete_volume":
        return this.#volumes.delete(call.volume.id);
    }
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
    const servers = await readAllPages(
      (page) => this.#servers.pageOrDoubt(page, {}),
      ({ id }) => id,
    );
    return servers
      .filter(({ tags }) => bearsMarker(tags ?? [], marker))
      .map((server) => ({
        resource: { type: "server", id: server.id },
        createdAt: server.creation_date ?? "",
        observation: this.#servers.observationOf(server, null, null),
      }));
  }

  read(request: ReadRequest): Promise<ReadAnswer> {
    return this.#reads.read(request);
  }
}
