import type { Chance } from "./chance.ts";
import type { World } from "./world.ts";

export interface Message {
  readonly id: string;
  readonly body: string;
  receiveCount: number;
}

/** How a queue is wired to its function (serverless.yml). */
export interface Wiring {
  readonly name: string;
  readonly batchSize: number;
  /** Invocations at the same time. */
  readonly width: number;
  readonly visibilityMilliseconds: number;
  readonly maxReceiveCount: number;
  /** Begins an invocation; `over` is told which messages are to come again, or that all are. */
  readonly deliver: (
    messages: readonly Message[],
    over: (failed: ReadonlySet<string> | "all") => void,
  ) => void;
}

/** A standard queue: at least once, in any order; repeats come within 40 ms, where they hurt the most. */
export class Mailbox {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #wiring: Wiring;
  #ready: Message[] = [];
  /** How often a message with this body was received at most. */
  readonly #received = new Map<string, number>();
  #running = 0;
  #serial = 0;
  /** Messages that were neither worked off nor set aside. */
  outstanding = 0;

  constructor(world: World, wiring: Wiring) {
    this.#world = world;
    this.#chance = world.chance.split(`queue ${wiring.name}`);
    this.#wiring = wiring;
  }

  send(body: string): void {
    const { faults } = this.#world;
    this.#serial += 1;
    const message = { id: `${this.#wiring.name}-${this.#serial}`, body, receiveCount: 0 };
    const late = faults.strikes("queue late", this.#wiring.name) ? this.#chance.between(1000, 45_000) : 0;
    const arrives = 5 + this.#chance.fraction() * 60 + late;
    this.#arrive(message, arrives);
    if (!faults.strikes("queue repeats", this.#wiring.name)) return;
    this.#world.sometimes("the queue delivered a message twice");
    this.#arrive({ ...message, id: `${message.id}b` }, arrives + this.#chance.fraction() * 40);
  }

  setAside(body: string, reason: string): void {
    this.#world.sometimes("a message was set aside");
    this.#world.record({ what: "dead letter", body, reason, received: this.#received.get(body) ?? 0 });
  }

  #arrive(message: Message, milliseconds: number): void {
    this.outstanding += 1;
    this.#world.after(milliseconds, () => {
      this.#ready.push(message);
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#running >= this.#wiring.width || this.#ready.length === 0) return;
    const size = 1 + Math.floor(this.#chance.fraction() * this.#wiring.batchSize);
    const batch = this.#ready.splice(0, size);
    for (const message of batch) {
      message.receiveCount += 1;
      const most = Math.max(message.receiveCount, this.#received.get(message.body) ?? 0);
      this.#received.set(message.body, most);
    }
    this.#running += 1;
    this.#wiring.deliver(batch, (failed) => {
      this.#running -= 1;
      for (const message of batch) {
        if (failed === "all" || failed.has(message.id)) this.#again(message);
        else this.outstanding -= 1;
      }
      this.#pump();
    });
    this.#pump();
  }

  #again(message: Message): void {
    this.outstanding -= 1;
    this.#world.sometimes("a message came again after its visibility timeout");
    if (message.receiveCount >= this.#wiring.maxReceiveCount)
      return this.setAside(message.body, "received too often");
    this.#arrive(message, this.#wiring.visibilityMilliseconds);
  }
}

/** The queues of the installation. */
export interface Mailboxes {
  readonly start: Mailbox;
  readonly follow: Mailbox;
  /** Where webhooks are delivered. */
  readonly deliver?: Mailbox;
  /** Wakes the runner of bulk jobs, where there is one. */
  readonly bulk?: Mailbox;
}
