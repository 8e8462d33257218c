import * as z from "zod";
import { choiceOf, choiceSchema } from "./choice.ts";
import { dueAt } from "./due-at.ts";
import { kindSchema } from "./kind.ts";
import { taskSchema } from "./observation.ts";
import { currentStep, isDone, operationStates, resourceSchema, type Operation } from "./operation.ts";
import { problemSchema } from "./problem.ts";
import { instant } from "./time.ts";

/** An operation as the API and the events show it. */
export const operationViewSchema = z.strictObject({
  id: z.string(),
  kind: kindSchema,
  connection: z.string(),
  state: z.enum(operationStates),
  done: z.boolean(),
  resource: resourceSchema.nullable(),
  /** Tags of the resource that people have put there, as last seen or asked for. */
  tags: z.array(z.string()),
  task: taskSchema.nullable(),
  steps: z.array(
    z.strictObject({
      name: z.string(),
      note: z.string().exactOptional(),
      state: z.enum(["pending", "running", "done", "failed"]),
      started_at: z.string().nullable(),
      ended_at: z.string().nullable(),
    }),
  ),
  /** Which of the choices of the input's `fallback` is tried or was taken; 0 is what was asked for. */
  choice: choiceSchema.exactOptional(),
  next_look_at: z.string().nullable(),
  error: problemSchema.nullable(),
  bulk_job: z.string().nullable(),
  schedule: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
  ended_at: z.string().nullable(),
});
export type OperationView = z.infer<typeof operationViewSchema>;

/** The outside of a row: a list of what may be seen, so that a new inner field never leaks. */
export const viewOf = (operation: Operation): OperationView => {
  const due = isDone(operation) ? null : dueAt(operation);
  const choice = choiceOf(operation);
  const waiting = operation.hold_until === null ? null : currentStep(operation);
  return {
    id: operation.id,
    kind: operation.kind,
    connection: operation.connection,
    state: operation.state,
    done: isDone(operation),
    resource: operation.resource,
    tags: operation.tags,
    task: operation.task,
    steps: operation.steps.map(({ name, note: said, state, started_at, ended_at }) => {
      const note = said ?? (name === waiting?.name ? operation.waits_for : null);
      return { name, ...(note === null ? {} : { note }), state, started_at, ended_at };
    }),
    ...(choice === null ? {} : { choice }),
    next_look_at: due === null ? null : instant(due),
    error: operation.error,
    bulk_job: operation.bulk_job,
    schedule: operation.schedule,
    created_at: operation.created_at,
    updated_at: operation.updated_at,
    ended_at: operation.ended_at,
  };
};
