import * as z from "zod";

/** Longest time of a freeze or an override, in days. */
export const longestDays = 30;

/** Nothing is done to these servers while it lasts: of one schedule (`pause`), or of all. */
export const freezeSchema = z.strictObject({
  id: z.string(),
  /** The schedule; null: all of them. */
  schedule: z.string().nullable(),
  from: z.iso.datetime(),
  /** Null: until it is taken back (a paused schedule). */
  until: z.iso.datetime().nullable(),
  /** When it was taken back (`resume`); null while it stands. */
  ended_at: z.iso.datetime().nullable(),
  reason: z.string().nullable(),
  by: z.string(),
  /** Keys of the requests that have given it another end, so that a repeat gives it none. */
  extended_by: z.array(z.string()).max(50).exactOptional(),
});
export type Freeze = z.infer<typeof freezeSchema>;

/** Its servers are wanted on, whatever schedules say. */
export const maintenanceWindowSchema = z.strictObject({
  id: z.string(),
  schedule: z.string().nullable(),
  /** Null: all servers of the schedule. */
  servers: z.array(z.string()).nullable(),
  from: z.iso.datetime(),
  until: z.iso.datetime(),
  reason: z.string(),
});
export type MaintenanceWindow = z.infer<typeof maintenanceWindowSchema>;

/** From and to of a freeze in milliseconds since the epoch, half-open; what is open lasts for ever. */
export const lastingOf = (freeze: Freeze): { readonly from: number; readonly to: number } => {
  const ends = [freeze.until, freeze.ended_at].flatMap((end) => (end === null ? [] : [Date.parse(end)]));
  return { from: Date.parse(freeze.from), to: Math.min(Number.POSITIVE_INFINITY, ...ends) };
};
