import * as z from "zod";

/** Message on the follow queue: look now at what is due, not at the next tick. Carries nothing else. */
export const wakeFollowerSchema = z.strictObject({ v: z.literal(1) });
export type WakeFollower = z.infer<typeof wakeFollowerSchema>;
