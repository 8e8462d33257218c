import type { Connection } from "../../connection.ts";
import type { Marked } from "../../operation/marked.ts";
import { isObject } from "../../operation/json.ts";
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
  type ReadItem,
  type ReadRequest,
} from "../../ports/provider.ts";
import type { AdapterPorts } from "../adapter-ports.ts";
import { readPanel } from "../convoy-reads.ts";
import { createConvoyTransport, panelRoot } from "../convoy-transport.ts";
import { ReadThrough } from "../read-through.ts";
import { BuildLook } from "./build-look.ts";
import { convoyV0Dialect } from "./dialect.ts";
import { panelReads } from "./reads.ts";
import { PanelCalls } from "./server-calls.ts";
import { stateOf } from "./translate.ts";

/** A Convoy panel of 2022-08. The secret is sent as it stands: an operator who wants `Bearer` writes it there. */
export class ConvoyV0Provider implements Provider {
  readonly dialect: Dialect = convoyV0Dialect;
  readonly #calls: PanelCalls;
  readonly #look: BuildLook;
  readonly #reads: ReadThrough;

  constructor(connection: Connection, ports: AdapterPorts) {
    const transport = createConvoyTransport(connection, ports, (secret) => secret);
    this.#calls = new PanelCalls(transport, connection);
    this.#look = new BuildLook(this.#calls, connection);
    this.#reads = new ReadThrough(transport, panelReads(panelRoot(connection)), connection.name);
  }

  async send(call: ProviderCall): Promise<Answer> {
    switch (call.do) {
      case "create":
        return this.#calls.create(call.input, call.marker);
      case "update":
        return this.#calls.update(call.resource.id, call.input);
      case "delete":
        return this.#calls.delete(call.resource.id, call.input["purge"] === true);
      case "apply":
        return this.#calls.patchSpecifications(call.resource.id, call.input);
      case "configure":
      case "power":
      case "act":
      case "delete_volume":
        throw new ProviderRefusal("INVALID_INPUT", `This panel has no call to ${call.do}.`, { status: null });
    }
  }

  look(handles: readonly Handle[]): Promise<readonly (Observation | null)[]> {
    return this.#look.at(handles);
  }

  search(_resourceType: string, marker: Marker): Promise<readonly Found[]> {
    return this.#calls.search(marker);
  }

  /** None: a name has no room to tell the deployment beside the operation, so nothing is ever taken for an orphan. */
  async marked(_resourceType: MarkedType, _deployment: string): Promise<readonly Marked[]> {
    return [];
  }

  async inspect(resource: Resource): Promise<Marked | null> {
    const [seen] = await this.look([{ resource, task: null, ageSeconds: 0, seenMoving: false }]);
    if (seen === undefined || seen === null || seen.phase === "gone") return null;
    const { name, phase, state } = seen;
    return {
      resource,
      name,
      tags: [],
      createdAt: null,
      phase,
      state,
      isProtected: false,
      usedBy: null,
      volumes: [],
    };
  }

  read(request: ReadRequest): Promise<ReadAnswer> {
    return readPanel(this.#reads, request, mended);
  }
}

/** Specifications have no id of their own, and a server's state is a flag. */
const mended = (item: ReadItem, [, id, part]: readonly string[]): ReadItem => {
  if (part !== undefined) return { ...item, id: id ?? "" };
  return isObject(item.raw) ? { ...item, state: stateOf(item.raw["installing"]) } : item;
};
