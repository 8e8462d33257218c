import { Hono } from "hono";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../lib/ports/http-client.ts";
import type { SimulatorEnv, RunningDialect } from "../../simulators/dialect.ts";
import { findDialect } from "../../simulators/dialects.ts";
import { createFaults } from "../../simulators/faults.ts";
import type { Draw } from "../../simulators/randomness.ts";
import { type RateLimit, tokenBucket } from "../../simulators/rate-limit.ts";
import { type CallKind, drawLatency, type Latency } from "../../simulators/timings.ts";
import { Refusal, toResponse } from "../../simulators/wire.ts";
import { openWorld } from "../../simulators/world.ts";
import { exactStart, type VirtualTime } from "./virtual-time.ts";

/** A call as it arrived. */
export interface LineCall {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** How the provider is. */
export interface LineSetting {
  readonly seed: number;
  readonly latency: Latency;
  /** Null: it takes every call. */
  readonly rate: RateLimit | null;
  /** Recorded durations are divided by it. */
  readonly speed: number;
  /** Between these instants (ms after the beginning) it answers 429 to everything. Null: never. */
  readonly shut: readonly [from: number, until: number] | null;
}

const bareLimit: HttpAnswer = { status: 429, headers: {}, body: "" };

/** The simulated provider, called in this process and in virtual time. */
export class ProviderLine implements HttpClient {
  readonly calls: LineCall[] = [];
  readonly #time: VirtualTime;
  readonly #setting: LineSetting;
  readonly #dialect: RunningDialect;
  readonly #app: Hono<SimulatorEnv>;
  readonly #draw: Draw;
  readonly #withinRate: (now: number) => boolean;

  constructor(time: VirtualTime, setting: LineSetting) {
    this.#time = time;
    this.#setting = setting;
    const world = openWorld({ clock: time, seed: `exact/${setting.seed}` });
    const found = findDialect("scaleway-instance");
    if (found === undefined) throw new Error("There is no such dialect.");
    const faults = createFaults(world.random("faults"));
    this.#dialect = found.open({ world, faults, speed: setting.speed, settings: {}, secret: undefined });
    this.#draw = world.random("latency");
    this.#withinRate = setting.rate === null ? () => true : tokenBucket(setting.rate);
    this.#app = new Hono<SimulatorEnv>({ strict: false });
    this.#app.route("/", this.#dialect.routes);
    this.#app.onError((error) => {
      if (error instanceof Refusal) return toResponse(error.answer);
      throw error;
    });
  }

  /** Ids of the servers that run. */
  get running(): ReadonlySet<string> {
    this.#dialect.settle();
    return new Set(this.#dialect.servers().flatMap(({ id, state }) => (state === "running" ? [id] : [])));
  }

  get serverCount(): number {
    return this.#dialect.servers().length;
  }

  async send({ method, url, headers, body }: HttpRequest): Promise<HttpAnswer> {
    const path = new URL(url).pathname;
    const at = this.#time.now();
    const note = (status: number): void => void this.calls.push({ at, method, path, status });
    if (this.#isShut(at) || !this.#withinRate(at)) {
      note(429);
      return bareLimit;
    }
    const kind: CallKind = this.#dialect.callKind(method, path);
    const latency = drawLatency(this.#draw, this.#setting.latency, kind);
    await this.#time.sleep(latency / 2);
    const answer = await this.#time.atOnce(this.#answer(url, { method, headers, body: body ?? null }));
    await this.#time.sleep(latency / 2);
    note(answer.status);
    return answer;
  }

  #isShut(at: number): boolean {
    const { shut } = this.#setting;
    return shut !== null && at >= exactStart + shut[0] && at < exactStart + shut[1];
  }

  async #answer(url: string, init: RequestInit): Promise<HttpAnswer> {
    this.#dialect.settle();
    const response = await this.#app.fetch(new Request(url, init));
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
  }
}
