import { reduce } from "./reduce.ts";
import type { AnyOrder, AnyResult } from "./any-run.ts";
import { inPieces, ofEachSeed, type Seeds } from "./seeds.ts";
import type { Counted, FailureOf } from "./sums.ts";
import type { CrashPoint } from "./world.ts";

/** Options that every world's command takes. */
export const usualOptions = {
  seeds: { type: "string" },
  seed: { type: "string" },
  from: { type: "string", default: "1" },
  trace: { type: "boolean", default: false },
  calm: { type: "boolean", default: false },
  /** Keys of faults: only these strike. */
  faults: { type: "string" },
  /** `before-17`, `after-17`: where somebody dies. */
  crash: { type: "string", multiple: true },
} as const;

interface UsualValues {
  readonly trace: boolean;
  readonly calm: boolean;
  readonly faults?: string | undefined;
  readonly crash?: readonly string[] | undefined;
}

export const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** @throws when the text is no whole number */
export const numberOf = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${text} is not a number of seeds.`);
  return value;
};

/** The seeds that the command line asks for. */
export const askedSeeds = (values: { readonly from: string; readonly seeds?: string | undefined }) => {
  const from = numberOf(values.from);
  /** @param usual how many, where it is not said */
  const count = (usual: number): number => (values.seeds === undefined ? usual : numberOf(values.seeds));
  return {
    from,
    count,
    /** Jobs of a few seeds each. */
    pieces: <Job>(usual: number, make: (seeds: Seeds) => Job): Iterable<Job> =>
      inPieces({ from, count: count(usual) }, make),
    /** A job a seed. */
    each: <Job>(usual: number, make: (seed: number) => Job): Iterable<Job> =>
      ofEachSeed({ from, count: count(usual) }, make),
  };
};

const crashPointOf = (text: string): CrashPoint => {
  const [when, effect = ""] = text.split("-");
  return { effect: numberOf(effect), when: when === "after" ? "after" : "before" };
};

/** What the usual options say of the run of one seed. */
export const usualOrder = (seed: number, values: UsualValues) => ({
  seed,
  mode: values.calm || values.crash !== undefined ? ("calm" as const) : ("swarm" as const),
  tracing: values.trace,
  ...(values.faults === undefined ? {} : { only: values.faults.split(",") }),
  crashes: (values.crash ?? []).map(crashPointOf),
});

/** The command that runs exactly this again. `more`: options that only this world has. */
export const replayLine = (
  script: string,
  { seed, mode, crashes = [], only }: AnyOrder,
  more: readonly string[] = [],
): string =>
  [
    `npm run ${script} -- --seed ${seed} --trace`,
    ...more,
    ...(mode === "calm" && crashes.length === 0 ? ["--calm"] : []),
    ...crashes.map(({ effect, when }) => `--crash ${when}-${effect}`),
    ...(only === undefined ? [] : [`--faults "${only.join(",")}"`]),
  ].join(" ");

/** So long faults of one seed, and of all seeds, are taken away, in milliseconds: the closing line is to come. */
const reducing = { oneSeed: 60_000, all: 240_000 } as const;

/** Says what was broken, the fewest faults that break it, and how to see it happen. */
export const explain = async <Order extends AnyOrder>(
  failures: readonly FailureOf<Order>[],
  { runOnce, replay, isOneRun = () => true }: Replaying<Order>,
): Promise<void> => {
  const end = performance.now() + reducing.all;
  for (const [invariant, same] of Map.groupBy(failures, (failure) => failure.invariant)) {
    const seeds = same.slice(0, 8).map(({ order }) => order.seed);
    print(`\n${invariant}: ${same.length} times, seeds ${seeds.join(", ")}`);
    for (const { order, explanation } of same.slice(0, 2)) {
      print(`  seed ${order.seed}: ${explanation}`);
      if (!isOneRun(invariant)) continue;
      const until = Math.min(end, performance.now() + reducing.oneSeed);
      const isInTime = (): boolean => performance.now() < until;
      const { order: least, faults } = await reduce(order, invariant, runOnce, isInTime);
      for (const { key, where } of faults) print(`    ${key}  at ${where}`);
      print(`    ${replay(least)}`);
    }
  }
};

/** How a run is repeated. */
export interface Replaying<Order> {
  readonly runOnce: (order: Order) => Promise<AnyResult>;
  /** The command that runs exactly this again. */
  readonly replay: (order: Order) => string;
  /** Whether one run shows that the invariant is broken. */
  readonly isOneRun?: (invariant: string) => boolean;
}

/** Does something. @returns what came of it, and the seconds that it took */
export const timed = async <Sum>(work: () => Promise<Sum>): Promise<[Sum, string]> => {
  const began = performance.now();
  const sum = await work();
  return [sum, ((performance.now() - began) / 1000).toFixed(1)];
};

/** Prints how often situations came about, if not said otherwise each that did. @returns those that never did */
export const printSituations = (
  counters: ReadonlyMap<string, number>,
  names: readonly string[] = [...counters.keys()].toSorted(),
): readonly string[] => {
  const countOf = (name: string): number => counters.get(name) ?? 0;
  print("\nsometimes:");
  for (const name of names) print(`  ${String(countOf(name)).padStart(8)}  ${name}`);
  return names.filter((name) => countOf(name) === 0);
};

/**
 * Prints how often situations came about.
 * @param wanted those that must; null: none, and each that did is printed
 * @param enough runs from which on they must
 * @returns those that should have and did not
 */
export const missedOf = (
  { runs, counters }: Counted<AnyOrder>,
  wanted: readonly string[] | null,
  enough = 1000,
): readonly string[] => {
  const unseen = printSituations(counters, wanted ?? undefined);
  return wanted === null || runs < enough ? [] : unseen;
};

/** The last line, and the exit code. */
export const finish = (passed: number, failed: number): void => {
  print(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
};

/** The same for runs: those that failed, and situations that were missed. */
export const finishRuns = ({ runs, failures }: Counted<AnyOrder>, missed: readonly string[]): void => {
  for (const name of missed) print(`never reached: ${name}`);
  const failed = new Set(failures.map(({ order }) => JSON.stringify(order))).size;
  finish(runs - failed, failed + missed.length);
};

/** Prints how one run ended. */
export const showRun = ({ violations, trace, struck }: AnyResult): void => {
  for (const line of trace) print(line);
  for (const { key, where } of struck) print(`fault ${key}  at ${where}`);
  for (const { invariant, explanation } of violations) print(`${invariant}: ${explanation}`);
  finish(violations.length === 0 ? 1 : 0, violations.length === 0 ? 0 : 1);
};
