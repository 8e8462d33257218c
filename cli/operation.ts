import * as z from "zod";
import { ageText } from "./duration.ts";
import { problemSchema } from "./problem.ts";
import type { View } from "./printer.ts";

/** An operation, as far as it is shown; whatever else the API says of it is kept. */
export const operationSchema = z.looseObject({
  id: z.string(),
  kind: z.string(),
  connection: z.string(),
  state: z.string(),
  done: z.boolean(),
  resource: z.looseObject({ type: z.string(), id: z.string() }).nullable(),
  steps: z.array(z.looseObject({ name: z.string(), state: z.string(), note: z.string().optional() })),
  error: problemSchema.nullable(),
  bulk_job: z.string().nullable(),
  created_at: z.string(),
  ended_at: z.string().nullable(),
});
export type Operation = z.infer<typeof operationSchema>;

/** The step that is under way; empty when none is. */
export const stepOf = ({ steps }: Operation): string => {
  const step = steps.find(({ state }) => state === "running" || state === "failed");
  if (step === undefined) return "";
  return step.note === undefined ? step.name : `${step.name} (${step.note})`;
};

const endOf = ({ ended_at: endedAt }: Operation, now: number): number =>
  endedAt === null ? now : Date.parse(endedAt);

/** From its acceptance to its end, or to now. */
export const tookMilliseconds = (operation: Operation, now: number): number =>
  Math.max(0, endOf(operation, now) - Date.parse(operation.created_at));

/** Operations in a table; ages are those at that instant. */
export const operationView = (now: number): View<Operation> => ({
  columns: [
    { name: "id", value: ({ id }) => id, isWhole: true },
    { name: "kind", value: ({ kind }) => kind },
    { name: "state", value: ({ state }) => state },
    { name: "step", value: stepOf },
    { name: "resource", value: ({ resource }) => resource?.id ?? "" },
    { name: "age", value: ({ created_at: at }) => ageText(now - Date.parse(at)) },
    { name: "error", value: ({ error }) => error?.code ?? "" },
  ],
  more: [
    { name: "connection", value: ({ connection }) => connection },
    { name: "bulk_job", value: ({ bulk_job: job }) => job ?? "" },
    { name: "created_at", value: ({ created_at: at }) => at },
    { name: "ended_at", value: ({ ended_at: at }) => at ?? "" },
    { name: "detail", value: ({ error }) => error?.detail ?? "" },
    { name: "hint", value: ({ error }) => error?.hint ?? "" },
  ],
  id: ({ id }) => id,
});
