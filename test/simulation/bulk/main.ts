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
import type { BulkWork } from "./jobs.ts";
import { kinds, runOnce, strengthInBig, type BulkOrder } from "./one-run.ts";
import { wanted } from "./situations.ts";
import { inThreads } from "./threads.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...usualOptions,
    /** One world with many large jobs under all faults. */
    big: { type: "boolean", default: false },
    jobs: { type: "string", default: "200" },
    rows: { type: "string", default: "1000" },
  },
});

const from = numberOf(values.from);
const count = (usual: number): number => (values.seeds === undefined ? usual : numberOf(values.seeds));
const replay = (order: BulkOrder): string =>
  [`npm run sim:bulk -- --seed ${order.seed} --trace`, ...usualWords(order)].join(" ");

const runAll = async (works: Iterable<BulkWork>, withSituations = false): Promise<void> => {
  const began = performance.now();
  const sum = await inThreads(works);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  print(
    `${sum.runs} runs, ${sum.jobs} jobs, ${sum.items} items, ${sum.calls} calls, ${sum.effects} effects, ` +
      `${sum.faults} faults, ${seconds} s; the longest run lasted ${Math.round(sum.longestSeconds)} virtual seconds`,
  );
  await explain(sum.failures, { runOnce, replay });
  const shown = withSituations ? wanted : [...sum.counters.keys()].toSorted();
  const unseen = printSituations(sum.counters, shown);
  finishRuns(sum, withSituations && sum.runs >= 1000 ? unseen : []);
};

const pieces = (usual: number, make: (from: number, many: number) => BulkWork): Iterable<BulkWork> =>
  inPieces(from, count(usual), make);

const crashes = function* (): Generator<BulkWork> {
  for (let seed = from; seed < from + count(10); seed += 1) yield { do: "every crash", seed };
};

const runBig = async (): Promise<void> => {
  const size = { jobs: numberOf(values.jobs), rows: numberOf(values.rows) };
  const began = performance.now();
  const strengths = Object.fromEntries(kinds.map((kind) => [kind, strengthInBig(kind)]));
  const result = await runOnce({ seed: from, mode: "swarm", size, strengths });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const { heapUsed } = process.memoryUsage();
  print(
    `${result.jobs} jobs, ${result.items} items, ${result.calls} calls, ${result.struck.length} faults, ` +
      `${Math.round(result.lasted)} virtual seconds, ${seconds} s, ${Math.round(heapUsed / 1e6)} MB`,
  );
  printSituations(result.counters, [...result.counters.keys()].toSorted());
  for (const { invariant, explanation } of result.violations.slice(0, 40))
    print(`${invariant}: ${explanation}`);
  finish(result.violations.length === 0 ? 1 : 0, result.violations.length === 0 ? 0 : 1);
};

const what = positionals[0] ?? "random";
if (values.big) await runBig();
else if (values.seed !== undefined) showRun(await runOnce(usualOrder(numberOf(values.seed), values)));
else if (what === "random")
  await runAll(
    pieces(2000, (first, many) => ({ do: "seeds", from: first, count: many, order: { mode: "swarm" } })),
    true,
  );
else if (what === "det")
  await runAll(pieces(200, (first, many) => ({ do: "twice", from: first, count: many })));
else if (what === "crash") await runAll(crashes());
else if (what === "ablate") finish(...(await ablate(count(400), print)));
else throw new Error(`There is no run called ${what}: random, crash, det or ablate.`);
