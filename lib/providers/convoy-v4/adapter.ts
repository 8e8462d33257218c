import type { Connection } from "../../connection.ts";
import type { Marked } from "../../operation/marked.ts";
import type { Marker } from "../../operation/marker.ts";
import type { Observation } from "../../operation/observation.ts";
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
import { readPanel } from "../convoy-reads.ts";
import { createConvoyTransport, panelRoot } from "../convoy-transport.ts";
import { textOfInput } from "../input-parts.ts";
import { idsOf, inOrder } from "../looking.ts";
import { ReadThrough } from "../read-through.ts";
import { saysGone } from "../scaleway-refusal.ts";
import { patience } from "../transport.ts";
import { convoyV4Dialect } from "./dialect.ts";
import { lookAtServers } from "./look.ts";
import { PanelCalls } from "./panel-calls.ts";
import { readPassword, withoutPassword } from "./password.ts";
import { mendServer, v4Reads } from "./reads.ts";
import { createBodyOf, markedOf } from "./translate.ts";

const notOffered = (what: string): ProviderRefusal =>
  new ProviderRefusal("INVALID_INPUT", `This panel has no ${what}.`, { status: null });

/** Convoy's application API of version 4: a bearer token, and JSON asked for with every call. */
export class ConvoyV4Provider implements Provider {
  readonly dialect: Dialect = convoyV4Dialect;
  readonly #connection: Connection;
  readonly #ports: AdapterPorts;
  readonly #calls: PanelCalls;
  readonly #reads: ReadThrough;

  constructor(connection: Connection, ports: AdapterPorts) {
    const transport = createConvoyTransport(connection, ports, (secret) => `Bearer ${secret}`);
    this.#connection = connection;
    this.#ports = ports;
    this.#calls = new PanelCalls(transport, connection);
    this.#reads = new ReadThrough(transport, v4Reads(panelRoot(connection)), connection.name);
  }

  async send(call: ProviderCall): Promise<Answer> {
    switch (call.do) {
      case "create":
        return this.#create(call);
      case "power":
        return this.#calls.suspend(call.resource.id, call.to === "on" ? "unsuspend" : "suspend");
      case "update":
        return this.#calls.update(call.resource.id, call.input);
      case "delete":
        return this.#calls.delete(call.resource.id, call.input);
      case "apply":
        if (call.kind !== "specifications.update") throw notOffered(call.kind);
        return this.#calls.updateSettings(call.resource.id, call.input);
      case "act":
      case "configure":
      case "delete_volume":
        throw notOffered(call.do === "act" ? `action ${call.action}` : "such call");
    }
  }

  async #create({ input, marker }: Extract<ProviderCall, { do: "create" }>): Promise<Answer> {
    const reference = textOfInput(input, "account_password");
    const password = await readPassword(reference, this.#connection, this.#ports);
    try {
      return await this.#calls.create(createBodyOf(input, marker, password), password);
    } catch (error) {
      throw withoutPassword(error, password);
    }
  }

  async look(handles: readonly Handle[]): Promise<readonly (Observation | null)[]> {
    return inOrder(handles, await lookAtServers(this.#calls, idsOf(handles, "server"), this.#connection));
  }

  async search(resourceType: string, marker: Marker): Promise<readonly Found[]> {
    return resourceType === "server" ? this.#calls.search(marker) : [];
  }

  /** A name has no room for whose installation made it, so nothing is listed. */
  async marked(_resourceType: MarkedType, _deployment: string): Promise<readonly Marked[]> {
    return [];
  }

  async inspect({ type, id }: Resource): Promise<Marked | null> {
    if (type !== "server") return null;
    try {
      return markedOf((await this.#calls.get(id, patience.look)).server);
    } catch (error) {
      if (saysGone(error)) return null;
      throw error;
    }
  }

  read(request: ReadRequest): Promise<ReadAnswer> {
    return readPanel(this.#reads, request, mendServer);
  }
}
