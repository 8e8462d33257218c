import { homeOf, type Connection } from "../../lib/connection.ts";
import { bounds } from "../../lib/operation/bounds.ts";
import type { Marker } from "../../lib/operation/marker.ts";
import type { Budget, Outcome } from "../../lib/ports/budget.ts";
import { ProviderDoubt, ProviderRefusal, type Answer, type ProviderCall } from "../../lib/ports/provider.ts";
import { byOf } from "./asked-by.ts";
import { carryOut } from "./carry-out.ts";
import { refusal } from "./held.ts";
import type { Reply, Sandbox } from "./sandbox.ts";
import type { Site } from "./site.ts";

const clientTimeout = bounds.clientTimeout * 1000;

export const doubt = (what: string): ProviderDoubt =>
  new ProviderDoubt(`It is not known: ${what}.`, { status: null });

const answerOf = (error: unknown): Outcome["answer"] => {
  if (error instanceof ProviderDoubt) return "unclear";
  const isBare = error instanceof ProviderRefusal && error.retryAfterSeconds === null;
  return isBare && error.code === "RATE_LIMITED" ? "limited" : "clear";
};

/** A wait or a storm that the provider keeps up for a while; shared by all sandboxes. */
export interface Weather {
  /** Everything is refused with 429 until this instant. */
  stormUntil: number;
  /** A fresh grant is not known everywhere until this instant. */
  forbiddenUntil: number;
  /** Nobody's key is taken until this instant, and nothing is answered until that one; once in a run each. */
  revokedUntil?: number;
  outUntil?: number;
  /** Power states that were asked for so far. */
  readonly asked: Set<string>;
}

/** What lies between a sandbox and the provider: a network that loses and delays, and a front that refuses. */
export class Exchange {
  readonly #site: Site;
  readonly #sandbox: Sandbox;
  readonly #budget: Budget;
  readonly #connection: Connection;
  readonly #weather: Weather;

  constructor(site: Site, sandbox: Sandbox, budget: Budget, connection: Connection, weather: Weather) {
    this.#site = site;
    this.#sandbox = sandbox;
    this.#budget = budget;
    this.#connection = connection;
    this.#weather = weather;
  }

  /** @throws ProviderRefusal in a storm */
  meetWeather(where: string): void {
    const { world } = this.#sandbox;
    this.#meetOutage(where);
    if (world.faults.strikes("provider 429 storm", where) && this.#weather.stormUntil === 0)
      this.#weather.stormUntil = Math.min(world.now + 600_000, world.settings.faults.until);
    if (world.now >= this.#weather.stormUntil && !world.faults.strikes("provider 429", where)) return;
    const seconds = world.chance.happens(0.5) ? null : 3;
    const until = this.#sandbox.now() + (seconds ?? 1) * 1000;
    this.#budget.holdUntil(this.#connection.name, until);
    world.sometimes("a 429");
    if (world.now < this.#weather.stormUntil) world.sometimes("a 429 in a storm");
    throw refusal("RATE_LIMITED", seconds);
  }

  #meetOutage(where: string): void {
    const { world, chance } = this.#sandbox;
    const weather = this.#weather;
    if (world.faults.strikes("provider revokes the key", where))
      weather.revokedUntil ??= world.now + chance.pick([5000, 30_000, 120_000]);
    if (world.faults.strikes("provider is out", where))
      weather.outUntil ??= world.now + chance.pick([20_000, 60_000, 200_000]);
    if (world.now < (weather.outUntil ?? 0)) throw doubt("503");
    if (world.now < (weather.revokedUntil ?? 0)) throw refusal("UNAUTHENTICATED");
  }

  /** Waits for what comes of a call and tells the budget, as the transport of every adapter does. */
  async heard<Value>(exchange: Promise<Value>): Promise<Value> {
    const sentAt = this.#sandbox.now();
    const { name, rate_per_second: ceiling } = this.#connection;
    const zone = homeOf(this.#connection);
    try {
      const value = await exchange;
      this.#budget.noted(name, ceiling, { zone, sentAt, answer: "clear" });
      return value;
    } catch (error) {
      this.#budget.noted(name, ceiling, { zone, sentAt, answer: answerOf(error) });
      throw error;
    }
  }

  /** A changing call: refused at the door, or on its way through the network and back. */
  changing(call: ProviderCall): Reply<Answer> {
    const { world } = this.#sandbox;
    world.record({ what: "sent", connection: this.#connection.name, call: call.do });
    try {
      this.#refuseSome(call);
    } catch (error) {
      if (!(error instanceof ProviderRefusal)) throw error;
      world.record({ what: "refused", code: error.code, call: call.do, by: byOf(call) });
      return { error };
    }
    if (call.do === "create") world.record({ what: "create left", by: byOf(call) });
    if (call.do === "power") this.#countPower(call.resource.id, call.to);
    const reply = this.#onItsWay(call);
    if (call.do === "apply" && "error" in reply && reply.error instanceof ProviderDoubt)
      world.record({ what: "apply in doubt", by: byOf(call) });
    return reply;
  }

  #onItsWay(call: ProviderCall): Reply<Answer> {
    const { world } = this.#sandbox;
    const { faults } = world;
    const isCreate = call.do === "create";
    const late = this.#lateness(call.do);
    if (late !== null) {
      if (isCreate) world.sometimes("a create that lands after its sender gave up");
      this.#site.cloud.landing += 1;
      world.after(clientTimeout + late, () => {
        this.#site.cloud.landing -= 1;
        this.#land(call);
      });
      return { error: doubt("no answer in time"), after: clientTimeout };
    }
    const kept = isCreate && this.#isKeptBack(call.marker, () => this.#land(call));
    if (kept) return { error: doubt("no answer in time"), after: clientTimeout };
    if (faults.strikes("call never lands", call.do)) {
      if (isCreate) world.sometimes("a create that never landed and nobody knows");
      return { error: doubt("no answer in time"), after: clientTimeout };
    }
    if (faults.strikes("provider 5xx", call.do)) {
      if (this.#sandbox.chance.happens(0.5)) this.#land(call);
      return { error: doubt("500") };
    }
    const answer = carryOut(this.#site, call);
    if (faults.strikes("answer lost", call.do)) return { error: doubt("reset"), after: 2000 };
    if (faults.strikes("answer unreadable", call.do)) return { error: doubt("200 with HTML") };
    if (isCreate && faults.strikes("answer without id", call.do))
      return { value: { ...answer, resource: null } };
    return { value: answer };
  }

  /** How long after its sender has given up a call lands, in milliseconds; null when it does not come late. */
  #lateness(where: string): number | null {
    const { world, hasStoodStill } = this.#sandbox;
    const isAfterFreeze = hasStoodStill && world.faults.strikes("call lands late after a freeze", where);
    if (!isAfterFreeze && !world.faults.strikes("call lands late", where)) return null;
    const share = isAfterFreeze ? 0.995 : this.#usualShare();
    const delay = Math.floor(share * world.settings.landsWithin);
    world.say(() => `it will land ${delay} ms after its sender gives up`);
    return delay;
  }

  /** Whether a proxy keeps a create back; the next one of the same request lands with it, and both answers are lost. */
  #isKeptBack({ operation }: Marker, land: () => void): boolean {
    const { world } = this.#sandbox;
    const { keptBack } = this.#site.cloud;
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
    this.meetWeather(call.do);
    if (faults.strikes("provider unavailable", call.do)) throw refusal("UNAVAILABLE");
    if (faults.strikes("provider forbids for a while", call.do) && this.#weather.forbiddenUntil === 0)
      this.#weather.forbiddenUntil = world.now + 60_000;
    if (world.now < this.#weather.forbiddenUntil) throw refusal("PERMISSION_DENIED");
    const isLaunch = call.do === "power" ? call.to === "on" : call.do === "create";
    if (
      isLaunch &&
      this.#site.personality.dialect.name === "scaleway-v1" &&
      faults.strikes("launch fails", call.do)
    ) {
      world.sometimes("a launch failed with 402");
      throw refusal("START_FAILED");
    }
    if (call.do !== "create") return;
    if (faults.strikes("quota", call.do)) throw refusal("QUOTA_EXCEEDED");
    if (faults.strikes("out of stock", call.do)) throw refusal("OUT_OF_STOCK");
  }

  /** What nobody waits for any more. */
  #land(call: ProviderCall): void {
    try {
      carryOut(this.#site, call);
      this.#sandbox.world.say(() => `${call.do} lands`);
    } catch (error) {
      if (!(error instanceof ProviderRefusal) && !(error instanceof ProviderDoubt)) throw error;
      this.#sandbox.world.say(() => `${call.do} lands and comes to nothing: ${error.message}`);
    }
  }
}
