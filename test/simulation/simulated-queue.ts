import type { StartFromHook } from "../../events/start-from-hook.ts";
import { NotQueued, type Queue } from "../../lib/ports/queue.ts";
import type { Sandbox } from "./sandbox.ts";
import type { Mailboxes } from "./mailboxes.ts";

/** The queues as one sandbox sends to them: some messages are not taken, and some answers are lost. */
export class SimulatedQueue implements Queue {
  readonly #mailboxes: Mailboxes;
  readonly #sandbox: Sandbox;

  constructor(mailboxes: Mailboxes, sandbox: Sandbox) {
    this.#mailboxes = mailboxes;
    this.#sandbox = sandbox;
  }

  requestStarts(operationIds: readonly string[]): Promise<void> {
    const { world } = this.#sandbox;
    return this.#send("queue start", () => {
      if (world.faults.strikes("queue refuses", "start")) {
        world.sometimes("the queue did not take a start");
        return { error: new NotQueued(operationIds) };
      }
      for (const id of operationIds) this.#mailboxes.start.send(JSON.stringify({ v: 1, operation_id: id }));
      if (world.faults.strikes("queue reply lost", "start")) return { error: new NotQueued(operationIds) };
      return { value: undefined };
    });
  }

  requestHookWork(work: StartFromHook): Promise<void> {
    const { world } = this.#sandbox;
    return this.#send("queue hook work", () => {
      if (world.faults.strikes("queue refuses", "hook work")) return { error: new NotQueued([]) };
      this.#mailboxes.start.send(JSON.stringify(work));
      return { value: undefined };
    });
  }

  wakeFollower(): Promise<void> {
    const { world } = this.#sandbox;
    return this.#send("queue wake", () => {
      if (world.faults.strikes("queue refuses", "wake"))
        return { error: new Error("The queue is not there.") };
      this.#mailboxes.follow.send(JSON.stringify({ v: 1 }));
      return { value: undefined };
    });
  }

  wakeDeliverer(): Promise<void> {
    const { world } = this.#sandbox;
    return this.#send("queue wake deliverer", () => {
      if (world.faults.strikes("queue refuses", "wake deliverer"))
        return { error: new Error("The queue is not there.") };
      this.#mailboxes.deliver?.send(JSON.stringify({ v: 1 }));
      return { value: undefined };
    });
  }

  wakeBulkRunner(): Promise<void> {
    const { world } = this.#sandbox;
    return this.#send("queue wake bulk", () => {
      if (world.faults.strikes("queue refuses", "wake bulk runner"))
        return { error: new Error("The queue is not there.") };
      this.#mailboxes.bulk?.send(JSON.stringify({ v: 1 }));
      return { value: undefined };
    });
  }

  setAside(body: string, reason: string): Promise<void> {
    return this.#send("queue set aside", () => {
      this.#mailboxes.start.setAside(body, reason);
      return { value: undefined };
    });
  }

  #send(name: string, apply: () => { value: undefined } | { error: Error }): Promise<void> {
    return this.#sandbox.run<undefined>({ name, writes: true, takes: 25, apply });
  }
}
