import * as z from "zod";
import { usageSchema } from "./child.ts";
import { engineCountsSchema } from "./engine-counts.ts";

/** Names that the functions are given. */
export const tableName = "switchyard-bench";
export const busName = "switchyard-bench";

/** What the engines are started with: how many operations there will be. */
export const enginesInputSchema = z.object({ expected: z.number() });

/** Where the stand-ins are. The `direct` queue is not counted: what comes from outside is not the functions' doing. */
export const enginesReadySchema = z.object({
  table: z.string(),
  queue: z.string(),
  directQueue: z.string(),
  bus: z.string(),
});

/** Sent when as many operations as expected have told their ends. */
export const allToldSchema = z.object({ allTold: z.literal(true) });

const endSchema = z.object({
  connection: z.string(),
  state: z.string(),
  resourceId: z.string().nullable(),
  error: z.string().nullable(),
  /** Milliseconds since the epoch: when the operation ended, and when its event first stood on the bus. */
  endedAt: z.number(),
  toldAt: z.number(),
});
/** How an operation ended, by its own event. `needs_attention` is an end here, because nobody resolves it. */
export type OperationEnd = z.infer<typeof endSchema>;

/** The answer to the word `report`. */
export const enginesReportSchema = z.object({
  counts: engineCountsSchema,
  ends: z.array(endSchema),
  usage: usageSchema,
});
