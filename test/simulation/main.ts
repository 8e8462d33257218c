import { parseArgs } from "node:util";
import { dialectNameSchema, type DialectName } from "../../lib/connection.ts";
import { ablate } from "./ablation-run.ts";
import type { Job } from "./jobs.ts";
import { runOnce, type RunOrder } from "./one-run.ts";
import { reduce } from "./reduce.ts";
import { wanted } from "./situations.ts";
import { inThreads, seedJobs, type Sum } from "./threads.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string" },
    seed: { type: "string" },
    from: { type: "string", default: "1" },
    trace: { type: "boolean", default: false },
    faults: { type: "string" },
    dialect: { type: "string" },
    crash: { type: "string", multiple: true },
    beyond: { type: "boolean", default: false },
    calm: { type: "boolean", default: false },
    "no-sweeper": { type: "boolean", default: false },
    "sweep-all": { type: "boolean", default: false },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${text} is not a number of seeds.`);
  return value;
};
const count = (usual: number): number => (values.seeds === undefined ? usual : number(values.seeds));

const dialect: DialectName | undefined = dialectNameSchema.optional().parse(values.dialect);
const forced = dialect === undefined ? {} : { dialect };
const sweeps = values["no-sweeper"] ? "never" : values["sweep-all"] ? "delete" : "drawn";

/** The order that the command line describes, for one seed. */
const orderOf = (seed: number): RunOrder => ({
  seed,
  mode: values.calm || values.crash !== undefined ? "calm" : "swarm",
  beyond: values.beyond,
  sweeps,
  ...forced,
  tracing: values.trace,
  ...(values.faults === undefined ? {} : { only: values.faults.split(",") }),
  crashes: (values.crash ?? []).map((text) => {
    const [when, effect = ""] = text.split("-");
    return { effect: number(effect), when: when === "after" ? "after" : "before" };
  }),
});

/** The command that runs exactly this again. */
const replay = ({ seed, mode, crashes = [], only, beyond, sweeps: who = "drawn" }: RunOrder): string =>
  [
    `npm run sim -- --seed ${seed} --trace`,
    ...(beyond === true ? ["--beyond"] : []),
    ...(who === "never" ? ["--no-sweeper"] : who === "delete" ? ["--sweep-all"] : []),
    ...(dialect === undefined ? [] : [`--dialect ${dialect}`]),
    ...(mode === "calm" && crashes.length === 0 ? ["--calm"] : []),
    ...crashes.map(({ effect, when }) => `--crash ${when}-${effect}`),
    ...(only === undefined ? [] : [`--faults "${only.join(",")}"`]),
  ].join(" ");

/** Says what was broken, the fewest faults that break it, and how to see it happen. */
const explain = async ({ failures }: Sum): Promise<void> => {
  const kinds = Map.groupBy(failures, ({ invariant }) => invariant);
  for (const [invariant, same] of kinds) {
    print(
      `\n${invariant}: ${same.length} times, seeds ${same
        .slice(0, 8)
        .map(({ order }) => order.seed)
        .join(", ")}`,
    );
    for (const { order, explanation } of same.slice(0, 2)) {
      print(`  seed ${order.seed}: ${explanation}`);
      const { order: least, faults } = await reduce(order, invariant);
      for (const { key, where } of faults) print(`    ${key}  at ${where}`);
      print(`    ${replay(least)}`);
    }
  }
};

const report = async (sum: Sum, seconds: number): Promise<void> => {
  print(
    `${sum.runs} runs, ${sum.requests} requests, ${sum.effects} effects, ${sum.faults} faults and crashes, ` +
      `${seconds.toFixed(1)} s; the longest run lasted ${Math.round(sum.longestSeconds)} virtual seconds`,
  );
  await explain(sum);
};

/** Prints the counters; gives back those that stayed at zero although there were seeds enough. */
const situationsOf = ({ counters, runs }: Sum): readonly string[] => {
  print("\nsometimes:");
  for (const name of wanted) print(`  ${String(counters.get(name) ?? 0).padStart(8)}  ${name}`);
  return runs < 1000 ? [] : wanted.filter((name) => (counters.get(name) ?? 0) === 0);
};

const finish = (passed: number, failed: number): void => {
  print(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
};

const runJobs = async (jobs: Iterable<Job>, withSituations = false): Promise<void> => {
  const began = performance.now();
  const sum = await inThreads(jobs);
  await report(sum, (performance.now() - began) / 1000);
  const missed = withSituations ? situationsOf(sum) : [];
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

const seeds = (usual: number, order: Omit<RunOrder, "seed">): Iterable<Job> =>
  seedJobs(number(values.from), count(usual), (from, many) => ({ do: "seeds", from, count: many, order }));

const eachSeed = function* (usual: number, make: (seed: number) => Job): Generator<Job> {
  for (let seed = number(values.from); seed < number(values.from) + count(usual); seed += 1) yield make(seed);
};

const what = positionals[0] ?? "random";
if (values.seed !== undefined) await runSeed(number(values.seed));
else if (what === "random")
  await runJobs(
    seeds(10_000, { mode: "swarm", sweeps, ...forced }),
    sweeps === "drawn" && dialect === undefined,
  );
else if (what === "beyond") await runJobs(seeds(2000, { mode: "swarm", beyond: true, sweeps, ...forced }));
else if (what === "crash") await runJobs(eachSeed(200, (seed) => ({ do: "every crash", seed, ...forced })));
else if (what === "pairs")
  await runJobs(eachSeed(100, (seed) => ({ do: "pairs", seed, count: 100, ...forced })));
else if (what === "det")
  await runJobs(seedJobs(1, count(2000), (from, many) => ({ do: "twice", from, count: many })));
else if (what === "ablate") finish(...(await ablate(count(2000), print)));
else throw new Error(`There is no run called ${what}: random, crash, pairs, beyond, det or ablate.`);
