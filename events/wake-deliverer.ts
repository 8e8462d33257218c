import * as z from "zod";

/** Message on the deliver queue: see now what is to be delivered. The bus puts whole events there, which say the same. */
export const wakeDelivererSchema = z.strictObject({ v: z.literal(1) });
export type WakeDeliverer = z.infer<typeof wakeDelivererSchema>;
