import * as z from "zod";

/** Message on the provisioning queue: an accepted operation is to be started. Only the id; the state is in the table. */
export const startOperationSchema = z.strictObject({ v: z.literal(1), operation_id: z.string().min(1) });
export type StartOperation = z.infer<typeof startOperationSchema>;
