import type { Connection } from "../../connection.ts";
import type { Marked } from "../../operation/marked.ts";
import { bearsMarker, type Marker } from "../../operation/marker.ts";
import { goneObservation, type Observation } from "../../operation/observation.ts";
import type { Resource } from "../../operation/operation.ts";
import {
  ProviderRefusal,
  type Answer,
  type Dialect,
  type Found,
  type Handle,
  type MarkedType,
  type Provider,
  type ProviderCall,
  type ReadAnswer,
  type ReadRequest,
} from "../../ports/provider.ts";
import type { AdapterPorts } from "../adapter-ports.ts";
import { fewCalls, gather, idsOf, inOrder, joined, lookEach, type Sight } from "../looking.ts";
import { ReadThrough } from "../read-through.ts";
import { requestIdOf } from "../scaleway-error-body.ts";
import { isOfConnection, namesDeployment } from "../scaleway-marked.ts";
import { saysGone } from "../scaleway-refusal.ts";
import { createTransport, patience, rootOf } from "../transport.ts";
import { draftDialect } from "./dialect.ts";
import { draftReads } from "./reads.ts";
import { draftErrorOf, isBareAbsence } from "./refusal.ts";
import { DraftServerCalls } from "./server-calls.ts";
import { markedServer, observationOf, serverBodyOf } from "./translate.ts";

/** From this many servers on, the list is read instead of one after the other. */
const many = 5;
/** The host of its time (providers.md 2); the document names none. */
const hostThen = "https://api.cloud.online.net";

const hostOf = ({ api_url: url, region }: Connection): string =>
  rootOf(url ?? (region === undefined ? hostThen : `https://cp-${region}.scaleway.com`));

/** There is nothing but servers here; our own core never asks for more. */
const notHere = (what: string): ProviderRefusal =>
  new ProviderRefusal("PROVIDER_REFUSED", `This API has no ${what}.`, { status: null });

/** The servers resource of April 2014: empty answers, a flag for a state, nothing but servers. */
export class DraftProvider implements Provider {
  readonly dialect: Dialect = draftDialect;
  readonly #connection: Connection;
  readonly #servers: DraftServerCalls;
  readonly #reads: ReadThrough;

  constructor(connection: Connection, ports: AdapterPorts) {
    const root = hostOf(connection);
    const transport = createTransport(connection, ports, {
      headers: (secret) => ({ "X-Auth-Token": secret }),
      requestIdOf,
      errorOf: draftErrorOf,
    });
    this.#connection = connection;
    this.#servers = new DraftServerCalls(transport, root);
    this.#reads = new ReadThrough(transport, draftReads(root), connection.name);
  }

  async send(call: ProviderCall): Promise<Answer> {
    switch (call.do) {
      case "create":
        return this.#servers.create(serverBodyOf(this.#connection, call.input, call.marker));
      case "power":
        return this.#servers.act(call.resource.id, call.to === "on" ? "poweron" : "poweroff");
      case "act":
        // The soft reset is what this API calls a reboot.
        return this.#servers.act(call.resource.id, call.action === "reboot" ? "resetsoft" : call.action);
      case "update":
        return this.#servers.update(call.resource.id, call.input);
      case "delete":
        if (call.resource.type !== "server") throw notHere(call.resource.type);
        return this.#servers.delete(call.resource.id);
      case "configure":
        throw notHere("user data");
      case "delete_volume":
        throw notHere("volumes");
      case "apply":
        throw notHere(call.kind);
    }
  }

  async look(handles: readonly Handle[]): Promise<readonly (Observation | null)[]> {
    const ids = idsOf(handles, "server");
    const sight =
      ids.length < many ? await lookEach(ids, (id) => this.#see(id)) : await this.#lookAtMany(ids);
    return inOrder(handles, sight);
  }

  async #see(id: string): Promise<Observation> {
    try {
      const shown = await this.#servers.find(id);
      return shown === null ? goneObservation(null) : observationOf(shown.server, shown.requestId);
    } catch (error) {
      if (saysGone(error)) return goneObservation(error.provider.request_id ?? null, null, error.provider);
      throw error;
    }
  }

  /** One list instead of many reads. A list may lag: what it does not show is asked for before it counts as gone. */
  async #lookAtMany(ids: readonly string[]): Promise<Sight> {
    const listed = await gather([this.#byList()]);
    if (listed.failure !== null) return listed;
    const missing = ids.filter((id) => !listed.seen.has(id)).slice(0, fewCalls(this.#connection));
    return joined(listed, await lookEach(missing, (id) => this.#seeUnlisted(id)));
  }

  async #byList(): Promise<ReadonlyMap<string, Observation>> {
    const { servers } = await this.#servers.list(patience.look);
    return new Map(servers.map((server) => [server.id, observationOf(server, null)]));
  }

  /** As `#see`, of a server that the list of a moment ago did not show. */
  async #seeUnlisted(id: string): Promise<Observation> {
    try {
      const { server, requestId } = await this.#servers.get(id, patience.look);
      return observationOf(server, requestId);
    } catch (error) {
      if (isBareAbsence(error) || saysGone(error))
        return goneObservation(error.provider.request_id ?? null, null, error.provider);
      throw error;
    }
  }

  /** There is no filter, so all servers are read. They have no dates: which of two is the older can't be told. */
  async search(resourceType: string, marker: Marker): Promise<readonly Found[]> {
    if (resourceType !== "server") return [];
    const servers = await this.#servers.listOrDoubt();
    return servers
      .filter(({ tags }) => bearsMarker(tags ?? [], marker))
      .map((server) => ({
        resource: { type: "server", id: server.id },
        createdAt: "",
        observation: observationOf(server, null),
      }));
  }

  async marked(resourceType: MarkedType, deployment: string): Promise<readonly Marked[]> {
    if (resourceType !== "server") return [];
    const servers = await this.#servers.listOrDoubt();
    return servers
      .filter((server) => isOfConnection(server, this.#connection))
      .map(markedServer)
      .filter((thing) => namesDeployment(thing, deployment));
  }

  async inspect({ type, id }: Resource): Promise<Marked | null> {
    if (type !== "server") throw notHere(type);
    try {
      const shown = await this.#servers.find(id);
      return shown === null ? null : markedServer(shown.server);
    } catch (error) {
      if (saysGone(error)) return null;
      throw error;
    }
  }

  read(request: ReadRequest): Promise<ReadAnswer> {
    return this.#reads.read(request);
  }
}
