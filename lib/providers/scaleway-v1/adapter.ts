import type { Connection } from "../../connection.ts";
import type { JsonObject } from "../../operation/json.ts";
import { resourceTypeOf } from "../../operation/kind.ts";
import type { Marked } from "../../operation/marked.ts";
import type { Marker } from "../../operation/marker.ts";
import type { Observation } from "../../operation/observation.ts";
import type { Resource } from "../../operation/operation.ts";
import type { Foresight, PlannedCreates } from "../../ports/foresight.ts";
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
import { nameBears } from "../name-marker.ts";
import { planPace } from "../pace.ts";
import { ReadThrough } from "../read-through.ts";
import { createTransport, patience, rootOf } from "../transport.ts";
import { ActionCalls } from "./action-calls.ts";
import { v1Dialect } from "./dialect.ts";
import { foreseeAtV1 } from "./foresight.ts";
import { LimitGate } from "./limit-gate.ts";
import { findOnPages, readEveryPage } from "./pages.ts";
import { partCallOf } from "./part-calls.ts";
import { v1Reads } from "./reads.ts";
import { asLaunch, requestIdOf, saysGone, v1ErrorOf } from "./refusal.ts";
import { observationOf, ThingCalls } from "./thing-calls.ts";
import { bodyOf, createdAtOf, markedThing, renamedBody, shelfOf, type Shelf } from "./translate.ts";

const version = "v1";
const usualRoot = "https://api.scaleway.com";
/** From this many servers on, the list is read instead of one after the other. */
const many = 5;
const types = ["server", "volume", "container", "tag", "organization"] as const;

const notHere = (what: string): ProviderRefusal =>
  new ProviderRefusal("PROVIDER_REFUSED", `This API has no ${what}.`, { status: null });

const shelfFor = (type: string): Shelf => {
  const shelf = shelfOf(type);
  if (shelf === null) throw notHere(type);
  return shelf;
};

/** A failed launch is told as such. */
const launched = async (answer: Promise<Answer>): Promise<Answer> => {
  try {
    return await answer;
  } catch (error) {
    throw asLaunch(error);
  }
};

/** `api.scaleway.com/v1` of January 2014: servers, tags, volumes, containers, organizations. */
export class V1Provider implements Provider {
  readonly dialect: Dialect = v1Dialect;
  readonly #connection: Connection;
  readonly #things: ThingCalls;
  readonly #actions: ActionCalls;
  readonly #reads: ReadThrough;
  readonly #planReads: ReadThrough;

  constructor(connection: Connection, ports: AdapterPorts) {
    const root = rootOf(connection.api_url ?? usualRoot);
    const http = new LimitGate(ports.http, ports.clock);
    const transport = createTransport(
      connection,
      { ...ports, http },
      { headers: (secret) => ({ "X-Auth-Token": secret }), requestIdOf, errorOf: v1ErrorOf },
    );
    this.#connection = connection;
    this.#things = new ThingCalls(transport, root, version);
    this.#actions = new ActionCalls(transport, root, version, connection);
    const rules = v1Reads(root, version);
    this.#reads = new ReadThrough(transport, rules, connection.name);
    this.#planReads = new ReadThrough(transport, rules, connection.name, planPace);
  }

  async send(call: ProviderCall): Promise<Answer> {
    switch (call.do) {
      case "create": {
        const { kind, input, marker } = call;
        const body = bodyOf(this.#connection, kind, input, marker);
        const made = this.#things.create(shelfFor(resourceTypeOf(kind)), body);
        return kind === "server.create" ? launched(made) : made;
      }
      case "power":
        return call.to === "on"
          ? launched(this.#actions.run(call.resource.id, "poweron"))
          : this.#actions.run(call.resource.id, "poweroff");
      case "act":
        return this.#actions.run(call.resource.id, call.action);
      case "update":
        return this.#update(call.resource, call.input);
      case "delete":
        return this.#things.change("DELETE", this.#pathTo(call.resource));
      case "apply": {
        const { method, path, json } = partCallOf(call.kind, call.resource.id, call.input);
        return this.#things.change(method, path, json);
      }
      case "configure":
        throw notHere("user data");
      case "delete_volume":
        throw notHere("way to delete a volume");
    }
  }

  /**
   * A server keeps the marker in its name behind a new one. Anything else was made with it only to be found, and is now
   * given the name that was asked for.
   */
  async #update(resource: Resource, input: JsonObject): Promise<Answer> {
    const path = this.#pathTo(resource);
    if (resource.type !== "server") return this.#things.change("PUT", path, input);
    const { thing } = await this.#things.get(shelfFor("server"), resource.id, patience.reserved);
    return this.#things.change("PUT", path, renamedBody(input, thing), patience.change);
  }

  #pathTo({ type, id }: Resource): readonly string[] {
    return [shelfFor(type).collection, id];
  }

  async look(handles: readonly Handle[]): Promise<readonly (Observation | null)[]> {
    const limit = fewCalls(this.#connection);
    const sights = await Promise.all(
      types.map((type) => {
        const ids = idsOf(handles, type);
        const isCrowd = type === "server" && ids.length >= many;
        return isCrowd ? this.#lookAtMany(ids) : this.#lookAtEach(type, ids.slice(0, limit));
      }),
    );
    return inOrder(handles, sights.reduce(joined));
  }

  #lookAtEach(type: string, ids: readonly string[]): Promise<Sight> {
    return lookEach(ids, (id) => this.#things.see({ type, id }));
  }

  /** A list instead of many reads. It may lag: what it does not show is asked for before it counts as gone. */
  async #lookAtMany(ids: readonly string[]): Promise<Sight> {
    const listed = await gather([this.#byList(new Set(ids))]);
    if (listed.failure !== null) return listed;
    const missing = ids.filter((id) => !listed.seen.has(id)).slice(0, fewCalls(this.#connection));
    return joined(listed, await this.#lookAtEach("server", missing));
  }

  async #byList(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, Observation>> {
    const shelf = shelfFor("server");
    const found = await findOnPages(
      (page) => this.#things.page(shelf, page, false),
      ({ id }) => id,
      ids,
    );
    return new Map([...found].map(([id, thing]) => [id, observationOf(shelf, { thing, requestId: null })]));
  }

  /** All things of the type whose names bear the marker. Volumes have no names, so none is ever found. */
  async search(resourceType: string, marker: Marker): Promise<readonly Found[]> {
    if (resourceType === "volume") return [];
    const shelf = shelfFor(resourceType);
    const things = await readEveryPage(
      (page) => this.#things.page(shelf, page, true),
      ({ id }) => id,
    );
    return things
      .filter(({ name }) => nameBears(name ?? "", marker))
      .map((thing) => ({
        resource: { type: resourceType, id: thing.id },
        createdAt: createdAtOf(thing),
        observation: observationOf(shelf, { thing, requestId: null }),
      }));
  }

  /**
   * None: a name tells of an operation and not of the installation that it belongs to, and what is another one's must
   * not be taken for an orphan.
   */
  async marked(_type: MarkedType, _deployment: string): Promise<readonly Marked[]> {
    return [];
  }

  async inspect({ type, id }: Resource): Promise<Marked | null> {
    const shelf = shelfFor(type);
    try {
      const shown = await this.#things.get(shelf, id);
      return markedThing(type, shown.thing, observationOf(shelf, shown));
    } catch (error) {
      if (saysGone(error)) return null;
      throw error;
    }
  }

  foresee(creates: readonly PlannedCreates[]): Promise<Foresight> {
    return foreseeAtV1(creates, (request) => this.#planReads.read(request));
  }

  read(request: ReadRequest): Promise<ReadAnswer> {
    return this.#reads.read(request);
  }
}
