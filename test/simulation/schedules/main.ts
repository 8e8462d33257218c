import { parseArgs } from "node:util";
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
} from "../command-line.ts";
import { inPieces } from "../lanes.ts";
import { ablate } from "./ablation-run.ts";
import type { ScheduleJob } from "./jobs.ts";
import { runOnce, type ScheduleOrder } from "./one-run.ts";
import { wanted } from "./situations.ts";
import { inThreads } from "./threads.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: usualOptions });

const from = numberOf(values.from);
const count = (usual: number): number => (values.seeds === undefined ? usual : numberOf(values.seeds));

/** The order that the command line describes, for one seed. */
const orderOf = (seed: number): ScheduleOrder => ({
  ...usualOrder(seed, values),
  ...(values.crash === undefined ? {} : { span: "brief" }),
});

const replay = (order: ScheduleOrder): string =>
  [`npm run sim:schedules -- --seed ${order.seed} --trace`, ...usualWords(order)].join(" ");

/** Seeds from which on each situation must have been met. */
const enoughSeeds = 200;

const runJobs = async (jobs: Iterable<ScheduleJob>, withSituations = false): Promise<void> => {
  const began = performance.now();
  const sum = await inThreads(jobs);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  print(
    `${sum.runs} runs, ${sum.operations} operations, ${sum.effects} effects, ` +
      `${sum.faults} faults and crashes, ${Math.round(sum.virtualHours / 24)} virtual days, ${seconds} s`,
  );
  await explain(sum.failures, { runOnce, replay, isOneRun: (invariant) => invariant !== "determinism" });
  const shown = withSituations ? wanted : [...sum.counters.keys()].toSorted();
  const unseen = printSituations(sum.counters, shown);
  finishRuns(sum, withSituations && sum.runs >= enoughSeeds ? unseen : []);
};

const pieces = (usual: number, make: (from: number, many: number) => ScheduleJob): Iterable<ScheduleJob> =>
  inPieces(from, count(usual), make);

const crashes = function* (): Generator<ScheduleJob> {
  for (let seed = from; seed < from + count(4); seed += 1) yield { do: "every crash", seed };
};

const what = positionals[0] ?? "random";
const mode = values.calm ? ("calm" as const) : ("swarm" as const);
if (values.seed !== undefined) showRun(await runOnce(orderOf(numberOf(values.seed))));
else if (what === "random")
  await runJobs(
    pieces(2000, (first, many) => ({ do: "seeds", from: first, count: many, order: { mode } })),
    mode === "swarm",
  );
else if (what === "crash") await runJobs(crashes());
else if (what === "det")
  await runJobs(pieces(100, (first, many) => ({ do: "twice", from: first, count: many })));
else if (what === "ablate") finish(...(await ablate(count(400), print)));
else throw new Error(`There is no run called ${what}: random, crash, det or ablate.`);
