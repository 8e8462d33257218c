import * as z from "zod";

/** How long a window lasts, in milliseconds; windows begin with the minutes of the epoch. */
export const windowMilliseconds = 60_000;

/** What all processes together have taken in a window, as it stands in the key's cell. */
export const takenSchema = z.strictObject({ window: z.int(), taken: z.int().nonnegative() });
export type Taken = z.infer<typeof takenSchema>;

/** What one process knows of a key's window. */
export interface Lease {
  readonly window: number;
  /** Requests that it may still let through without asking. */
  readonly left: number;
  /** What all processes have taken, as far as this one knows; what it may still use of it included. */
  readonly known: number;
  /** Whether its first slice is counted in the cell: a key that is used little is never written about. */
  readonly isCounted: boolean;
}

export const windowAt = (now: number): number => Math.floor(now / windowMilliseconds);

/** Requests that a process takes at once: a twentieth, so that a busy key costs 20 writes a minute and not 600. */
export const sliceOf = (limit: number): number => Math.max(1, Math.ceil(limit / 20));

/** The first slice of a window, which nobody else is told of unless it is used up. */
export const firstLease = (window: number, limit: number): Lease => ({
  window,
  left: sliceOf(limit),
  known: sliceOf(limit),
  isCounted: false,
});

/** What a process that has used up its lease takes from the cell, and what the cell then says; null: nothing is left. */
export const furtherLease = (
  lease: Lease,
  standing: Taken | null,
  limit: number,
): { readonly lease: Lease; readonly cell: Taken } | null => {
  // A cell of a later window was written by a clock ahead of ours: it is the one that counts.
  const before = standing === null || standing.window < lease.window ? 0 : standing.taken;
  const owed = lease.isCounted ? 0 : sliceOf(limit);
  const granted = Math.min(sliceOf(limit), limit - before - owed);
  if (granted <= 0) return null;
  const taken = before + owed + granted;
  return {
    lease: { ...lease, left: granted, known: taken, isCounted: true },
    cell: { window: Math.max(lease.window, standing?.window ?? 0), taken },
  };
};

/** How a key's requests stand: what is left of the window, and the seconds until the next one. */
export interface RateStanding {
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly isOver: boolean;
}

/** The standing after a request, as far as this process knows. */
export const standingOf = (lease: Lease, limit: number, now: number, isOver: boolean): RateStanding => ({
  limit,
  remaining: isOver ? 0 : Math.max(0, limit - lease.known + lease.left),
  resetSeconds: Math.ceil(((lease.window + 1) * windowMilliseconds - now) / 1000),
  isOver,
});

/** The headers of draft-ietf-httpapi-ratelimit-headers. */
export const rateHeaders = ({ limit, remaining, resetSeconds }: RateStanding): Record<string, string> => ({
  RateLimit: `"default";r=${remaining};t=${resetSeconds}`,
  "RateLimit-Policy": `"default";q=${limit};w=${windowMilliseconds / 1000}`,
});
