import { parseArgs } from "node:util";
import { dialectNameSchema, type DialectName } from "../../lib/connection.ts";
import { ablate } from "./ablation-run.ts";
import {
  explain,
  finish,
  finishRuns,
  numberOf,
  print,
  printSituations,
  showRun,
  usualOptions,
  usualOrder,
  usualWords,
} from "./command-line.ts";
import type { Job } from "./jobs.ts";
import { inPieces } from "./lanes.ts";
import { runOnce, type RunOrder } from "./one-run.ts";
import { wanted } from "./situations.ts";
import { inThreads } from "./threads.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...usualOptions,
    dialect: { type: "string" },
    beyond: { type: "boolean", default: false },
    "no-sweeper": { type: "boolean", default: false },
    "sweep-all": { type: "boolean", default: false },
  },
});

const from = numberOf(values.from);
const count = (usual: number): number => (values.seeds === undefined ? usual : numberOf(values.seeds));

const dialect: DialectName | undefined = dialectNameSchema.optional().parse(values.dialect);
const forced = dialect === undefined ? {} : { dialect };
const sweeps = values["no-sweeper"] ? "never" : values["sweep-all"] ? "delete" : "drawn";

/** The order that the command line describes, for one seed. */
const orderOf = (seed: number): RunOrder => ({
  ...usualOrder(seed, values),
  beyond: values.beyond,
  sweeps,
  ...forced,
});

const replay = (order: RunOrder): string =>
  [
    `npm run sim -- --seed ${order.seed} --trace`,
    ...(order.beyond === true ? ["--beyond"] : []),
    ...(order.sweeps === "never" ? ["--no-sweeper"] : order.sweeps === "delete" ? ["--sweep-all"] : []),
    ...(dialect === undefined ? [] : [`--dialect ${dialect}`]),
    ...usualWords(order),
  ].join(" ");

const runJobs = async (jobs: Iterable<Job>, withSituations = false): Promise<void> => {
  const began = performance.now();
  const sum = await inThreads(jobs);
  const seconds = (performance.now() - began) / 1000;
  print(
    `${sum.runs} runs, ${sum.requests} requests, ${sum.effects} effects, ${sum.faults} faults and crashes, ` +
      `${seconds.toFixed(1)} s; the longest run lasted ${Math.round(sum.longestSeconds)} virtual seconds`,
  );
  await explain(sum.failures, { runOnce, replay });
  const unseen = withSituations ? printSituations(sum.counters, wanted) : [];
  finishRuns(sum, sum.runs < 1000 ? [] : unseen);
};

const seeds = (usual: number, order: Omit<RunOrder, "seed">): Iterable<Job> =>
  inPieces(from, count(usual), (first, many) => ({ do: "seeds", from: first, count: many, order }));

const eachSeed = function* (usual: number, make: (seed: number) => Job): Generator<Job> {
  for (let seed = from; seed < from + count(usual); seed += 1) yield make(seed);
};

const what = positionals[0] ?? "random";
if (values.seed !== undefined) showRun(await runOnce(orderOf(numberOf(values.seed))));
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
  await runJobs(inPieces(1, count(2000), (first, many) => ({ do: "twice", from: first, count: many })));
else if (what === "ablate") finish(...(await ablate(count(2000), print)));
else throw new Error(`There is no run called ${what}: random, crash, pairs, beyond, det or ablate.`);
