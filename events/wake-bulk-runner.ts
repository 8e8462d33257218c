import * as z from "zod";

/** Message on the bulk queue: see now which jobs there are. Which ones stands in the table. */
export const wakeBulkRunnerSchema = z.strictObject({ v: z.literal(1) });
export type WakeBulkRunner = z.infer<typeof wakeBulkRunnerSchema>;
