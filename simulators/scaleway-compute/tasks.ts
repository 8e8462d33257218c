import { Hono } from "hono";
import type { SimulatorEnv } from "../dialect.ts";
import type { TaskRecord } from "../scaleway/records.ts";
import { taskProgress } from "../scaleway/task-progress.ts";
import { toWireTime } from "../scaleway/wire-time.ts";
import { empty, json } from "../wire.ts";
import { unknownResource } from "./errors.ts";
import type { ComputeParts } from "./parts.ts";
import { listAnswer } from "./request.ts";

/** A task as it stands at the clock's instant. */
export const taskBody = (parts: ComputeParts, task: TaskRecord): object => {
  const now = parts.world.clock.now();
  const { status, progress } = taskProgress(task, now);
  const isOver = status === "success" || status === "failure";
  return {
    description: task.description,
    href_from: task.hrefFrom,
    id: task.id,
    progress: parts.faults.switched("progress_as_string") === undefined ? progress : String(progress),
    started_at: toWireTime(task.startedAt),
    status,
    terminated_at: isOver && task.endsAt !== null ? toWireTime(task.endsAt) : null,
  };
};

/** `/tasks`: a list, one, and the right to forget one. */
export const taskRoutes = (parts: ComputeParts): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  const find = (id: string): TaskRecord => {
    const task = parts.holdings.tasks.get(id);
    if (task === undefined) {
      throw unknownResource("other", id);
    }
    return task;
  };
  routes.use(async (c, next) => {
    if (parts.faults.switched("tasks_endpoint_gone") !== undefined) {
      throw unknownResource("other", c.req.path);
    }
    await next();
  });
  routes.get("/", (c) =>
    listAnswer(parts, c, "tasks", parts.holdings.tasks.values().toReversed(), (task) =>
      taskBody(parts, task),
    ),
  );
  routes.get("/:id", (c) => json(200, { task: taskBody(parts, find(c.req.param("id"))) }));
  routes.delete("/:id", (c) => {
    parts.holdings.tasks.remove(find(c.req.param("id")).id);
    return empty(204);
  });
  return routes;
};
