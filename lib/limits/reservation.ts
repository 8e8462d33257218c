import * as z from "zod";

const count = z.int().nonnegative();

/** What a bulk job has set aside at one connection and not used yet. It stands in the connection's counters. */
export const reservationSchema = z.strictObject({
  job: z.string(),
  /** When it ends by itself, in milliseconds since the epoch: whoever holds it has died. */
  until: z.number(),
  /** Items that it was made for, and those of them that have not been counted yet. */
  items: count,
  left: count,
  /** Of those: servers, and millionths of a euro that they cost in 24 hours. */
  servers: count,
  millionths: count,
  /** Provider's quota → how much all its items want of it. */
  quotas: z.record(z.string(), count),
});
export type Reservation = z.infer<typeof reservationSchema>;

/** What a job wants to be sure of. */
export interface Wants {
  readonly items: number;
  /** Items that make something new, of whatever sort. */
  readonly makes: number;
  readonly servers: number;
  /** Millionths of a euro in 24 hours; 0 where money is not limited. */
  readonly millionths: number;
  /** By the key of the quota. */
  readonly quotas: Readonly<Record<string, number>>;
}

/** How long a reservation lives after it was last used or extended, in milliseconds. */
export const reservedForMilliseconds = 900_000;

/** Those that have not ended by themselves. */
export const living = (all: readonly Reservation[] | undefined, now: number): readonly Reservation[] =>
  (all ?? []).filter(({ until }) => until > now);

/** What others than this job (null: anybody) hold. */
export const heldByOthers = (
  all: readonly Reservation[] | undefined,
  job: string | null,
): Pick<Wants, "servers" | "millionths"> => {
  const others = (all ?? []).filter((one) => one.job !== job);
  return {
    servers: others.reduce((sum, { servers }) => sum + servers, 0),
    millionths: others.reduce((sum, { millionths }) => sum + millionths, 0),
  };
};

/** How much of a provider's quota the items of other jobs, as far as they have not been begun, will want. */
export const quotaHeldByOthers = (
  all: readonly Reservation[] | undefined,
  job: string | null,
  quota: string,
): number =>
  (all ?? [])
    .filter((one) => one.job !== job)
    .reduce((sum, { quotas, items, left }) => sum + Math.ceil(((quotas[quota] ?? 0) * left) / items), 0);

const changed = (
  all: readonly Reservation[] | undefined,
  job: string,
  change: (one: Reservation) => Reservation,
): Reservation[] =>
  (all ?? []).map((one) => (one.job === job ? change(one) : one)).filter((one) => one.left > 0);

/** After one item of the job was counted: what it took is no longer held beside. */
export const withUse = (
  all: readonly Reservation[] | undefined,
  job: string,
  use: { readonly servers: number; readonly millionths: number },
  now: number,
): Reservation[] =>
  changed(all, job, (one) => ({
    ...one,
    until: now + reservedForMilliseconds,
    left: one.left - 1,
    servers: Math.max(0, one.servers - use.servers),
    millionths: Math.max(0, one.millionths - use.millionths),
  }));

/** With a longer life, and with no more items left than the job itself still has. */
export const withLife = (
  all: readonly Reservation[] | undefined,
  job: string,
  itemsLeft: number,
  now: number,
): Reservation[] =>
  changed(all, job, (one) => ({
    ...one,
    until: now + reservedForMilliseconds,
    left: Math.min(one.left, itemsLeft),
    servers: Math.min(one.servers, itemsLeft),
  }));
