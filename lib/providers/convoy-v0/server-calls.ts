import type { Connection } from "../../connection.ts";
import type { JsonObject } from "../../operation/json.ts";
import type { Marker } from "../../operation/marker.ts";
import { ProviderDoubt, type Answer, type Found } from "../../ports/provider.ts";
import { readable, serverPage, type ServerPage } from "../convoy-pages.ts";
import { panelRoot, serversPath } from "../convoy-transport.ts";
import { nameBears } from "../name-marker.ts";
import { readAllPages } from "../scaleway-pages.ts";
import { patience, type Patience, type Transport, type WireCall } from "../transport.ts";
import {
  flagOf,
  isWhole,
  observationOf,
  serverBodyOf,
  specificationsBodyOf,
  updateBodyOf,
} from "./translate.ts";
import {
  serverEnvelope,
  serverSchema,
  specificationsEnvelope,
  type PanelServer,
  type Specifications,
} from "./wire.ts";

/** The last millisecond that there is a date for. */
const lastInstant = 8_640_000_000_000_000;

/** The panel has no maximum, and counts calls by the minute: few large pages. */
const pageSize = 500;

/** An answer that only says yes. */
const yes = (requestId: string | null): Answer => ({
  resource: null,
  task: null,
  observation: null,
  requestId,
});

/** The calls on the panel's servers. */
export class PanelCalls {
  readonly #transport: Transport;
  readonly #connection: Connection;

  constructor(transport: Transport, connection: Connection) {
    this.#transport = transport;
    this.#connection = connection;
  }

  #at(
    method: WireCall["method"],
    wait: Patience | null,
    path: readonly string[],
    json?: JsonObject,
  ): WireCall {
    return {
      method,
      root: panelRoot(this.#connection),
      path: serversPath(...path),
      patience: wait,
      ...(json === undefined ? {} : { json }),
    };
  }

  /** POST /servers; the marker ends the name. A new one's build begins some time after the answer. */
  async create(input: JsonObject, marker: Marker): Promise<Answer> {
    const call = this.#at("POST", patience.reserved, [], serverBodyOf(input, marker));
    const { value, requestId } = await this.#transport.call(call, serverEnvelope);
    return {
      ...yes(requestId),
      resource: { type: "server", id: value.data.id },
      observation: observationOf(value.data, requestId),
    };
  }

  /**
   * PUT /servers/{id}. It demands fields that the caller may have left out: those are read first, two requests, both
   * harmless to repeat; the second waits for the budget itself.
   */
  async update(id: string, input: JsonObject): Promise<Answer> {
    if (isWhole(input) && input["name"] === undefined) return this.#put(id, input, patience.reserved);
    const { server } = await this.get(id, patience.reserved);
    return this.#put(id, updateBodyOf(input, server), patience.change);
  }

  async #put(id: string, body: JsonObject, wait: Patience | null): Promise<Answer> {
    const { value, requestId } = await this.#transport.call(
      this.#at("PUT", wait, [id], body),
      serverEnvelope,
    );
    return { ...yes(requestId), observation: observationOf(value.data, requestId) };
  }

  /** DELETE /servers/{id}; `purge` counts only as a JSON boolean in the body. */
  async delete(id: string, purge: boolean): Promise<Answer> {
    const call = this.#at("DELETE", patience.reserved, [id], { purge });
    const { requestId } = await this.#transport.callForText(call);
    return yes(requestId);
  }

  /** PATCH /servers/{id}/specifications: only ever after the build. */
  async patchSpecifications(id: string, input: JsonObject): Promise<Answer> {
    const body = specificationsBodyOf(input);
    const call = this.#at("PATCH", patience.reserved, [id, "specifications"], body);
    const { requestId } = await this.#transport.call(call, specificationsEnvelope);
    return yes(requestId);
  }

  async get(id: string, wait: Patience | null): Promise<{ server: PanelServer; requestId: string | null }> {
    const { value, requestId } = await this.#transport.call(this.#at("GET", wait, [id]), serverEnvelope);
    if (value.data.id === id) return { server: value.data, requestId };
    throw new ProviderDoubt("The panel answered with another server.", { status: 200 });
  }

  async specifications(id: string): Promise<Specifications | null> {
    const call = this.#at("GET", patience.look, [id, "specifications"]);
    return (await this.#transport.call(call, specificationsEnvelope)).value.data;
  }

  /** Whether any server is being built now, or seems to be for ever: then the workers may be busy. */
  async isAnyBuilt(): Promise<boolean> {
    const page = await this.page(1, { "filter[installing]": "1" });
    return page.items.some((server) => flagOf(server) === "working");
  }

  page(page: number, query: Readonly<Record<string, string>> = {}): Promise<ServerPage<PanelServer>> {
    return serverPage(
      { transport: this.#transport, connection: this.#connection },
      { ...query, page: String(page), per_page: String(pageSize) },
      serverSchema,
    );
  }

  /** All servers whose name bears the marker. The panel looks for a part of the name; we look again. */
  async search(marker: Marker): Promise<Found[]> {
    const query = { "filter[name]": marker.operation.slice(-8) };
    const servers = await readAllPages(
      async (page) => readable(await this.page(page, query)),
      ({ id }) => id,
    );
    return servers
      .filter(({ name }) => nameBears(name ?? "", marker))
      .map((server) => ({
        resource: { type: "server", id: server.id },
        // The panel does not say when, but it counts: the number as an instant, to choose the oldest by.
        createdAt: new Date(Math.min(Number(server.id) || 0, lastInstant)).toISOString(),
        observation: observationOf(server, null),
      }));
  }
}
