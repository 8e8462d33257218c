/**
 * The times that exactly-one-server rests on, in seconds (reliability of R4 and R5). `providerMax` and `listLag` are
 * assumptions about the provider; the others are ours to keep.
 */
export const bounds = {
  /** Between the intent and the moment of sending; later than that nothing is sent. */
  startWindow: 5,
  /** The part of it that the provider's adapter may need, for its secret say; it refuses to send later than that. */
  sendWithin: 2,
  /** How long we wait for the answer of a call that changes something. */
  clientTimeout: 10,
  /** How long after we stopped listening a request may still be carried out. Assumed. */
  providerMax: 60,
  /** How long a server that exists may be missing from lists. Assumed. */
  listLag: 20,
  /** How far two of our clocks may be apart, each way. */
  skew: 1,
  /** Searches that must all come back empty before a create is sent again, and the time between two. */
  emptySearches: 5,
  searchInterval: 10,
  /** A power action that shows no effect for this long is taken as not carried out. */
  grace: 20,
  /** A fresh grant may be refused for up to two minutes (providers.md trap 24). */
  grantDelay: 120,
  /** How often one call may be tried again by itself. */
  attempts: 3,
} as const;

/** What a connection assumes of its provider, in seconds. */
export interface Assumed {
  /** How long after we stopped listening a request may still be carried out. */
  readonly landsWithin: number;
  /** How long a server that exists may be missing from lists. */
  readonly listedWithin: number;
}

/** The assumptions where a connection says nothing. */
export const usuallyAssumed: Assumed = { landsWithin: bounds.providerMax, listedWithin: bounds.listLag };

/** After an ambiguous create nothing is created again before this many seconds since the intent: usually 97. */
export const horizonSeconds = ({ landsWithin, listedWithin }: Assumed): number =>
  bounds.startWindow + bounds.clientTimeout + landsWithin + listedWithin + 2 * bounds.skew;

/** Seconds between two searches after the horizon: half the lag of lists, so that they don't all see the same stale one. */
export const proofIntervalSeconds = ({ listedWithin }: Assumed): number =>
  Math.min(bounds.searchInterval, listedWithin / 2);

/** An intent without a saved outcome after this many seconds: its sender died, or will never save it. */
export const silenceSeconds = bounds.startWindow + bounds.clientTimeout + 2 * bounds.skew + 3;

/** Finished rows and events are kept for this long. */
export const retentionSeconds = 30 * 24 * 3600;

/** `instant` plus `seconds`, in milliseconds since the epoch. */
export const secondsAfter = (instant: string, seconds: number): number =>
  Date.parse(instant) + seconds * 1000;
