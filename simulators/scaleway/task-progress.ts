import type { TaskRecord } from "./records.ts";

/** A task's standing at an instant. It is `pending` for the first tenth of its time, `started` until its end. */
export const taskProgress = (
  task: TaskRecord,
  now: number,
): { status: "pending" | "started" | "success" | "failure"; progress: number } => {
  if (task.endsAt === null) {
    return { status: "pending", progress: 0 };
  }
  if (now >= task.endsAt) {
    return task.fails ? { status: "failure", progress: 0 } : { status: "success", progress: 100 };
  }
  const share = (now - task.startedAt) / (task.endsAt - task.startedAt);
  return { status: share < 0.1 ? "pending" : "started", progress: 0 };
};
