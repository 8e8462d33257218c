import * as z from "zod";

/** How the rival is used. What is not here is as `@scaleway/sdk-instance` ships it. */
export const rivalInputSchema = z.object({
  url: z.string(),
  servers: z.number(),
  /** Creates and power-ons at the same time (p-limit). Waiting does not count: it would only hold up the others. */
  writesAtOnce: z.number(),
  /** Whether each server has a client of its own. */
  clientEach: z.boolean(),
});
export type RivalInput = z.infer<typeof rivalInputSchema>;

const resultSchema = z.object({
  name: z.string(),
  /** Null: it never learned the id of a server. */
  serverId: z.string().nullable(),
  /** Null: it runs, and the caller knows. */
  error: z.string().nullable(),
  /** Milliseconds since the epoch: when the caller's promise was settled. */
  settledAt: z.number(),
});
export const rivalReportSchema = z.object({
  results: z.array(resultSchema),
  cpuMilliseconds: z.number(),
  peakMegabytes: z.number(),
});

/** The retries that a careful user writes around the SDK, which has none for a 429: full jitter, doubling, capped. */
export const backOff = { firstMilliseconds: 500, longestMilliseconds: 8000, attempts: 12 } as const;

/**
 * Writes at the same time that serve the rival best at 100 calls a second and 50 ms: the fewest calls, no 429 and no
 * loss. 4 and more issue everything in half the time, for more calls; `--rival-limit` tries another.
 */
export const bestWritesAtOnce = 2;

/** As many as somebody takes who wants a thousand servers soon, and leaves the limit to the retries. */
export const soonWritesAtOnce = 50;
