import * as z from "zod";

/** One try to hand an event over. */
export const attemptSchema = z.strictObject({
  at: z.string(),
  /** Null: nothing was answered. */
  status: z.number().int().nullable(),
  /** Why it did not go well, in words; null when it did. */
  error: z.string().nullable(),
  duration_ms: z.number().int().nonnegative(),
  /** The first kilobyte of the answer, without what looks like a secret. */
  response: z.string().nullable(),
});
export type Attempt = z.infer<typeof attemptSchema>;

/** One event on its way to one endpoint, as it stands in its row. */
export const deliverySchema = z.strictObject({
  /** `dlv_…`, derived from the event and the endpoint: an event that is met twice has one delivery. */
  id: z.string(),
  version: z.number().int().positive(),
  endpoint: z.string(),
  event_id: z.string(),
  type: z.string(),
  /** What the event is about, and its place in the order of that: what is due together is attempted in this order. */
  subject: z.string(),
  sequence: z.number().int().positive(),
  /** The bytes that are sent, the same in every attempt. */
  body: z.string(),
  state: z.enum(["pending", "succeeded", "failed"]),
  attempts: z.array(attemptSchema),
  /** Attempts since the delivery began or was replayed: its place in the schedule. */
  tries: z.number().int().nonnegative(),
  /** Null when nothing more is tried. */
  next_attempt_at: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type Delivery = z.infer<typeof deliverySchema>;

/** When the delivery is due, in milliseconds since the epoch; null when it is over: then it is in no due index. */
export const deliveryDueAt = ({ next_attempt_at: at }: Delivery): number | null =>
  at === null ? null : Date.parse(at);
