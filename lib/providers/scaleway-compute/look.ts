import type { Connection } from "../../connection.ts";
import type { Observation, Task } from "../../operation/observation.ts";
import type { Handle } from "../../ports/provider.ts";
import { fewCalls, gather, joined, lookEach, type Sight } from "../looking.ts";
import type { ServerCalls } from "../scaleway-calls.ts";
import { findInList } from "../scaleway-pages.ts";
import type { TaskCalls } from "./task-calls.ts";
import { isTaskOver, movingObservation } from "./translate.ts";

/** From this many servers on, the list is read instead of one after the other. */
const many = 5;
/** For how long a task that won't end is believed, in seconds: some stay pending after their server is gone. */
const believedSeconds = 20;

const oldest = (handles: readonly Handle[]): Handle[] => {
  const byId = new Map<string, Handle>();
  for (const handle of handles) {
    const known = byId.get(handle.resource.id);
    if (known === undefined || known.ageSeconds < handle.ageSeconds) byId.set(handle.resource.id, handle);
  }
  return [...byId.values()];
};

/**
 * Looks at servers of the older compute API. A task under way is enough to know that its server is on its way; for
 * everything else the server itself is the truth, since tasks lie, and are gone from some hosts.
 */
export class ServerLook {
  readonly #connection: Connection;
  readonly #servers: ServerCalls;
  readonly #tasks: TaskCalls;

  constructor(connection: Connection, servers: ServerCalls, tasks: TaskCalls) {
    this.#connection = connection;
    this.#servers = servers;
    this.#tasks = tasks;
  }

  /** One observation for each different server among the handles, where there is one. */
  async at(handles: readonly Handle[]): Promise<Sight> {
    const different = oldest(handles);
    return different.length < many
      ? gather(different.map(async (handle) => new Map([[handle.resource.id, await this.#atOne(handle)]])))
      : this.#atMany(different);
  }

  async #atOne({ resource, task, ageSeconds }: Handle): Promise<Observation> {
    if (task === null || isTaskOver(task)) return this.#servers.see(resource.id, task);
    if (ageSeconds < believedSeconds) {
      const seen = await this.#tasks.see(task.id);
      if (seen !== null && !isTaskOver(seen.task)) {
        return movingObservation(seen.task, seen.description, seen.requestId);
      }
      return this.#servers.see(resource.id, seen?.task ?? task);
    }
    return this.#withLatestTask(await this.#servers.see(resource.id, task));
  }

  /** A server at rest ends its operation, which keeps the task's last word. */
  async #withLatestTask(seen: Observation): Promise<Observation> {
    const { task } = seen;
    if (seen.phase === "moving" || task === null || isTaskOver(task)) return seen;
    return { ...seen, task: await this.#tasks.latest(task) };
  }

  async #atMany(handles: readonly Handle[]): Promise<Sight> {
    const tasks = new Map(handles.map(({ resource, task }) => [resource.id, task]));
    const limit = fewCalls(this.#connection);
    const listed = await gather([this.#byList(tasks)]);
    if (listed.failure !== null) return listed;
    // A list may lag: what it does not show is asked for before it counts as gone.
    const missing = [...tasks.keys()].filter((id) => !listed.seen.has(id)).slice(0, limit);
    const asked = await lookEach(missing, (id) => this.#servers.see(id, tasks.get(id) ?? null));
    return this.#withLatestTasks(joined(listed, asked), Math.max(1, limit - missing.length));
  }

  async #withLatestTasks({ seen, failure }: Sight, limit: number): Promise<Sight> {
    const atRest = [...seen.entries()].filter(
      ([, { phase, task }]) => phase !== "moving" && task !== null && !isTaskOver(task),
    );
    const read = await gather(
      atRest
        .slice(0, limit)
        .map(async ([id, observation]) => new Map([[id, await this.#withLatestTask(observation)]])),
    );
    return joined({ seen, failure }, read);
  }

  async #byList(tasks: ReadonlyMap<string, Task | null>): Promise<ReadonlyMap<string, Observation>> {
    const found = await findInList(
      async (page) => {
        const { items, total, requestId } = await this.#servers.page(page, {});
        const seen = items.map((server) =>
          this.#servers.observationOf(server, tasks.get(server.id) ?? null, requestId),
        );
        return { total, items: items.map(({ id }, index) => ({ id, seen: seen[index] })) };
      },
      ({ id }) => id,
      new Set(tasks.keys()),
    );
    return new Map([...found].flatMap(([id, { seen }]) => (seen === undefined ? [] : [[id, seen] as const])));
  }
}
