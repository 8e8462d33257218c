import * as z from "zod";

/** A server that somebody has switched by hand is left as it is while its hold lasts. */
export const holdSchema = z.strictObject({
  server: z.string(),
  /** The schedule whose setting has made the hold. */
  schedule: z.string(),
  state: z.enum(["on", "off"]),
  from: z.iso.datetime(),
  /** Null: the schedule has no such edge; until the hold is taken back. */
  until: z.iso.datetime().nullable(),
  /** Until when, in words: "its next off-edge". */
  because: z.string(),
});
export type Hold = z.infer<typeof holdSchema>;
