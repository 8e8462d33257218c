import * as z from "zod";
import { providerDetailSchema, type ProviderDetail } from "./problem.ts";

/**
 * What a look can say of a resource, the same for every dialect. `moving` is on its way to somewhere, `gone` is a
 * definite "does not exist", `failed` is where the provider has given up and says so, `unknown` is a state that we have no word for: never an end, never a failure.
 */
export const phaseSchema = z.enum(["on", "off", "standby", "moving", "locked", "failed", "gone", "unknown"]);
export type Phase = z.infer<typeof phaseSchema>;

/** A provider's task as it was last seen. `progress` is 0 to 100, null where the provider gives none or a fake one. */
export const taskSchema = z.strictObject({
  id: z.string(),
  status: z.string(),
  progress: z.number().nullable(),
});
export type Task = z.infer<typeof taskSchema>;

/** Where a volume lives decides who deletes it: `local` goes with its server's API, `block` with the block API. */
export const volumeSchema = z.strictObject({ id: z.string(), store: z.enum(["local", "block"]) });
export type Volume = z.infer<typeof volumeSchema>;

/** One look at one resource. */
export const observationSchema = z.strictObject({
  phase: phaseSchema,
  /** The provider's own word, for people; null when the resource is gone. */
  state: z.string().nullable(),
  detail: z.string().nullable(),
  name: z.string().nullable(),
  /** The provider's time of the last change, as it wrote it; only compared for equality. */
  modified: z.string().nullable(),
  is_protected: z.boolean(),
  /** Id of the operation whose marker the resource bears; null when it bears none. */
  made_by: z.string().nullable(),
  /** Tags that people have put there; left out where the dialect has none, or the look did not show them. */
  tags: z.array(z.string()).exactOptional(),
  volumes: z.array(volumeSchema),
  /** Public addresses of a server; left out where it has none, or the look did not show them. */
  addresses: z.array(z.string()).exactOptional(),
  task: taskSchema.nullable(),
  request_id: z.string().nullable(),
  /** The answer that says that it does not exist, where there was one of its own. */
  said: providerDetailSchema.exactOptional(),
});
export type Observation = z.infer<typeof observationSchema>;

/** A look that has shown a phase, and nothing of the resource itself. */
export const bareObservation = (phase: Phase, requestId: string | null, task: Task | null): Observation => ({
  phase,
  state: null,
  detail: null,
  name: null,
  modified: null,
  is_protected: false,
  made_by: null,
  volumes: [],
  task,
  request_id: requestId,
});

/**
 * A look that found nothing: the provider says that the resource does not exist. `said`: the answer with which it said
 * so; left out where it is only missing from what was shown.
 */
export const goneObservation = (
  requestId: string | null,
  task: Task | null = null,
  said?: ProviderDetail,
): Observation => ({
  ...bareObservation("gone", requestId, task),
  ...(said === undefined ? {} : { said }),
});
