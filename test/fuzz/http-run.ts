import * as z from "zod";
import { secretReferenceSchema } from "../../lib/connection.ts";
import { Chance } from "../simulation/chance.ts";
import { readDocument, type ApiDocument } from "./api-document.ts";
import { askedOf } from "./asked.ts";
import { canaryOf, shownSecret } from "./canaries.ts";
import { eventOf } from "./draft.ts";
import { FuzzWorld, type Ending } from "./fuzz-world.ts";
import { Judge, type Verdict } from "./judge.ts";
import { Pools } from "./pools.ts";
import { Requests } from "./requests.ts";
import { signWebhook } from "./sign-webhook.ts";
import { noEvents, spoilEvent } from "./spoil-event.ts";
import { spoil } from "./spoil-request.ts";

/** Requests to one fresh world: long enough that things have a history, short enough that lists stay short. */
export const eventsPerRound = 400;

/** Something that must not be, and how to see it again. */
export interface Finding {
  readonly fault: string;
  readonly round: number;
  readonly index: number;
  readonly route: string;
  readonly event: unknown;
  readonly spoilt: readonly string[];
}

/** What all rounds came to. */
export interface HttpTally {
  events: number;
  readonly findings: Finding[];
  /** Requests that got each answer of each route: `POST /v1/operations 202`. */
  readonly answers: Map<string, number>;
  readonly codes: ReadonlyMap<string, number>;
  /** The longest that one answer took, in milliseconds of processor time, and of which route. */
  slowest: { milliseconds: number; route: string; round: number; index: number };
}

const isReference = (text: string): boolean => secretReferenceSchema.safeParse(text).success;
const bodySchema = z.object({ statusCode: z.literal(200), body: z.string() });

const documentOf = async (world: FuzzWorld): Promise<ApiDocument> => {
  const event = {
    rawPath: "/openapi.json",
    headers: {},
    requestContext: { requestId: "doc", http: { method: "GET" } },
  };
  const ending = await world.invoke("http", event);
  if ("thrown" in ending) throw new Error(ending.thrown);
  return readDocument(JSON.parse(bodySchema.parse(ending.value).body));
};

/** Sends requests to the deployed HTTP handler: those that the document describes, and what else may come. */
export class HttpFuzz {
  readonly tally: HttpTally;
  readonly #seed: number;
  readonly #world: FuzzWorld;
  readonly #judge: Judge;
  #chance = new Chance(0);
  #pools = new Pools();
  #requests: Requests | null = null;
  #round = 0;

  private constructor(seed: number, world: FuzzWorld, document: ApiDocument) {
    this.#seed = seed;
    this.#world = world;
    this.#judge = new Judge(document);
    this.tally = {
      events: 0,
      findings: [],
      answers: new Map(),
      codes: this.#judge.codes,
      slowest: { milliseconds: 0, route: "", round: 0, index: 0 },
    };
  }

  static async open(seed: number): Promise<HttpFuzz> {
    const world = new FuzzWorld(seed);
    return new HttpFuzz(seed, world, await documentOf(world));
  }

  /** One world from its beginning. The same number gives the same requests. */
  async round(round: number, events: number = eventsPerRound): Promise<void> {
    const world = this.#world;
    this.#round = round;
    this.#chance = new Chance(this.#seed).split(`round ${round}`);
    world.renew(this.#chance.between(1, 2 ** 31));
    this.#pools = new Pools();
    for (const { name } of world.connections) this.#pools.put("/v1/connections", name);
    this.#requests = new Requests(this.#judge.document, this.#pools, world.connections, world.canaries);
    for (let index = 0; index < events; index += 1) {
      await this.#one(index);
      await this.#background(index);
    }
    this.#listen(events, null, []);
  }

  async #one(index: number): Promise<void> {
    const chance = this.#chance;
    if (chance.happens(0.004)) return this.#noEvent(index, chance.pick(noEvents));
    const draft = this.#requests?.draw(chance);
    if (draft === undefined) return;
    if (chance.happens(0.55)) spoil(draft, chance, this.#world.canaries);
    const event = eventOf(draft, `r-${this.#round}-${index}`);
    if (draft.operation.template.startsWith("/hooks/") && chance.happens(0.7)) {
      const secret = canaryOf(this.#world.canaries, "hook secret");
      signWebhook(event, draft.headers, secret, this.#world.clock.now(), chance);
    }
    if (chance.happens(0.02)) draft.spoilt.push(spoilEvent(event, chance));
    const asked = askedOf(event);
    if (asked === null) return this.#noEvent(index, event);
    // The time of this thread's own work: others may be at work on the machine.
    const before = process.threadCpuUsage();
    const ending = await this.#world.invoke("http", event);
    const { user, system } = process.threadCpuUsage(before);
    const took = (user + system) / 1000;
    this.tally.events += 1;
    const route = `${draft.operation.method} ${draft.operation.template}`;
    if ("thrown" in ending) return this.#find(`thrown: ${ending.thrown}`, index, route, event, draft.spoilt);
    const verdict = this.#judge.judge(ending.value, asked);
    this.#count(verdict, took, index);
    for (const fault of verdict.faults)
      this.#find(
        verdict.status >= 500 ? `${fault}: ${this.#world.lastError}` : fault,
        index,
        route,
        event,
        draft.spoilt,
      );
    this.#world.say(JSON.stringify(ending.value));
    if (index % 50 === 49 || verdict.body !== null) this.#learn(verdict, index, event);
  }

  #count({ status, operation }: Verdict, milliseconds: number, index: number): void {
    const route = operation === null ? "no route" : `${operation.method} ${operation.template}`;
    const name = `${route} ${status}`;
    const { tally } = this;
    tally.answers.set(name, (tally.answers.get(name) ?? 0) + 1);
    if (milliseconds > tally.slowest.milliseconds)
      tally.slowest = { milliseconds, route: name, round: this.#round, index };
  }

  /** Whoever is shown a secret is the only one: from the next request on it must not be seen. */
  #learn({ operation, body }: Verdict, index: number, event: unknown): void {
    if (operation === null || body === null) return;
    const secrets = this.#pools.learn(operation.template, body).filter((text) => !isReference(text));
    if (secrets.length === 0) return;
    this.#listen(index, event, secrets);
    if (operation.method === "GET") {
      this.#find("a secret is shown to whoever reads", index, `GET ${operation.template}`, event, []);
      return;
    }
    for (const secret of secrets) {
      if (operation.template.startsWith("/v1/keys")) this.#pools.keys.push(secret);
      if (this.#round % 4 === 0 && this.#world.watch.unmarked < 6)
        this.#world.watch.add(shownSecret(`shown by ${operation.template}`, secret));
    }
  }

  /** Looks through all that was said; what the answer at hand has just shown is passed over. */
  #listen(index: number, event: unknown, shown: readonly string[]): void {
    const { watch } = this.#world;
    const heard = this.#world.heard();
    if (watch.find(heard.join("\n")) === null) return;
    for (const text of heard) {
      const leak = watch.find(shown.reduce((left, secret) => left.replaceAll(secret, ""), text));
      if (leak !== null)
        this.#find(`${leak.slot} is seen (${leak.form}): ${leak.around}`, index, "canary", event, []);
    }
  }

  /** The rest of the installation: what was accepted is started, the clock ticks. */
  async #background(index: number): Promise<void> {
    const world = this.#world;
    const chance = this.#chance;
    if (chance.happens(0.3)) await world.clock.advance(chance.between(1, 2000));
    if (index % 100 === 99) this.#listen(index, null, []);
    if (index % 20 === 19) {
      const ids = world.queue.starts.splice(0);
      const records = ids.slice(0, 10).map((id, at) => ({
        messageId: `m-${index}-${at}`,
        body: JSON.stringify({ v: 1, operation_id: id }),
        attributes: { ApproximateReceiveCount: "1" },
      }));
      this.#expectDone("start", index, await world.invoke("start", { Records: records }));
    }
    if (index % 200 === 120) {
      // Long enough that what was never seen to end needs a decision, which the callers then hear of.
      for (let quarter = 0; quarter < 4; quarter += 1) {
        await world.clock.advance(15 * 60_000);
        this.#expectDone("follow", index, await world.invoke("follow", {}));
      }
    }
    if (index % 80 === 79) {
      await world.clock.advance(60_000);
      this.#expectDone("follow", index, await world.invoke("follow", {}));
    }
    if (index % 100 === 30) this.#expectDone("bulk", index, await world.invoke("bulk", {}));
    if (index % 100 === 60) this.#expectDone("deliver", index, await world.invoke("deliver", {}));
    if (index % 200 === 199) this.#expectDone("sweep", index, await world.invoke("sweep", {}));
  }

  #expectDone(name: string, index: number, ending: Ending): void {
    if ("thrown" in ending) this.#find(`${name} has thrown: ${ending.thrown}`, index, name, null, []);
  }

  /** What no gateway sends is answered all the same. */
  async #noEvent(index: number, event: unknown): Promise<void> {
    const ending = await this.#world.invoke("http", event);
    this.tally.events += 1;
    this.#world.say(JSON.stringify(ending));
    if ("thrown" in ending) {
      this.#find(`thrown at what is no event: ${ending.thrown}`, index, "no event", event, []);
      return;
    }
    const asked = { method: "GET", path: "/", texts: () => [], isAtEcho: false };
    for (const fault of this.#judge.judge(ending.value, asked).faults)
      this.#find(fault, index, "no event", event, []);
  }

  #find(fault: string, index: number, route: string, event: unknown, spoilt: readonly string[]): void {
    if (this.tally.findings.length > 2000) return;
    this.tally.findings.push({ fault, round: this.#round, index, route, event, spoilt });
  }
}
