import { homeOf, type Connection } from "../../lib/connection.ts";
import { bounds } from "../../lib/operation/bounds.ts";
import type { Marked } from "../../lib/operation/marked.ts";
import { bearsMarker, deploymentTag, madeBy, type Marker } from "../../lib/operation/marker.ts";
import { bareObservation, type Observation } from "../../lib/operation/observation.ts";
import type { Resource } from "../../lib/operation/operation.ts";
import type { Budget } from "../../lib/ports/budget.ts";
import {
  UnknownCollection,
  type Answer,
  type Dialect,
  type Found,
  type Handle,
  type MarkedType,
  type Provider,
  type ProviderCall,
} from "../../lib/ports/provider.ts";
import type { Secrets } from "../../lib/ports/secrets.ts";
import { BuildLook } from "../../lib/providers/convoy-v0/build-look.ts";
import { PanelCalls } from "../../lib/providers/convoy-v0/server-calls.ts";
import { nameBears } from "../../lib/providers/name-marker.ts";
import { doubt, Exchange, type Weather } from "./exchange.ts";
import { refusal, type Server } from "./held.ts";
import { Listing } from "./listing.ts";
import { PanelTransport } from "./panel-transport.ts";
import type { Reply, Sandbox } from "./sandbox.ts";
import type { Site } from "./site.ts";
import { isTaskOver } from "./tasks.ts";

const patienceOfLooks = 15_000;
/** For how long a task that won't end is believed, in seconds. */
const believedSeconds = 20;

const volumeOf = ({ id }: { id: string }): Resource => ({ type: "volume", id });

/** The provider as one sandbox reaches it: what an adapter does, with a network in between that loses and delays. */
export class SimulatedProvider implements Provider {
  readonly dialect: Dialect;
  readonly #site: Site;
  readonly #sandbox: Sandbox;
  readonly #ports: { readonly budget: Budget; readonly secrets: Secrets };
  readonly #connection: Connection;
  readonly #exchange: Exchange;
  /** Of the older panel: its own look, since what it remembers is a part of the rule. */
  readonly #buildLook: BuildLook | null;

  constructor(
    site: Site,
    sandbox: Sandbox,
    ports: { readonly budget: Budget; readonly secrets: Secrets },
    connection: Connection,
    weather: Weather,
  ) {
    this.dialect = site.personality.dialect;
    this.#site = site;
    this.#sandbox = sandbox;
    this.#ports = ports;
    this.#connection = connection;
    this.#exchange = new Exchange(site, sandbox, ports.budget, connection, weather);
    const transport = new PanelTransport(site, async (name, see) => {
      await this.#passBudget();
      return this.#ask(name, see);
    });
    this.#buildLook =
      this.dialect.name === "convoy-v0"
        ? new BuildLook(new PanelCalls(transport, connection), connection)
        : null;
  }

  async marked(type: MarkedType, deployment: string): Promise<readonly Marked[]> {
    if (!this.#site.personality.isSwept) return [];
    await this.#passBudget();
    return this.#ask(`provider marked ${type}`, () => {
      const { world } = this.#sandbox;
      const listed = new Listing(this.#site.cloud, world).of(type, (server) => this.#isListed(server));
      world.record({ what: "listed", type });
      return listed.filter(({ tags }) => tags.includes(deploymentTag(deployment)));
    });
  }

  async inspect(resource: Resource): Promise<Marked | null> {
    await this.#passBudget();
    return this.#ask(`provider inspect ${resource.type}`, () =>
      new Listing(this.#site.cloud, this.#sandbox.world).one(resource),
    );
  }

  async send(call: ProviderCall): Promise<Answer> {
    const askedAt = this.#sandbox.now();
    await this.#ports.secrets.read(this.#connection.secret);
    this.#refuseWhatIsOld(askedAt);
    this.#noteSweep(call);
    this.#refuseWhereShut();
    const sent = this.#sandbox.run({
      name: `provider ${call.do}${call.do === "power" ? ` ${call.to}` : ""}`,
      writes: true,
      takes: 600,
      apply: () => this.#exchange.changing(call),
    });
    return this.#exchange.heard(sent);
  }

  async look(handles: readonly Handle[]): Promise<readonly (Observation | null)[]> {
    if (this.#buildLook !== null) return this.#lookAtBuilds(handles, this.#buildLook);
    await this.#passBudget();
    return this.#ask(`provider look ${handles.length}`, () =>
      handles.map((handle) => (this.#seesNothing(handle) ? null : this.#observe(handle))),
    );
  }

  async search(type: string, marker: Marker): Promise<readonly Found[]> {
    if (type === "volume" && this.dialect.name === "scaleway-v1") return [];
    await this.#passBudget();
    return this.#ask("provider search", () => {
      const found = type === "server" ? this.#found(marker) : this.#foundThings(type, marker);
      const { world } = this.#sandbox;
      const servers = found.map(({ resource }) => resource.id);
      world.record({ what: "searched", by: madeBy([marker.operation]), servers });
      if (found.length > 1) world.sometimes("a search found two servers of one request");
      return found;
    });
  }

  async read(): Promise<never> {
    throw new UnknownCollection([]);
  }

  #seesNothing({ resource }: Handle): boolean {
    return this.#sandbox.world.faults.strikes("look sees nothing", resource.id);
  }

  async #lookAtBuilds(handles: readonly Handle[], look: BuildLook): Promise<readonly (Observation | null)[]> {
    const { cloud } = this.#site;
    const seen = await look.at(
      handles.map((handle) => {
        const id = String(cloud.servers.get(handle.resource.id)?.number ?? 0);
        return { ...handle, resource: { type: "server", id } };
      }),
    );
    return handles.map((handle, index) => {
      const observation = seen[index] ?? null;
      const state = cloud.servers.get(handle.resource.id)?.state;
      if (state === "waiting" && observation !== null)
        this.#sandbox.world.sometimes("a zero before a build was looked at");
      return this.#seesNothing(handle) ? null : observation;
    });
  }

  #observe({ resource: { type, id }, task, ageSeconds }: Handle): Observation {
    const { cloud, shelf, tasks, personality } = this.#site;
    if (type !== "server" && personality.dialect.kinds.has("container.create")) return shelf.observe(id);
    if (task === null || !personality.hasTasks || isTaskOver(task)) return { ...cloud.observe(id), task };
    const told = tasks.see(task.id);
    if (told === null) this.#sandbox.world.sometimes("a task was gone when it was asked for");
    // A task under way is enough to know for a while; for everything else the server is the truth.
    if (ageSeconds < believedSeconds && told !== null && !isTaskOver(told))
      return bareObservation("moving", null, told);
    const seen = cloud.observe(id);
    return { ...seen, task: seen.phase === "moving" ? task : (told ?? task) };
  }

  /** Puts on record what the sweeper asks for, at the instant at which it asks. */
  #noteSweep(call: ProviderCall): void {
    const { world, current } = this.#sandbox;
    if (current?.name !== "sweep") return;
    const resource =
      call.do === "delete" ? call.resource : call.do === "delete_volume" ? volumeOf(call.volume) : null;
    if (resource === null) throw new Error(`The sweeper sends ${call.do}.`);
    const doomed = new Listing(this.#site.cloud, world).doomed(resource);
    world.record({ what: "sweeper deletes", ...resource, ...doomed, invocation: current.number });
  }

  /** What an adapter promises: a call that something held up on its way does not leave. */
  #refuseWhatIsOld(askedAt: number): void {
    const { world } = this.#sandbox;
    if (world.settings.withoutRules.has("what is held up is not sent")) return;
    if (this.#sandbox.now() - askedAt <= bounds.sendWithin * 1000) return;
    world.sometimes("a call was held up for too long and was not sent");
    throw refusal("UNAVAILABLE");
  }

  /** As the transport does: a place was taken when the circuit was not open yet. */
  #refuseWhereShut(): void {
    const until = this.#ports.budget.closedUntil(this.#connection.name, homeOf(this.#connection));
    if (until === null) return;
    this.#sandbox.world.sometimes("a call was not sent because its circuit was open");
    throw refusal("UNAVAILABLE", Math.max(1, (until - this.#sandbox.now()) / 1000));
  }

  #bears({ tags, name }: Server, marker: Marker): boolean {
    return this.#site.personality.nameLimit === null ? bearsMarker(tags, marker) : nameBears(name, marker);
  }

  /** What a list shows: for a while after its creation a server may be missing, and come and go. */
  #found(marker: Marker): readonly Found[] {
    const { cloud, personality } = this.#site;
    const inTags = personality.nameLimit === null;
    return (inTags ? cloud.tagged(marker.operation) : [...cloud.servers.values()])
      .filter((server) => !server.isGone && this.#bears(server, marker))
      .filter((server) => this.#isListed(server))
      .map((server) => ({
        resource: { type: "server", id: server.id },
        createdAt: personality.tellsAge ? new Date(server.createdAt).toISOString() : "",
        observation: cloud.present(server),
      }));
  }

  #foundThings(type: string, marker: Marker): readonly Found[] {
    const { shelf } = this.#site;
    return shelf.found(type, marker).map((thing) => ({
      resource: thing.resource,
      createdAt: new Date(thing.createdAt).toISOString(),
      observation: shelf.present(thing),
    }));
  }

  #isListed(server: Server): boolean {
    const { faults, now } = this.#sandbox.world;
    if (now < server.listedAt) return false;
    if (now < server.createdAt + bounds.listLag * 1000) return !faults.strikes("list blinks", server.id);
    if (server.missed >= 2 || !faults.strikes("list misses", server.id)) return true;
    server.missed += 1;
    this.#sandbox.world.sometimes("a list missed a server that it should have had");
    return false;
  }

  async #passBudget(): Promise<void> {
    await this.#ports.secrets.read(this.#connection.secret);
    const { name, rate_per_second: rate } = this.#connection;
    const home = homeOf(this.#connection);
    if (await this.#ports.budget.take(name, rate, patienceOfLooks, "look", home)) return;
    throw refusal("RATE_LIMITED", 15);
  }

  #ask<Value>(name: string, see: () => Value): Promise<Value> {
    const { world } = this.#sandbox;
    const apply = (): Reply<Value> => {
      world.record({ what: "sent", connection: this.#connection.name, call: name });
      this.#exchange.meetWeather(name);
      if (world.faults.strikes("look fails", name)) return { error: doubt("a look without an answer") };
      return { value: see() };
    };
    return this.#exchange.heard(this.#sandbox.run({ name, writes: false, takes: 300, apply }));
  }
}
