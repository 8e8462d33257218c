import type { Task } from "../../operation/observation.ts";
import { ProviderDoubt, ProviderRefusal } from "../../ports/provider.ts";
import { taskOf } from "../scaleway-server.ts";
import { patience, type Transport } from "../transport.ts";
import { taskEnvelope } from "./wire.ts";

/** A task as it was just read. */
export interface SeenTask {
  readonly task: Task;
  readonly description: string | null;
  readonly requestId: string | null;
}

/** Reads tasks, which some hosts no longer have. */
export class TaskCalls {
  readonly #transport: Transport;
  readonly #root: string;

  constructor(transport: Transport, root: string) {
    this.#transport = transport;
    this.#root = root;
  }

  /** The task, or null where there is none any more. @throws ProviderRefusal, ProviderDoubt */
  async see(id: string): Promise<SeenTask | null> {
    try {
      const { value, requestId } = await this.#transport.call(
        { method: "GET", root: this.#root, path: ["tasks", id], patience: patience.look },
        taskEnvelope,
      );
      return { task: taskOf(value.task), description: value.task.description ?? null, requestId };
    } catch (error) {
      // Any 404 and any 410: a task is only a hint, the server is asked instead.
      const { status } = error instanceof ProviderRefusal ? error.provider : { status: null };
      if (status === 404 || status === 410) return null;
      throw error;
    }
  }

  /** How the task stands, for the record: as it was known when it can't be read now. */
  async latest(known: Task): Promise<Task> {
    try {
      return (await this.see(known.id))?.task ?? known;
    } catch (error) {
      // What the server showed counts; the next look may tell more of the task.
      if (error instanceof ProviderRefusal || error instanceof ProviderDoubt) return known;
      throw error;
    }
  }
}
