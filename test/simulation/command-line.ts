import { reduce } from "./reduce.ts";
import type { AnyOrder, AnyResult, FailureOf } from "./tally.ts";
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

/** The usual options that ask for exactly this run. */
export const usualWords = ({ mode, crashes = [], only }: AnyOrder): readonly string[] => [
  ...(mode === "calm" && crashes.length === 0 ? ["--calm"] : []),
  ...crashes.map(({ effect, when }) => `--crash ${when}-${effect}`),
  ...(only === undefined ? [] : [`--faults "${only.join(",")}"`]),
];

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

/** Prints how often situations came about; gives back those that never did. */
export const printSituations = (
  counters: ReadonlyMap<string, number>,
  names: readonly string[],
): readonly string[] => {
  const countOf = (name: string): number => counters.get(name) ?? 0;
  print("\nsometimes:");
  for (const name of names) print(`  ${String(countOf(name)).padStart(8)}  ${name}`);
  return names.filter((name) => countOf(name) === 0);
};

/** The last line, and the exit code. */
export const finish = (passed: number, failed: number): void => {
  print(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
};

/** The same for runs: those that failed, and situations that were missed. */
export const finishRuns = (
  { runs, failures }: { readonly runs: number; readonly failures: readonly FailureOf<AnyOrder>[] },
  missed: readonly string[],
): void => {
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
