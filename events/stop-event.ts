import * as z from "zod";
import { eventSchema, typePrefix, typeSchemaOf } from "./event.ts";

/** What became of the stop switch; `subject` is `stop`. */
export const stopEventTypes = {
  "stop.set": "Until an instant nothing new is made or powered on.",
  "stop.lifted": "The stop is over: somebody has lifted it, or its time has come.",
} as const satisfies Record<`stop.${string}`, string>;
export type StopEventType = keyof typeof stopEventTypes;

export const stopEventDataSchema = z.strictObject({
  until: z.string(),
  reason: z.string(),
  set_at: z.string(),
  /** Who set it: the id of a key. */
  set_by: z.string(),
  /** Only of `stop.lifted`: who lifted it; null where its time has come. */
  lifted_by: z.string().nullable(),
});

export const stopEventSchema = z.strictObject({
  ...eventSchema.shape,
  type: typeSchemaOf(stopEventTypes),
  data: stopEventDataSchema,
});

const example = (type: StopEventType, sequence: number, lifted_by: string | null) => ({
  specversion: "1.0" as const,
  id: `evt_stop_179360670000${sequence}_0f3c6e9b2d5a8174ce1${sequence}`,
  source: "switchyard",
  type: `${typePrefix}${type}`,
  subject: "stop",
  time: "2026-11-02T08:45:00.000Z",
  sequence,
  data: {
    until: "2026-11-02T18:00:00.000Z",
    reason: "A key has leaked; nothing is made until it is revoked.",
    set_at: "2026-11-02T08:45:00.000Z",
    set_by: "bootstrap",
    lifted_by,
  },
});

/** One whole event of each type. */
export const stopEventExamples = {
  "stop.set": example("stop.set", 1, null),
  "stop.lifted": example("stop.lifted", 2, "bootstrap"),
} satisfies Record<StopEventType, z.infer<typeof eventSchema>>;
