import type { Connection } from "../../lib/connection.ts";
import { bearsMarker, deploymentTag, madeBy, withMarker, type Marker } from "../../lib/operation/marker.ts";
import type { Marked } from "../../lib/operation/marked.ts";
import type { Resource } from "../../lib/operation/operation.ts";
import { goneObservation, type Observation, type Phase } from "../../lib/operation/observation.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import {
  ProviderDoubt,
  ProviderRefusal,
  UnknownCollection,
  type Answer,
  type Dialect,
  type Found,
  type Handle,
  type MarkedType,
  type Provider,
  type ProviderCall,
  type Providers,
  type ReadAnswer,
  type ReadRequest,
  type RefusalCode,
} from "../../lib/ports/provider.ts";
import { dialects } from "../../lib/providers/registry.ts";

interface Server {
  readonly id: string;
  tags: readonly string[];
  readonly createdAt: number;
  /** Not before this instant do lists show it. */
  readonly listedAt: number;
  phase: Phase;
  /** What it is on its way to, and when it gets there. */
  turning: { readonly to: Phase; readonly at: number } | null;
  boots: number;
  isProtected?: boolean;
}

/** What goes wrong with the next call of a kind. */
export type Mishap =
  | { readonly kind: "refuse"; readonly code: RefusalCode }
  /** The call is carried out and its answer is lost. */
  | { readonly kind: "lose_answer" }
  /** No answer, and the call is carried out this much later. */
  | { readonly kind: "land_later"; readonly milliseconds: number }
  /** No answer, and nothing happens. */
  | { readonly kind: "drop" };

/** A provider in memory: servers that take time, on a clock that is given, with mishaps in the order they were asked for. */
export class MemoryProvider implements Provider {
  readonly dialect: Dialect = dialects["scaleway-instance"].dialect;
  readonly servers: Server[] = [];
  readonly calls: string[] = [];
  readonly mishaps: Partial<Record<ProviderCall["do"], Mishap[]>> = {};
  /** Milliseconds that a server needs to turn on or off, and that a list lags behind. */
  turnMilliseconds = 4000;
  listLagMilliseconds = 0;
  /** Volumes and addresses. */
  things: readonly Marked[] = [];
  /** Types whose lists are not answered. */
  readonly silentLists = new Set<string>();
  /** Called just before each single look: somebody's last chance to change something. */
  beforeInspect: () => void = () => {};
  readonly #clock: Clock;
  readonly #later: { readonly at: number; readonly run: () => void }[] = [];
  #serial = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async send(call: ProviderCall): Promise<Answer> {
    this.#settle();
    this.calls.push(call.do);
    const mishap = this.mishaps[call.do]?.shift();
    switch (mishap?.kind) {
      case undefined:
        return this.#carryOut(call);
      case "refuse":
        throw new ProviderRefusal(mishap.code, `refused: ${mishap.code}`, { status: 400 });
      case "lose_answer":
        this.#carryOut(call);
        throw new ProviderDoubt("the answer was lost", { status: null });
      case "land_later": {
        this.#later.push({
          at: this.#clock.now() + mishap.milliseconds,
          run: () => void this.#carryOut(call),
        });
        throw new ProviderDoubt("no answer in time", { status: null });
      }
      case "drop":
        throw new ProviderDoubt("no answer in time", { status: null });
    }
  }

  async look(handles: readonly Handle[]): Promise<readonly (Observation | null)[]> {
    this.#settle();
    this.calls.push("look");
    return handles.map(({ resource }) => {
      const server = this.servers.find(({ id }) => id === resource.id);
      return server === undefined ? goneObservation(null) : this.#observe(server);
    });
  }

  async search(_type: string, marker: Marker): Promise<readonly Found[]> {
    this.#settle();
    this.calls.push("search");
    return this.servers
      .filter(({ tags, listedAt }) => bearsMarker(tags, marker) && listedAt <= this.#clock.now())
      .map((server) => ({
        resource: { type: "server", id: server.id },
        createdAt: new Date(server.createdAt).toISOString(),
        observation: this.#observe(server),
      }));
  }

  async marked(type: MarkedType, deployment: string): Promise<readonly Marked[]> {
    this.#settle();
    this.calls.push(`marked ${type}`);
    if (this.silentLists.has(type)) throw new ProviderDoubt("no answer in time", { status: null });
    const servers =
      type === "server" ? this.servers.filter(({ listedAt }) => listedAt <= this.#clock.now()) : [];
    const things = [...servers.map((server) => this.#markedServer(server)), ...this.#others(type)];
    return things.filter(({ tags }) => tags.includes(deploymentTag(deployment)));
  }

  async inspect({ type, id }: Resource): Promise<Marked | null> {
    this.#settle();
    this.calls.push(`inspect ${type}`);
    this.beforeInspect();
    if (type !== "server") return this.#others(type).find((thing) => thing.resource.id === id) ?? null;
    const server = this.servers.find((one) => one.id === id);
    return server === undefined ? null : this.#markedServer(server);
  }

  #others(type: string): readonly Marked[] {
    return this.things.filter(({ resource }) => resource.type === type);
  }

  #markedServer(server: Server): Marked {
    const volumes = this.things.filter(
      ({ resource, usedBy }) => resource.type === "volume" && usedBy === server.id,
    );
    return {
      resource: { type: "server", id: server.id },
      name: server.id,
      tags: server.tags,
      createdAt: new Date(server.createdAt).toISOString(),
      phase: server.phase,
      state: server.phase,
      isProtected: server.isProtected ?? false,
      usedBy: null,
      volumes: volumes.map(({ resource }) => ({ id: resource.id, store: "block" })),
    };
  }

  /** Puts a server there as a person would by hand. */
  addServer(tags: readonly string[], fields: Partial<Pick<Server, "phase" | "isProtected">> = {}): string {
    this.#create({ operation: "", deployment: "" });
    const made = this.servers.at(-1);
    if (made === undefined) throw new Error("no server was made");
    Object.assign(made, { tags, ...fields });
    return made.id;
  }

  /** Deletes whatever it is; what a server had is free then. */
  remove({ type, id }: Resource): void {
    if (type === "server") {
      const at = this.servers.findIndex((server) => server.id === id);
      if (at !== -1) this.servers.splice(at, 1);
      this.things = this.things.map((thing) =>
        thing.usedBy === id ? { ...thing, usedBy: null, phase: "off" } : thing,
      );
    } else this.things = this.things.filter(({ resource }) => resource.id !== id || resource.type !== type);
  }

  /** What a read-through is answered; null: there are no collections. */
  reading: ((request: ReadRequest) => ReadAnswer) | null = null;

  async read(request: ReadRequest): Promise<ReadAnswer> {
    this.#settle();
    this.calls.push(`read ${request.path.join("/")}`);
    if (this.reading === null) throw new UnknownCollection(request.path);
    return this.reading(request);
  }

  /** Lets happen what is due by now. */
  #settle(): void {
    const now = this.#clock.now();
    for (const late of this.#later.filter(({ at }) => at <= now)) {
      this.#later.splice(this.#later.indexOf(late), 1);
      late.run();
    }
    for (const server of this.servers) {
      if (server.turning === null || server.turning.at > now) continue;
      server.phase = server.turning.to;
      server.turning = null;
    }
  }

  #carryOut(call: ProviderCall): Answer {
    if (call.do === "create") return this.#create(call.marker);
    if (call.do === "power") {
      const server = this.servers.find(({ id }) => id === call.resource.id);
      if (server === undefined)
        throw new ProviderRefusal("RESOURCE_NOT_FOUND", "no such server", { status: 404 });
      server.phase = "moving";
      server.turning = { to: call.to, at: this.#clock.now() + this.turnMilliseconds };
      if (call.to === "on") server.boots += 1;
    }
    if (call.do === "delete") this.remove(call.resource);
    if (call.do === "delete_volume") this.remove({ type: "volume", id: call.volume.id });
    return { resource: null, task: null, observation: null, requestId: null };
  }

  #create(marker: Marker): Answer {
    const now = this.#clock.now();
    this.#serial += 1;
    const server: Server = {
      id: `server-${this.#serial}`,
      tags: withMarker([], marker),
      createdAt: now,
      listedAt: now + this.listLagMilliseconds,
      phase: "off",
      turning: null,
      boots: 0,
    };
    this.servers.push(server);
    return {
      resource: { type: "server", id: server.id },
      task: null,
      observation: this.#observe(server),
      requestId: null,
    };
  }

  #observe(server: Server): Observation {
    return {
      ...goneObservation(null),
      phase: server.phase,
      state: server.phase,
      name: server.id,
      modified: `${server.phase}-${server.boots}`,
      made_by: madeBy(server.tags),
    };
  }
}

/** One connection, `paris`, at this provider. */
export const providersOf = (provider: Provider, connection: Connection): Providers => ({
  connection: (name) => (name === connection.name ? connection : null),
  connections: () => [connection],
  dialect: () => provider.dialect,
  provider: () => provider,
});
