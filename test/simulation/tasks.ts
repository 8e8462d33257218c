import type { Task } from "../../lib/operation/observation.ts";
import type { Cloud } from "./cloud.ts";
import { phases } from "./held.ts";
import type { World } from "./world.ts";

interface Held {
  readonly server: string;
  readonly begunAt: number;
  /** Says pending, whatever becomes of its server. */
  readonly pendsForEver: boolean;
  /** Is not there any more when somebody asks. */
  readonly isGone: boolean;
}

export const isTaskOver = ({ status }: Task): boolean => status === "success" || status === "failure";

/** The tasks of an API that has them: a hint at most. */
export class Tasks {
  readonly #world: World;
  readonly #cloud: Cloud;
  readonly #held = new Map<string, Held>();

  constructor(world: World, cloud: Cloud) {
    this.#world = world;
    this.#cloud = cloud;
  }

  begin(server: string): Task {
    const { faults, now } = this.#world;
    const id = `task-${this.#held.size + 1}`;
    this.#held.set(id, {
      server,
      begunAt: now,
      pendsForEver: faults.strikes("task pends for ever", server),
      isGone: faults.strikes("task is gone", server),
    });
    return { id, status: "pending", progress: 0 };
  }

  /** The task as it is told; null where there is none any more. */
  see(id: string): Task | null {
    const held = this.#held.get(id);
    if (held === undefined || held.isGone) return null;
    return { id, status: this.#statusOf(held), progress: null };
  }

  #statusOf({ server: id, begunAt, pendsForEver }: Held): string {
    const server = this.#cloud.servers.get(id);
    const isMoving = server !== undefined && !server.isGone && phases.get(server.state) === "moving";
    if (pendsForEver) {
      if (!isMoving) this.#world.sometimes("a task was pending after its server was at rest");
      return "pending";
    }
    if (isMoving) return this.#world.now - begunAt < 1000 ? "pending" : "started";
    return (server?.detail ?? null) === null ? "success" : "failure";
  }
}
