import type { AnyOrder, AnyResult } from "./any-run.ts";
import type { Strengths } from "./faults.ts";
import type { InThreads } from "./lanes.ts";
import type { Patch } from "./patched-source.ts";
import type { Counted, FailureOf } from "./sums.ts";

/** A rule of any world, and how a test build does without it. */
export interface AnyAblation {
  readonly rule: string;
  /** Pieces of shipped source, and what stands there without the rule. */
  readonly patches?: readonly Patch[];
  /** Faults aimed at what the rule protects, where random ones come too seldom together. */
  readonly strengths?: Strengths;
  /** The invariants of which one must be seen broken; none: it saves work only, and nothing may break without it. */
  readonly proves: readonly string[];
}

/** How a world shows what a rule is for. */
export interface Showing<Ablation, Job, Order> {
  /** Runs that are to show it, until enough of them have. */
  readonly jobsOf: (ablation: Ablation) => Iterable<Job>;
  readonly inThreads: InThreads<Job, Counted<Order>>;
  /** Runs the order in the shipped build. */
  readonly runShipped: (order: Order) => Promise<AnyResult>;
  /** Failing seeds after which a rule counts as caught: some may fail in the shipped build as well. */
  readonly enough: number;
}

const seedsOf = <Order extends AnyOrder>(failures: readonly FailureOf<Order>[]): number =>
  new Set(failures.map(({ order }) => order.seed)).size;

/** The first failure of a seed that the shipped build passes. */
const firstOwn = async <Order extends AnyOrder>(
  failures: readonly FailureOf<Order>[],
  runShipped: (order: Order) => Promise<AnyResult>,
): Promise<FailureOf<Order> | undefined> => {
  for (const failure of failures.toSorted((one, other) => one.order.seed - other.order.seed))
    if ((await runShipped(failure.order)).violations.length === 0) return failure;
  return undefined;
};

/** Runs a build with a rule taken out until it shows. @returns whether it went as it should, and the line that says so */
export const tryWithout = async <Ablation extends AnyAblation, Job, Order extends AnyOrder>(
  ablation: Ablation,
  { jobsOf, inThreads, runShipped, enough }: Showing<Ablation, Job, Order>,
): Promise<[boolean, string]> => {
  const { patches = [], proves } = ablation;
  const isThrift = proves.length === 0;
  const shows = ({ invariant }: FailureOf<Order>): boolean => isThrift || proves.includes(invariant);
  const sum = await inThreads(jobsOf(ablation), {
    patches,
    goesOn: ({ failures }) => seedsOf(failures.filter(shows)) < enough,
  });
  const first = await firstOwn(sum.failures.filter(shows), runShipped);
  if (first !== undefined)
    return [!isThrift, `${first.order.seed} | ${first.invariant} | ${first.explanation} |`];
  return [isThrift, `${isThrift ? "nothing breaks" : "NOT CAUGHT"} in ${sum.runs} | | |`];
};

/**
 * Runs each build with a rule taken out until a violation shows, and prints rule → seed → invariant.
 * @returns how many rules went as they should, and how many did not
 */
export const ablateEach = async <Ablation extends AnyAblation, Job, Order extends AnyOrder>(
  ablations: readonly Ablation[],
  showing: Showing<Ablation, Job, Order>,
  print: (line: string) => void,
): Promise<[number, number]> => {
  let passed = 0;
  print(`| rule taken out | caught in seed | broken | what was seen |\n| --- | --- | --- | --- |`);
  for (const ablation of ablations) {
    const [isFine, line] = await tryWithout(ablation, showing);
    if (isFine) passed += 1;
    print(`| ${ablation.rule} | ${line}`);
  }
  return [passed, ablations.length - passed];
};
