/** Seeds one after the other. */
export interface Seeds {
  readonly from: number;
  readonly count: number;
}

/** Jobs for one thread that every world does, beside a death at every effect. */
export type SeedsJob<Order> =
  | ({ readonly do: "seeds"; readonly order: Omit<Order, "seed"> } & Seeds)
  /** Each seed is run twice. */
  | ({ readonly do: "twice" } & Seeds);

/** One seed without faults, dying at each of its effects that can matter. */
export interface CrashJob {
  readonly do: "every crash";
  readonly seed: number;
}

/** Does something with each seed, one after the other. */
export const eachSeed = async (
  { from, count }: Seeds,
  work: (seed: number) => Promise<unknown>,
): Promise<void> => {
  for (let seed = from; seed < from + count; seed += 1) await work(seed);
};

/** A job a seed. */
export const ofEachSeed = function* <Job>(
  { from, count }: Seeds,
  make: (seed: number) => Job,
): Generator<Job> {
  for (let seed = from; seed < from + count; seed += 1) yield make(seed);
};

/** Jobs of so many seeds each. */
export const inPieces = function* <Job>(
  { from, count }: Seeds,
  make: (seeds: Seeds) => Job,
  piece = 25,
): Generator<Job> {
  for (let at = from; at < from + count; at += piece)
    yield make({ from: at, count: Math.min(piece, from + count - at) });
};
