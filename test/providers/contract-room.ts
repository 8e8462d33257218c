import { createServer } from "node:http";
import type { DialectName } from "../../lib/connection.ts";
import type { JsonObject } from "../../lib/operation/json.ts";
import { markerOf, type Marker } from "../../lib/operation/marker.ts";
import type { Phase, Task } from "../../lib/operation/observation.ts";
import type { Resource } from "../../lib/operation/operation.ts";
import type { Answer, Handle, ReadAnswer } from "../../lib/ports/provider.ts";
import type { SimulatorClock } from "../../simulators/clock.ts";
import { startSimulator, type Simulator } from "../../simulators/start-simulator.ts";
import { gapOf, type Feature } from "./contract-gaps.ts";
import { openProvider, testSecret, type OpenedProvider } from "./open-provider.ts";

/** What differs between dialects when the same is asked of all. */
export interface ContractSample {
  readonly dialect: DialectName;
  /** Input of a server that is made at once. */
  readonly server: JsonObject;
  /** Input of a volume that is made at once; null where there are none. */
  readonly volume: JsonObject | null;
  /** Where a server is after its create: off, unless it is said. */
  readonly atRest?: Phase;
  /** How long it takes to get there, in seconds; 0 unless it is said. */
  readonly restsAfterSeconds?: number;
  /** Settings of the simulator. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Secrets that the input refers to. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Error types that the dialect's simulator can be told to answer, and our code for each. */
  readonly refusals: readonly (readonly [type: string, code: string])[];
}

/** A clock that stands still until it is moved. */
const handClock = (): SimulatorClock & { advance(seconds: number): void } => {
  let now = Date.parse("2026-11-02T08:00:00.000Z");
  return {
    now: () => now,
    advance: (seconds) => {
      now += seconds * 1000;
    },
  };
};

let operations = 0;
/** A marker of an operation of its own. */
export const newMarker = (): Marker => {
  operations += 1;
  return markerOf(`op_${String(operations).padStart(26, "0")}`, "contract");
};

export const handle = (resource: Resource, task: Task | null = null, ageSeconds = 60): Handle => ({
  resource,
  task,
  ageSeconds,
  seenMoving: false,
});

/** The resource of an answer that has to have one. */
export const madeBy = ({ resource }: Answer): Resource => {
  if (resource === null) throw new Error("the answer names no resource");
  return resource;
};

export const itemsOf = (answer: ReadAnswer) => {
  if (answer.form !== "page") throw new Error("not a page");
  return answer;
};

/** A port on which nobody listens. */
export const closedPort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 1;
};

/** A simulator of the dialect, a provider that speaks to it, and a clock that stands still until it is moved. */
export class Room {
  readonly clock = handClock();
  readonly sample: ContractSample;
  #simulator: Simulator | null = null;
  #opened: OpenedProvider | null = null;

  constructor(sample: ContractSample) {
    this.sample = sample;
  }

  async open(): Promise<void> {
    const { dialect, settings = {} } = this.sample;
    this.#simulator = await startSimulator({ dialect, settings, clock: this.clock, secret: testSecret });
    this.#opened = this.openAt(this.#simulator.url);
  }

  /** A provider that speaks to this URL and knows the sample's secrets. */
  openAt(url: string): OpenedProvider {
    const opened = openProvider(this.sample.dialect, url);
    for (const [name, value] of Object.entries(this.sample.secrets ?? {}))
      opened.secrets.values.set(name, value);
    return opened;
  }

  /** Where a server is after its create. */
  get rest(): Phase {
    return this.sample.atRest ?? "off";
  }

  get simulator(): Simulator {
    if (this.#simulator === null) throw new Error("not open");
    return this.#simulator;
  }

  get opened(): OpenedProvider {
    if (this.#opened === null) throw new Error("not open");
    return this.#opened;
  }

  get provider() {
    return this.opened.provider;
  }

  create(marker: Marker = newMarker(), more: JsonObject = {}): Promise<Answer> {
    const input = { ...this.sample.server, ...more };
    return this.provider.send({ do: "create", kind: "server.create", input, marker });
  }

  lacks(feature: Feature): boolean {
    return gapOf(this.sample.dialect, feature) !== undefined;
  }

  /** What a create with this marker has made, as the answer says or, where it does not, the search. */
  async made(marker: Marker, more: JsonObject = {}): Promise<Resource> {
    const answer = await this.create(marker, more);
    if (!this.lacks("answer_with_id")) return madeBy(answer);
    const [found] = await this.provider.search("server", marker);
    if (answer.resource !== null || found === undefined) throw new Error("made, and not found by its marker");
    return found.resource;
  }

  /** A server at rest. */
  async server(more: JsonObject = {}): Promise<Resource> {
    const resource = await this.made(newMarker(), more);
    this.clock.advance(this.sample.restsAfterSeconds ?? 0);
    return resource;
  }

  /** A server that is off. */
  async off(): Promise<Resource> {
    const resource = await this.server();
    if (this.rest === "on") await this.provider.send({ do: "power", resource, to: "off" });
    return resource;
  }

  /** What is seen right after a power call: the state before it, the way, or its end. */
  rightAfter(to: "on" | "off"): Phase {
    if (this.lacks("transitions")) return to === "on" ? "off" : "on";
    return this.lacks("power_takes_time") ? to : "moving";
  }

  async phaseOf(resource: Resource, task: Task | null = null): Promise<Phase | undefined> {
    const [seen] = await this.provider.look([handle(resource, task)]);
    return seen?.phase;
  }

  /** Switches on and waits until it runs. */
  async started(more: JsonObject = {}): Promise<Resource> {
    const resource = await this.server(more);
    await this.provider.send({ do: "power", resource, to: "on" });
    this.clock.advance(600);
    return resource;
  }

  calls(part: string): number {
    return this.simulator.control.calls().filter(({ route }) => route.includes(part)).length;
  }
}
