import { parseArgs } from "node:util";
import {
  explain,
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
import type { BulkWork } from "./jobs.ts";
import { runOnce, type BulkOrder } from "./one-run.ts";
import { inThreads } from "./threads.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { ...usualOptions, big: { type: "boolean", default: false } },
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
  printSituations(sum.counters, [...sum.counters.keys()].toSorted());
  finishRuns(sum, withSituations ? [] : []);
};

const pieces = (usual: number, make: (from: number, many: number) => BulkWork): Iterable<BulkWork> =>
  inPieces(from, count(usual), make);

const what = positionals[0] ?? "random";
if (values.seed !== undefined) showRun(await runOnce(usualOrder(numberOf(values.seed), values)));
else if (what === "random")
  await runAll(pieces(2000, (first, many) => ({ do: "seeds", from: first, count: many, order: { mode: "swarm" } })), true);
else if (what === "det") await runAll(pieces(200, (first, many) => ({ do: "twice", from: first, count: many })));
else throw new Error(`There is no run called ${what}: random or det.`);
