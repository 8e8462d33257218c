import * as z from "zod";
import { bootstrapCaller } from "../../lib/access/caller.ts";
import { acceptOperation } from "../../lib/flows/accept-operation.ts";
import { createEndpoint } from "../../lib/flows/endpoints.ts";
import { loadHookWork } from "../../lib/flows/hook-work.ts";
import { operationIdOf } from "../../lib/operation/operation-id.ts";
import { Chance } from "../simulation/chance.ts";
import { busRecords } from "./bus-records.ts";
import { FuzzWorld } from "./fuzz-world.ts";
import { anyTick, QueueRecords, recordOf, type Sent } from "./queue-records.ts";

/** Records to one fresh world. */
export const recordsPerRound = 300;

/** A record of which something became that must not, and how to see it again. */
export interface QueueFinding {
  readonly fault: string;
  readonly round: number;
  readonly batch: number;
  readonly body: string;
  readonly spoilt: string;
}

/** What became of all records. */
export interface QueueTally {
  records: number;
  readonly outcomes: Map<"accepted" | "given back" | "set aside" | "a tick", number>;
  /** Reasons with which records were set aside, shortened. */
  readonly reasons: Set<string>;
  readonly findings: QueueFinding[];
  /** Webhooks' work that was done, and deliveries that were made. */
  works: number;
  deliveries: number;
}

const answerSchema = z.strictObject({
  batchItemFailures: z.array(z.strictObject({ itemIdentifier: z.string() })),
});
const keySchema = z.looseObject({ idempotency_key: z.string() });
const startSchema = z.looseObject({ operation_id: z.string() });

const workSchema = z.looseObject({ hook: z.string(), key: z.string() });

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
};

/** The operation that a body asks for, whatever else is in it; null when it names none. */
const operationOf = (value: unknown, deployment: string): string | null => {
  const start = startSchema.safeParse(value);
  if (start.success) return start.data.operation_id;
  const request = keySchema.safeParse(value);
  return request.success ? operationIdOf(deployment, request.data.idempotency_key) : null;
};

/** An endpoint that is told of everything. */
const everything = {
  url: "https://shop.example.com/hooks",
  types: ["*"],
  tags: [],
  description: null,
  headers: {},
  connections: null,
};

/** Sends records to the deployed handlers of the queues and the clock, and asks what has become of each. */
export class QueueFuzz {
  readonly tally: QueueTally = {
    records: 0,
    outcomes: new Map(),
    reasons: new Set(),
    findings: [],
    works: 0,
    deliveries: 0,
  };
  readonly #seed: number;
  readonly #world: FuzzWorld;
  #chance = new Chance(0);
  #records: QueueRecords;
  #round = 0;
  #batch = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#world = new FuzzWorld(seed);
    this.#records = new QueueRecords(this.#world.connections, this.#world.canaries);
  }

  /** One world from its beginning. The same number gives the same records. */
  async round(round: number, records: number = recordsPerRound): Promise<void> {
    const world = this.#world;
    this.#round = round;
    this.#chance = new Chance(this.#seed).split(`queue ${round}`);
    world.renew(this.#chance.between(1, 2 ** 31));
    this.#records = new QueueRecords(world.connections, world.canaries);
    const { endpoint } = await createEndpoint(everything, null, bootstrapCaller, world.ports);
    let left = records;
    for (this.#batch = 0; left > 0; this.#batch += 1) {
      if (this.#batch % 10 === 0) await this.#accept();
      const width = Math.min(left, this.#chance.between(1, 11));
      left -= width;
      if (this.#chance.happens(0.04)) await this.#tick(width);
      else await this.#deliver(Array.from({ length: width }, () => this.#records.draw(this.#chance)));
      if (this.#batch % 20 === 19) this.#listen();
    }
    this.#listen();
    const { deliveries } = await world.ports.deliveries.list(endpoint.id, null, 100);
    this.tally.deliveries += deliveries.filter(({ attempts }) => attempts.length > 0).length;
  }

  /** Puts operations that wait for their start, as the HTTP API leaves them. */
  async #accept(): Promise<void> {
    const input = { name: "web-1", type: "DEV1-S", image: "ubuntu_noble" };
    const request = { connection: "scaleway-instance", kind: "server.create", input } as const;
    for (let index = 0; index < 3; index += 1) {
      const key = `accepted-${this.#batch}-${index}`;
      const { operation } = await acceptOperation(request, key, this.#world.ports);
      this.#records.accepted.push(operation.id);
    }
  }

  async #deliver(batch: readonly Sent[]): Promise<void> {
    const world = this.#world;
    const chance = this.#chance;
    world.weather.table = chance.happens(0.04);
    world.weather.deadLetters = chance.happens(0.05);
    const dead = world.queue.dead.length;
    const ending = await world.invoke("start", { Records: batch.map((sent) => recordOf(sent, chance)) });
    const isStormy = world.weather.table;
    world.weather.table = false;
    world.weather.deadLetters = false;
    this.tally.records += batch.length;
    if ("thrown" in ending) {
      for (const sent of batch) this.#find(`thrown: ${ending.thrown}`, sent);
      return;
    }
    const answer = answerSchema.safeParse(ending.value);
    if (!answer.success) {
      for (const sent of batch) this.#find("the answer is none of a queue's handler", sent);
      return;
    }
    const failed = new Set(answer.data.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const id of failed)
      if (!batch.some((sent) => sent.id === id))
        this.#find(`${id} is given back, which was not in the batch`, batch[0]);
    const aside = world.queue.dead.slice(dead);
    for (const { reason } of aside)
      this.tally.reasons.add(reason.replaceAll(/[0-9a-z_]*\d[0-9a-z_]*/g, "#").slice(0, 60));
    for (const sent of batch) await this.#check(sent, failed.has(sent.id), aside, isStormy);
  }

  async #check(
    sent: Sent,
    isBack: boolean,
    aside: readonly { readonly body: string; readonly reason: string }[],
    isStormy: boolean,
  ): Promise<void> {
    if (isBack) {
      this.#count("given back");
      return;
    }
    // A body with a secret in it is kept without.
    const letter = aside.find(
      ({ body }) => body === sent.body || (body.includes("[removed]") && sameBut(body, sent.body)),
    );
    if (letter !== undefined && letter.reason.trim() === "") this.#find("set aside without a reason", sent);
    const isStarted = await this.#isStarted(sent);
    if (letter !== undefined) {
      this.#count("set aside");
      // What fails again and again is set aside although it is good: with its reason, when the table is down.
      const isLost = sent.good !== null && !(isStormy && sent.receiveCount >= 4) && !isStarted;
      if (isLost) this.#find(`a good message is set aside: ${letter.reason}`, sent);
      return;
    }
    if (!isStarted) this.#find("neither accepted, nor given back, nor set aside", sent);
    else this.#count("accepted");
  }

  async #isStarted({ body, good }: Sent): Promise<boolean> {
    const { ports } = this.#world;
    const value = parsed(body);
    const work = workSchema.safeParse(value);
    if (work.success) {
      const done = await loadHookWork(work.data, ports);
      const isDone = done !== null && !done.isPending;
      if (isDone) this.tally.works += 1;
      return isDone;
    }
    const id = operationOf(value, ports.deployment);
    const operation = id === null ? null : await ports.operations.load(id);
    return operation !== null && (operation.state !== "accepted" || good === null || !("operation" in good));
  }

  async #tick(width: number): Promise<void> {
    const world = this.#world;
    await world.clock.advance(this.#chance.pick([1000, 60_000]));
    const name = this.#chance.pick(["follow", "follow", "sweep", "bulk", "deliver", "deliver"] as const);
    const isByBus = name === "deliver" && this.#chance.happens(0.7);
    const event = isByBus ? busRecords(world.published, this.#chance) : anyTick(this.#chance);
    const ending = await world.invoke(name, event);
    this.tally.records += width;
    const sent = { body: JSON.stringify(event) ?? "", spoilt: name };
    if ("thrown" in ending) this.#find(`${name} has thrown: ${ending.thrown}`, sent);
    else if (!answerSchema.safeParse(ending.value).success)
      this.#find(`${name} has answered something else`, sent);
    this.tally.outcomes.set("a tick", (this.tally.outcomes.get("a tick") ?? 0) + width);
  }

  #listen(): void {
    const { watch } = this.#world;
    const heard = this.#world.heard();
    if (watch.find(heard.join("\n")) === null) return;
    for (const text of heard) {
      const leak = watch.find(text);
      if (leak !== null)
        this.#find(`${leak.slot} is seen (${leak.form}): ${leak.around}`, { body: "", spoilt: "" });
    }
  }

  #count(outcome: "accepted" | "given back" | "set aside"): void {
    this.tally.outcomes.set(outcome, (this.tally.outcomes.get(outcome) ?? 0) + 1);
  }

  #find(fault: string, sent: Pick<Sent, "body" | "spoilt"> | undefined): void {
    if (this.tally.findings.length > 2000) return;
    const { body = "", spoilt = "" } = sent ?? {};
    this.tally.findings.push({ fault, round: this.#round, batch: this.#batch, body, spoilt });
  }
}

/** Whether two JSON texts have the same fields in the same order: what was removed from one is a value. */
const sameBut = (kept: string, sent: string): boolean => {
  try {
    return shapeOf(JSON.parse(kept)) === shapeOf(JSON.parse(sent));
  } catch {
    return false;
  }
};
const shapeOf = (value: unknown): string =>
  JSON.stringify(typeof value === "object" && value !== null ? Object.keys(value) : typeof value);
