import { parseArgs } from "node:util";
import { ablate } from "./ablation-run.ts";
import type { HookJob } from "./jobs.ts";
import { runOnce, type HookOrder } from "./one-run.ts";
import { reduce } from "./reduce.ts";
import { wanted } from "./situations.ts";
import { inPieces, inThreads, type HookSum } from "./threads.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string" },
    seed: { type: "string" },
    from: { type: "string", default: "1" },
    trace: { type: "boolean", default: false },
    calm: { type: "boolean", default: false },
    faults: { type: "string" },
    crash: { type: "string", multiple: true },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${text} is not a number of seeds.`);
  return value;
};
const count = (usual: number): number => (values.seeds === undefined ? usual : number(values.seeds));

/** The order that the command line describes, for one seed. */
const orderOf = (seed: number): HookOrder => ({
  seed,
  mode: values.calm || values.crash !== undefined ? "calm" : "swarm",
  tracing: values.trace,
  ...(values.crash === undefined ? {} : { span: "brief" }),
  ...(values.faults === undefined ? {} : { only: values.faults.split(",") }),
  crashes: (values.crash ?? []).map((text) => {
    const [when, effect = ""] = text.split("-");
    return { effect: number(effect), when: when === "after" ? "after" : "before" };
  }),
});

/** The command that runs exactly this again. */
const replay = ({ seed, mode, crashes = [], only }: HookOrder): string =>
  [
    `npm run sim:hooks -- --seed ${seed} --trace`,
    ...(mode === "calm" && crashes.length === 0 ? ["--calm"] : []),
    ...crashes.map(({ effect, when }) => `--crash ${when}-${effect}`),
    ...(only === undefined ? [] : [`--faults "${only.join(",")}"`]),
  ].join(" ");

/** Says what was broken, the fewest faults that break it, and how to see it happen. */
const explain = async ({ failures }: HookSum): Promise<void> => {
  for (const [invariant, same] of Map.groupBy(failures, (failure) => failure.invariant)) {
    const seeds = same.slice(0, 8).map(({ order }) => order.seed);
    print(`\n${invariant}: ${same.length} times, seeds ${seeds.join(", ")}`);
    for (const { order, explanation } of same.slice(0, 2)) {
      print(`  seed ${order.seed}: ${explanation}`);
      if (invariant === "dead" || invariant === "determinism") continue;
      const { order: least, faults } = await reduce(order, invariant);
      for (const { key, where } of faults) print(`    ${key}  at ${where}`);
      print(`    ${replay(least)}`);
    }
  }
};

const finish = (passed: number, failed: number): void => {
  print(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
};

const runJobs = async (jobs: Iterable<HookJob>, withSituations = false): Promise<void> => {
  const began = performance.now();
  const sum = await inThreads(jobs);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  print(
    `${sum.runs} runs, ${sum.events} events, ${sum.attempts} attempts, ${sum.effects} effects, ` +
      `${sum.faults} faults and crashes, ${Math.round(sum.virtualHours)} virtual hours, ${seconds} s`,
  );
  await explain(sum);
  const shown = withSituations ? wanted : [...sum.counters.keys()].toSorted();
  print("\nsometimes:");
  for (const name of shown) print(`  ${String(sum.counters.get(name) ?? 0).padStart(8)}  ${name}`);
  const isMany = withSituations && sum.runs >= 1000;
  const missed = isMany ? wanted.filter((name) => (sum.counters.get(name) ?? 0) === 0) : [];
  for (const name of missed) print(`never reached: ${name}`);
  const failed = new Set(sum.failures.map(({ order }) => JSON.stringify(order))).size;
  finish(sum.runs - failed, failed + missed.length);
};

const runSeed = async (seed: number): Promise<void> => {
  const { violations, trace, struck } = await runOnce(orderOf(seed));
  for (const line of trace) print(line);
  for (const { key, where } of struck) print(`fault ${key}  at ${where}`);
  for (const { invariant, explanation } of violations) print(`${invariant}: ${explanation}`);
  finish(violations.length === 0 ? 1 : 0, violations.length === 0 ? 0 : 1);
};

const from = number(values.from);
const pieces = (usual: number, make: (from: number, many: number) => HookJob): Iterable<HookJob> =>
  inPieces(from, count(usual), make);
const crashes = function* (): Generator<HookJob> {
  for (let seed = from; seed < from + count(40); seed += 1) yield { do: "every crash", seed };
};

const what = positionals[0] ?? "random";
if (values.seed !== undefined) await runSeed(number(values.seed));
else if (what === "random")
  await runJobs(
    pieces(20_000, (first, many) => ({ do: "seeds", from: first, count: many, order: { mode: "swarm" } })),
    true,
  );
else if (what === "crash") await runJobs(crashes());
else if (what === "det")
  await runJobs(pieces(1000, (first, many) => ({ do: "twice", from: first, count: many })));
else if (what === "dead")
  await runJobs(pieces(400, (first, many) => ({ do: "dead", from: first, count: many })));
else if (what === "ablate") finish(...(await ablate(count(2000), print)));
else throw new Error(`There is no run called ${what}: random, crash, det, dead or ablate.`);
