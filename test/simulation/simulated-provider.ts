import type { Connection } from "../../lib/connection.ts";
import { bounds } from "../../lib/operation/bounds.ts";
import { bearsMarker, deploymentTag, madeBy, type Marker } from "../../lib/operation/marker.ts";
import type { Marked } from "../../lib/operation/marked.ts";
import type { Resource } from "../../lib/operation/operation.ts";
import type { Observation } from "../../lib/operation/observation.ts";
import { operationIdOf } from "../../lib/operation/operation-id.ts";
import type { Budget } from "../../lib/ports/budget.ts";
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
} from "../../lib/ports/provider.ts";
import type { Secrets } from "../../lib/ports/secrets.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { refusal, type Cloud, type Server } from "./cloud.ts";
import { Listing } from "./listing.ts";
import type { Reply, Sandbox } from "./sandbox.ts";

const clientTimeout = bounds.clientTimeout * 1000;
const patienceOfLooks = 15_000;
const yes: Answer = { resource: null, task: null, observation: null, requestId: null };

const doubt = (what: string): ProviderDoubt =>
  new ProviderDoubt(`It is not known: ${what}.`, { status: null });

/** Callers name servers like their idempotency keys, so that a name tells whose server it is, marker or not. */
const askedBy = (name: unknown): string => operationIdOf("sim", String(name));

const volumeOf = ({ id }: { id: string }): Resource => ({ type: "volume", id });

const byOf = (call: ProviderCall): string | null =>
  call.do === "create" ? askedBy(call.input["name"]) : null;

/** A wait or a storm that the provider keeps up for a while; shared by all sandboxes. */
export interface Weather {
  /** Everything is refused with 429 until this instant. */
  stormUntil: number;
  /** A fresh grant is not known everywhere until this instant. */
  forbiddenUntil: number;
  /** Power states that were asked for so far. */
  readonly asked: Set<string>;
}

/** The provider as one sandbox reaches it: what an adapter does, with a network in between that loses and delays. */
export class SimulatedProvider implements Provider {
  readonly dialect: Dialect = dialects["scaleway-instance"].dialect;
  readonly #cloud: Cloud;
  readonly #sandbox: Sandbox;
  readonly #ports: { readonly budget: Budget; readonly secrets: Secrets };
  readonly #connection: Connection;
  readonly #weather: Weather;

  constructor(
    cloud: Cloud,
    sandbox: Sandbox,
    ports: { readonly budget: Budget; readonly secrets: Secrets },
    connection: Connection,
    weather: Weather,
  ) {
    this.#cloud = cloud;
    this.#sandbox = sandbox;
    this.#ports = ports;
    this.#connection = connection;
    this.#weather = weather;
  }

  async marked(type: MarkedType, deployment: string): Promise<readonly Marked[]> {
    await this.#passBudget();
    return this.#ask(`provider marked ${type}`, () => {
      const { world } = this.#sandbox;
      const listed = new Listing(this.#cloud, world).of(type, (server) => this.#isListed(server));
      world.record({ what: "listed", type });
      return listed.filter(({ tags }) => tags.includes(deploymentTag(deployment)));
    });
  }

  async inspect(resource: Resource): Promise<Marked | null> {
    await this.#passBudget();
    return this.#ask(`provider inspect ${resource.type}`, () =>
      new Listing(this.#cloud, this.#sandbox.world).one(resource),
    );
  }

  async send(call: ProviderCall): Promise<Answer> {
    const askedAt = this.#sandbox.now();
    await this.#ports.secrets.read(this.#connection.secret);
    this.#refuseWhatIsOld(askedAt);
    this.#noteSweep(call);
    return this.#sandbox.run({
      name: `provider ${call.do}${call.do === "power" ? ` ${call.to}` : ""}`,
      writes: true,
      takes: 600,
      apply: () => this.#exchange(call),
    });
  }

  async look(handles: readonly Handle[]): Promise<readonly (Observation | null)[]> {
    await this.#passBudget();
    const { faults } = this.#sandbox.world;
    return this.#ask(`provider look ${handles.length}`, () =>
      handles.map(({ resource, task }) =>
        faults.strikes("look sees nothing", resource.id)
          ? null
          : { ...this.#cloud.observe(resource.id), task },
      ),
    );
  }

  async search(_type: string, marker: Marker): Promise<readonly Found[]> {
    await this.#passBudget();
    return this.#ask("provider search", () => {
      const found = this.#found(marker);
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

  /** Puts on record what the sweeper asks for, at the instant at which it asks. */
  #noteSweep(call: ProviderCall): void {
    const { world, current } = this.#sandbox;
    if (current?.name !== "sweep") return;
    const resource =
      call.do === "delete" ? call.resource : call.do === "delete_volume" ? volumeOf(call.volume) : null;
    if (resource === null) throw new Error(`The sweeper sends ${call.do}.`);
    const doomed = new Listing(this.#cloud, world).doomed(resource);
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

  /** What a list shows: for a while after its creation a server may be missing, and come and go. */
  #found(marker: Marker): readonly Found[] {
    return [...this.#cloud.servers.values()]
      .filter((server) => !server.isGone && bearsMarker(server.tags, marker))
      .filter((server) => this.#isListed(server))
      .map((server) => ({
        resource: { type: "server", id: server.id },
        createdAt: new Date(server.createdAt).toISOString(),
        observation: this.#cloud.present(server),
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
    if (await this.#ports.budget.take(name, rate, patienceOfLooks, "look")) return;
    throw refusal("RATE_LIMITED", 15);
  }

  #ask<Value>(name: string, see: () => Value): Promise<Value> {
    const { world } = this.#sandbox;
    const apply = (): Reply<Value> => {
      world.record({ what: "sent", connection: this.#connection.name, call: name });
      this.#meetWeather(name);
      if (world.faults.strikes("look fails", name)) return { error: doubt("a look without an answer") };
      return { value: see() };
    };
    return this.#sandbox.run({ name, writes: false, takes: 300, apply });
  }

  /** @throws ProviderRefusal in a storm */
  #meetWeather(where: string): void {
    const { world } = this.#sandbox;
    if (world.faults.strikes("provider 429 storm", where) && this.#weather.stormUntil === 0)
      this.#weather.stormUntil = Math.min(world.now + 600_000, world.settings.faults.until);
    if (world.now >= this.#weather.stormUntil && !world.faults.strikes("provider 429", where)) return;
    const seconds = world.chance.happens(0.5) ? null : 3;
    const until = this.#sandbox.now() + (seconds ?? 1) * 1000;
    this.#ports.budget.holdUntil(this.#connection.name, until);
    world.sometimes("a 429");
    if (world.now < this.#weather.stormUntil) world.sometimes("a 429 in a storm");
    throw refusal("RATE_LIMITED", seconds);
  }

  /** A changing call on its way through the network and back. */
  #exchange(call: ProviderCall): Reply<Answer> {
    const { world } = this.#sandbox;
    const { faults } = world;
    world.record({ what: "sent", connection: this.#connection.name, call: call.do });
    try {
      this.#refuseSome(call);
    } catch (error) {
      if (!(error instanceof ProviderRefusal)) throw error;
      world.record({ what: "refused", code: error.code, call: call.do, by: byOf(call) });
      return { error };
    }
    const isCreate = call.do === "create";
    if (call.do === "power") this.#countPower(call.resource.id, call.to);
    const isLateCall =
      this.#sandbox.hasStoodStill && faults.strikes("call lands late after a freeze", call.do);
    if (isLateCall || faults.strikes("call lands late", call.do)) {
      const share = isLateCall ? 0.995 : this.#usualShare();
      const delay = Math.floor(share * world.settings.landsWithin);
      world.say(() => `it will land ${delay} ms after its sender gives up`);
      if (isCreate) world.sometimes("a create that lands after its sender gave up");
      this.#cloud.landing += 1;
      world.after(clientTimeout + delay, () => {
        this.#cloud.landing -= 1;
        this.#land(call);
      });
      return { error: doubt("no answer in time"), after: clientTimeout };
    }
    const kept = call.do === "create" && this.#isKeptBack(call.marker, () => this.#land(call));
    if (kept) return { error: doubt("no answer in time"), after: clientTimeout };
    if (faults.strikes("call never lands", call.do)) {
      if (isCreate) world.sometimes("a create that never landed and nobody knows");
      return { error: doubt("no answer in time"), after: clientTimeout };
    }
    if (faults.strikes("provider 5xx", call.do)) {
      if (this.#sandbox.chance.happens(0.5)) this.#land(call);
      return { error: doubt("500") };
    }
    const answer = this.#carryOut(call);
    if (faults.strikes("answer lost", call.do)) return { error: doubt("reset"), after: 2000 };
    if (faults.strikes("answer unreadable", call.do)) return { error: doubt("200 with HTML") };
    if (isCreate && faults.strikes("answer without id", call.do))
      return { value: { ...answer, resource: null } };
    return { value: answer };
  }

  /** Whether a proxy keeps a create back; the next one of the same request lands with it, and both answers are lost. */
  #isKeptBack({ operation }: Marker, land: () => void): boolean {
    const { world } = this.#sandbox;
    const { keptBack } = this.#cloud;
    const first = keptBack.get(operation);
    if (first !== undefined) {
      keptBack.delete(operation);
      world.after(0, first);
      world.after(20, land);
      return true;
    }
    if (!world.faults.strikes("two creates land together", operation)) return false;
    keptBack.set(operation, land);
    return true;
  }

  /** How much of the time that a landing may take it takes: often nearly all, where it hurts the most. */
  #usualShare(): number {
    const { chance } = this.#sandbox;
    return chance.pick([0.2, 0.5, 0.8, 0.99, 0.99]) - chance.fraction() * 0.05;
  }

  #countPower(id: string, to: string): void {
    const { world } = this.#sandbox;
    const word = `${id} ${to}`;
    if (this.#weather.asked.has(word)) world.sometimes("a power state was asked for again");
    this.#weather.asked.add(word);
  }

  /** @throws ProviderRefusal: certainly nothing happened */
  #refuseSome(call: ProviderCall): void {
    const { world } = this.#sandbox;
    const { faults } = world;
    this.#meetWeather(call.do);
    if (faults.strikes("provider unavailable", call.do)) throw refusal("UNAVAILABLE");
    if (faults.strikes("provider forbids for a while", call.do) && this.#weather.forbiddenUntil === 0)
      this.#weather.forbiddenUntil = world.now + 60_000;
    if (world.now < this.#weather.forbiddenUntil) throw refusal("PERMISSION_DENIED");
    if (call.do !== "create") return;
    if (faults.strikes("quota", call.do)) throw refusal("QUOTA_EXCEEDED");
    if (faults.strikes("out of stock", call.do)) throw refusal("OUT_OF_STOCK");
  }

  /** What nobody waits for any more. */
  #land(call: ProviderCall): void {
    try {
      this.#carryOut(call);
      this.#sandbox.world.say(() => `${call.do} lands`);
    } catch (error) {
      if (!(error instanceof ProviderRefusal)) throw error;
      this.#sandbox.world.say(() => `${call.do} lands and is refused: ${error.code}`);
    }
  }

  #carryOut(call: ProviderCall): Answer {
    const cloud = this.#cloud;
    switch (call.do) {
      case "create": {
        const server = cloud.create(call.marker, askedBy(call.input["name"]));
        return { ...yes, resource: { type: "server", id: server.id }, observation: cloud.present(server) };
      }
      case "power":
        cloud.power(call.resource.id, call.to);
        return yes;
      case "act":
        cloud.act(call.resource.id, call.action);
        return yes;
      case "delete":
        if (call.resource.type === "ip") cloud.deleteAddress(call.resource.id);
        else if (call.resource.type === "volume") cloud.deleteVolume(call.resource.id);
        else cloud.delete(call.resource.id);
        return yes;
      case "delete_volume":
        cloud.deleteVolume(call.volume.id);
        return yes;
      case "configure":
      case "update":
      case "apply":
        cloud.server(call.resource.id);
        return yes;
    }
  }
}
