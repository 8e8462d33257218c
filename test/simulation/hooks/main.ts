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
import type { HookJob } from "./jobs.ts";
import { runOnce, type HookOrder } from "./one-run.ts";
import { wanted } from "./situations.ts";
import { inThreads } from "./threads.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: usualOptions });

const from = numberOf(values.from);
const count = (usual: number): number => (values.seeds === undefined ? usual : numberOf(values.seeds));

/** The order that the command line describes, for one seed. */
const orderOf = (seed: number): HookOrder => ({
  ...usualOrder(seed, values),
  ...(values.crash === undefined ? {} : { span: "brief" }),
});

const replay = (order: HookOrder): string =>
  [`npm run sim:hooks -- --seed ${order.seed} --trace`, ...usualWords(order)].join(" ");

/** What is seen by comparing runs is seen in no run alone. */
const isOneRun = (invariant: string): boolean => invariant !== "dead" && invariant !== "determinism";

const runJobs = async (jobs: Iterable<HookJob>, withSituations = false): Promise<void> => {
  const began = performance.now();
  const sum = await inThreads(jobs);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  print(
    `${sum.runs} runs, ${sum.events} events, ${sum.attempts} attempts, ${sum.effects} effects, ` +
      `${sum.faults} faults and crashes, ${Math.round(sum.virtualHours)} virtual hours, ${seconds} s`,
  );
  await explain(sum.failures, { runOnce, replay, isOneRun });
  const shown = withSituations ? wanted : [...sum.counters.keys()].toSorted();
  const unseen = printSituations(sum.counters, shown);
  finishRuns(sum, withSituations && sum.runs >= 1000 ? unseen : []);
};

const pieces = (usual: number, make: (from: number, many: number) => HookJob): Iterable<HookJob> =>
  inPieces(from, count(usual), make);
const crashes = function* (): Generator<HookJob> {
  for (let seed = from; seed < from + count(40); seed += 1) yield { do: "every crash", seed };
};

const what = positionals[0] ?? "random";
if (values.seed !== undefined) showRun(await runOnce(orderOf(numberOf(values.seed))));
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
