import * as z from "zod";
import type { Json } from "../operation/json.ts";

/** Milliseconds after its instant for which a slot may still be used. */
const slotLife = 500;

/** The pace of one connection as all processes share it. Instants in milliseconds since the epoch. */
export const paceSchema = z.strictObject({
  /** The first instant that nobody has reserved. */
  free_at: z.number(),
  /** Nothing leaves before this instant. */
  hold_until: z.number(),
});
export type Pace = z.infer<typeof paceSchema>;

/** Nothing reserved, nothing held. */
export const freshPace: Pace = { free_at: 0, hold_until: 0 };

export const paceOf = (value: Json | undefined): Pace =>
  value === undefined ? freshPace : paceSchema.parse(value);

/** Milliseconds between two calls. */
export const interval = (ratePerSecond: number): number => 1000 / ratePerSecond;

/** Most slots that are reserved at once: half a second's worth, at least one. */
export const sliceLimit = (ratePerSecond: number): number => Math.max(1, Math.ceil(ratePerSecond / 2));

/** The first instant at which a call could leave. */
export const firstFree = (pace: Pace, now: number): number => Math.max(now, pace.free_at, pace.hold_until);

/** Reserves `count` slots, one interval apart: the instants, and the pace that is left to others. */
export const lease = (
  pace: Pace,
  now: number,
  ratePerSecond: number,
  count: number,
): { readonly slots: readonly number[]; readonly next: Pace } => {
  const first = firstFree(pace, now);
  const step = interval(ratePerSecond);
  return {
    slots: Array.from({ length: count }, (_, index) => first + index * step),
    next: { ...pace, free_at: first + count * step },
  };
};

/** Whether a reserved slot may still be used: not too late, and not inside a hold. */
export const isUsable = (slot: number, now: number, holdUntil: number): boolean =>
  slot >= holdUntil && now <= slot + slotLife;
