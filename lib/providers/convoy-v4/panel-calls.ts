import type { Connection } from "../../connection.ts";
import type { Json, JsonObject } from "../../operation/json.ts";
import type { Marker } from "../../operation/marker.ts";
import { goneObservation, type Observation } from "../../operation/observation.ts";
import { ProviderRefusal, type Answer, type Found } from "../../ports/provider.ts";
import { readable, serverPage, type ServerPage } from "../convoy-pages.ts";
import { panelRoot, serversPath } from "../convoy-transport.ts";
import { nameBears } from "../name-marker.ts";
import { sameThing } from "../same-thing.ts";
import { yes } from "../scaleway-calls.ts";
import { pageSize, readAllPages } from "../scaleway-pages.ts";
import { saysGone } from "../scaleway-refusal.ts";
import { patience, type Patience, type Transport, type WireCall } from "../transport.ts";
import {
  deleteBodyOf,
  escapeFromFailedDeletion,
  foundOf,
  notApplied,
  observationOf,
  settingsOf,
  updateBodyOf,
} from "./translate.ts";
import { serverEnvelope, serverSchema, type PanelServer } from "./wire.ts";

interface Gotten {
  readonly server: PanelServer;
  readonly requestId: string | null;
}

/** The letters of a marker that every name bearing it has, however short it was cut. */
const commonEnd = (marker: Marker): string => marker.operation.slice(-8);

/** A refusal in words of ours; what the panel said stays beside them. */
const inWords = (error: ProviderRefusal, code: ProviderRefusal["code"], message: string): ProviderRefusal =>
  new ProviderRefusal(code, message, error.provider, { cause: error });

const isConflict = (error: unknown): error is ProviderRefusal =>
  error instanceof ProviderRefusal && error.provider.status === 409;

/** Settings with nothing left open: a field that is missing would be changed to nothing. @throws ProviderRefusal */
const complete = (settings: Readonly<Record<string, Json | undefined>>): JsonObject => {
  const open = Object.keys(settings).filter((field) => settings[field] === undefined);
  if (open.length > 0) {
    const message = `The panel does not show what the server has now; name it yourself: ${open.join(", ")}.`;
    throw new ProviderRefusal("PROVIDER_REFUSED", message, { status: 200 });
  }
  return Object.fromEntries(
    Object.entries(settings).flatMap(([field, value]) => (value === undefined ? [] : [[field, value]])),
  );
};

/** @throws ProviderRefusal where the panel is at work on the server */
const checkFreeable = ({ status }: PanelServer): void => {
  if (status === "deletion_failed" || status === null) return;
  const message = `The status can be set to null where it is deletion_failed; it is ${status ?? "not told"}.`;
  throw new ProviderRefusal("PROVIDER_REFUSED", message, { status: null });
};

/** The calls of a panel's application API on its servers. */
export class PanelCalls {
  readonly #transport: Transport;
  readonly #connection: Connection;

  constructor(transport: Transport, connection: Connection) {
    this.#transport = transport;
    this.#connection = connection;
  }

  #call(
    method: WireCall["method"],
    path: readonly string[],
    more: Pick<Partial<WireCall>, "json" | "patience" | "hidden"> = {},
  ): WireCall {
    return {
      method,
      root: panelRoot(this.#connection),
      path: serversPath(...path),
      patience: patience.reserved,
      ...more,
    };
  }

  /**
   * POST /servers; the marker is in the name.
   * @throws ProviderRefusal, ProviderDoubt; a template that is not there is bad input, not a missing resource
   */
  async create(json: JsonObject, password: string): Promise<Answer> {
    try {
      const { value, requestId } = await this.#transport.call(
        this.#call("POST", [], { json, hidden: [password] }),
        serverEnvelope,
      );
      const observation = observationOf(value.data, requestId);
      return { resource: { type: "server", id: value.data.id }, task: null, observation, requestId };
    } catch (error) {
      if (!saysGone(error)) throw error;
      throw inWords(
        error,
        "INVALID_INPUT",
        `The panel does not find what the create names: ${error.message}`,
      );
    }
  }

  /**
   * PATCH of fields. A status is only taken away from a server whose deletion has failed, so one is looked at first: a
   * word written over a build or a deletion that runs would hide it. So is one that is renamed: its marker is kept.
   */
  async update(id: string, input: JsonObject): Promise<Answer> {
    const needsSight = Object.hasOwn(input, "status") || input["name"] !== undefined;
    const server = needsSight ? (await this.get(id, patience.reserved)).server : null;
    if (server !== null && Object.hasOwn(input, "status")) checkFreeable(server);
    const json = server === null ? input : updateBodyOf(input, server);
    const wait = needsSight ? patience.change : patience.reserved;
    const { value, requestId } = await this.#transport.call(
      this.#call("PATCH", [id], { json, patience: wait }),
      serverEnvelope,
    );
    return { ...yes(requestId), observation: observationOf(value.data, requestId) };
  }

  /**
   * PATCH of the build settings: the panel wants all of them, so those that are left out are read first; and it answers
   * 200 whether the node took them or not, so the server is looked at afterwards. Three requests, all harmless to repeat.
   * @throws ProviderRefusal also where the server does not have what was sent
   */
  async updateSettings(id: string, input: JsonObject): Promise<Answer> {
    const before = await this.get(id, patience.reserved);
    const json = complete(settingsOf(input, before.server.limits ?? {}));
    await this.#changing(() =>
      this.#transport.callForText(
        this.#call("PATCH", [id, "settings", "build"], { json, patience: patience.change }),
      ),
    );
    const { server, requestId } = await this.get(id, patience.change);
    const missing = notApplied(json, server.limits ?? {});
    if (missing.length === 0) return { ...yes(requestId), observation: observationOf(server, requestId) };
    const message = `The panel answered 200 and did not apply it: ${missing.join("; ")}. Look at the server's node, then send it again.`;
    throw new ProviderRefusal("PROVIDER_REFUSED", message, {
      status: 200,
      ...(requestId === null ? {} : { request_id: requestId }),
    });
  }

  /** POST settings/suspend, which kills the machine, or settings/unsuspend, which starts it. */
  async suspend(id: string, action: "suspend" | "unsuspend"): Promise<Answer> {
    const call = this.#call("POST", [id, "settings", action]);
    const { requestId } = await this.#changing(() => this.#transport.callForText(call));
    return yes(requestId);
  }

  /**
   * DELETE. The panel refuses it with 409 where a deletion is under way, which is what was asked for, and where one has
   * failed, of which it does not get rid by itself: only a look tells which, so there is one.
   */
  async delete(id: string, input: JsonObject): Promise<Answer> {
    try {
      const call = this.#call("DELETE", [id], { json: deleteBodyOf(input) });
      const { requestId } = await this.#transport.callForText(call);
      return yes(requestId);
    } catch (error) {
      if (!isConflict(error)) throw error;
      const { server, requestId } = await this.get(id, patience.change);
      if (server.status === "deleting") return yes(requestId);
      if (server.status !== "deletion_failed") throw error;
      const message = `An earlier deletion has failed, and the panel refuses another one: ${escapeFromFailedDeletion}.`;
      throw inWords(error, "PROVIDER_REFUSED", message);
    }
  }

  /** A write that a server refuses while it is being deleted, and after that has failed. */
  async #changing<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      if (!isConflict(error)) throw error;
      const message = `${error.message} It is being deleted; where its status is deletion_failed, ${escapeFromFailedDeletion}.`;
      throw inWords(error, "WRONG_STATE", message);
    }
  }

  async get(id: string, wait: Patience | null): Promise<Gotten> {
    const call = this.#call("GET", [id], { patience: wait });
    const { value, requestId } = await this.#transport.call(call, serverEnvelope);
    const server = value.data;
    // Whoever asks may use the uuid, of which the id is the beginning.
    const asked = id.toLowerCase().startsWith(`${server.id.toLowerCase()}-`) ? server.id : id;
    return { server: sameThing(asked, server, requestId), requestId };
  }

  /** One look at one server; gone when the panel says so. */
  async see(id: string): Promise<Observation> {
    try {
      const { server, requestId } = await this.get(id, patience.look);
      return observationOf(server, requestId);
    } catch (error) {
      if (saysGone(error)) return goneObservation(error.provider.request_id ?? null, null, error.provider);
      throw error;
    }
  }

  page(page: number, query: Readonly<Record<string, string>> = {}): Promise<ServerPage<PanelServer>> {
    const pages = { page: String(page), per_page: String(pageSize) };
    const to = { transport: this.#transport, connection: this.#connection };
    return serverPage(to, { ...query, ...pages }, serverSchema);
  }

  /** All servers whose names bear the marker: the panel narrows the list by what they all have, we compare. */
  async search(marker: Marker): Promise<Found[]> {
    const servers = await readAllPages(
      async (page) => readable(await this.page(page, { "filter[name]": commonEnd(marker) })),
      ({ id }) => id,
    );
    return servers.filter(({ name }) => nameBears(name ?? "", marker)).map(foundOf);
  }
}
