import * as z from "zod";
import { jsonObjectSchema } from "../operation/json.ts";

/** One operation-to-be of a job, with everything put in: a retry never renames. */
export const plannedItemSchema = z.strictObject({
  /** From 0, in the order of the rows; those that were left out as invalid leave gaps. */
  index: z.int().min(0),
  /** Line of the file on which its row begins (the header is 1); null for JSON. */
  line: z.int().min(1).nullable(),
  /** Its own idempotency key within the job: the client's, or made from its row. */
  key: z.string().min(1),
  /** What it will be called, where its input says so. */
  name: z.string().nullable(),
  /** As it was asked for: the kind's defaults are laid under it when it becomes an operation. */
  input: jsonObjectSchema,
  /** What it acts on, for kinds on something that exists. */
  resourceId: z.string().nullable(),
  /** What the thing was called when it was selected. */
  was: z.string().exactOptional(),
  /** Euros an hour, where the items of a job do not all cost the same. */
  eurPerHour: z.number().min(0).exactOptional(),
  /** Why it is no valid item, where a job leaves those out. */
  why: z.string().exactOptional(),
});
export type PlannedItem = z.infer<typeof plannedItemSchema>;
