import type { Queue } from "../../lib/ports/queue.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Requests to the queues. `receives`: those that bring something; long polls that bring nothing cost the same idle or not. */
export interface QueueCounts {
  sends: number;
  receives: number;
  deletes: number;
}

/** Milliseconds that a request takes. */
const requestMilliseconds = 5;
const batchSize = 10;
/** Batches that are worked on at the same time (`maximumConcurrency` in serverless.yml). */
const width = 2;

/** A queue that feeds a function as Lambda does: batches of up to ten, deleted when the invocation was good. */
class Feed {
  readonly #time: VirtualTime;
  readonly #counts: QueueCounts;
  readonly #invoke: () => Promise<void>;
  #waiting = 0;
  #busy = 0;

  constructor(time: VirtualTime, counts: QueueCounts, invoke: () => Promise<void>) {
    this.#time = time;
    this.#counts = counts;
    this.#invoke = invoke;
  }

  async send(delayMilliseconds: number): Promise<void> {
    this.#counts.sends += 1;
    await this.#time.sleep(requestMilliseconds);
    this.#time.after(delayMilliseconds, () => {
      this.#waiting += 1;
      this.#next();
    });
  }

  #next(): void {
    if (this.#waiting === 0 || this.#busy >= width) return;
    this.#waiting -= Math.min(batchSize, this.#waiting);
    this.#busy += 1;
    this.#counts.receives += 1;
    void this.#invoke().finally(() => {
      this.#counts.deletes += 1;
      this.#busy -= 1;
      this.#next();
    });
  }
}

/** The queues of an installation that does bulk jobs. */
export class CountedQueue implements Queue {
  readonly counts: QueueCounts = { sends: 0, receives: 0, deletes: 0 };
  readonly #follower: Feed;
  readonly #runner: Feed;

  constructor(time: VirtualTime, follow: () => Promise<void>, run: () => Promise<void>) {
    this.#follower = new Feed(time, this.counts, follow);
    this.#runner = new Feed(time, this.counts, run);
  }

  wakeFollower(): Promise<void> {
    return this.#follower.send(1000);
  }

  wakeBulkRunner(): Promise<void> {
    return this.#runner.send(0);
  }

  requestStarts(): Promise<void> {
    throw new Error("A bulk job asks for no starts.");
  }

  requestHookWork(): Promise<void> {
    throw new Error("A bulk job has no hooks.");
  }

  wakeDeliverer(): Promise<void> {
    throw new Error("Nobody has asked for webhooks.");
  }

  setAside(_body: string, reason: string): Promise<void> {
    throw new Error(`A message was set aside: ${reason}`);
  }
}
