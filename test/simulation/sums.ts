import type { AnyOrder } from "./any-run.ts";
import type { Violation } from "./checker.ts";

/** A run that broke something. */
export interface FailureOf<Order> extends Violation {
  readonly order: Order;
}

/** What runs of any world came to. */
export interface Counted<Order> {
  runs: number;
  effects: number;
  /** Faults that struck, and crashes. */
  faults: number;
  /** Virtual time of all runs. */
  virtualHours: number;
  /** Virtual time of the longest run. */
  longestSeconds: number;
  /** How often each situation came about. */
  readonly counters: Map<string, number>;
  readonly failures: FailureOf<Order>[];
}

/** The same, with the figures that only this world has. Threads hand it over as it is. */
export type SumOf<Order, Figure extends string> = Counted<Order> & Record<Figure, number>;

/** @param none the world's own figures, each of them 0 */
export const emptySum = <Order extends AnyOrder, Figure extends string>(
  none: Readonly<Record<Figure, number>>,
): SumOf<Order, Figure> => ({
  runs: 0,
  effects: 0,
  faults: 0,
  virtualHours: 0,
  longestSeconds: 0,
  counters: new Map(),
  failures: [],
  ...none,
});

/** Adds numbers of these names. */
export const addFigures = <Figure extends string>(
  sum: Record<Figure, number>,
  more: Readonly<Record<Figure, number>>,
  names: readonly Figure[],
): void => {
  for (const name of names) sum[name] += more[name];
};

/** Adds to what is counted by names that come about. */
export const addCounters = (sum: Map<string, number>, more: Iterable<readonly [string, number]>): void => {
  for (const [name, count] of more) sum.set(name, (sum.get(name) ?? 0) + count);
};

/** The names of a world's own figures. */
export const namesOf = <Figure extends string>(none: Readonly<Record<Figure, number>>): readonly Figure[] =>
  Object.keys(none).filter((name): name is Figure => name in none);

/** Adds what came of a job to what came of those before it. */
export const addSum = <Order, Figure extends string>(
  sum: SumOf<Order, Figure>,
  more: SumOf<Order, Figure>,
  figures: readonly Figure[],
): void => {
  addFigures(sum, more, ["runs", "effects", "faults", "virtualHours"]);
  addFigures(sum, more, figures);
  sum.longestSeconds = Math.max(sum.longestSeconds, more.longestSeconds);
  addCounters(sum.counters, more.counters);
  sum.failures.push(...more.failures);
};
