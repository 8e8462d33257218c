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
import { type BulkOrder, kinds, runOnce, strengthInBig } from "./one-run.ts";
import { wanted } from "./situations.ts";
import { type BulkSum, inThreads } from "./threads.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...usualOptions,
    /** Worlds with many large jobs under all faults: so many jobs in all, of so many rows each. */
    big: { type: "boolean", default: false },
    worlds: { type: "string", default: "2" },
    jobs: { type: "string", default: "200" },
    rows: { type: "string", default: "1000" },
  },
});

const from = numberOf(values.from);
const count = (usual: number): number => (values.seeds === undefined ? usual : numberOf(values.seeds));
const replay = (order: BulkOrder): string =>
  [`npm run sim:bulk -- --seed ${order.seed} --trace`, ...usualWords(order)].join(" ");

/** Does the work, and says how much it was. */
const timed = async (works: Iterable<BulkWork>): Promise<BulkSum> => {
  const began = performance.now();
  const sum = await inThreads(works);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  print(
    `${sum.runs} runs, ${sum.jobs} jobs, ${sum.items} items, ${sum.calls} calls, ${sum.effects} effects, ` +
      `${sum.faults} faults, ${seconds} s; the longest run lasted ${Math.round(sum.longestSeconds)} virtual seconds`,
  );
  return sum;
};

const runAll = async (works: Iterable<BulkWork>, withSituations = false): Promise<void> => {
  const sum = await timed(works);
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

/** Large worlds, one after the other in each thread: their jobs together are so many. */
const bigWorlds = function* (): Generator<BulkWork> {
  const [jobs, worlds, rows] = [numberOf(values.jobs), numberOf(values.worlds), numberOf(values.rows)];
  const strengths = Object.fromEntries(kinds.map((kind) => [kind, strengthInBig(kind)]));
  for (let world = 0; world < worlds; world += 1) {
    const share = Math.floor((jobs + world) / worlds);
    const order = { mode: "swarm", size: { jobs: share, rows }, strengths } as const;
    if (share > 0) yield { do: "seeds", from: from + world, count: 1, order };
  }
};

const runBig = async (): Promise<void> => {
  const sum = await timed(bigWorlds());
  printSituations(sum.counters, [...sum.counters.keys()].toSorted());
  for (const { order, invariant, explanation } of sum.failures.slice(0, 40))
    print(`seed ${order.seed}: ${invariant}: ${explanation}`);
  finishRuns(sum, []);
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
else if (what === "ablate") finish(...(await ablate(count(2000), positionals[1] ?? "", print)));
else throw new Error(`There is no run called ${what}: random, crash, det or ablate.`);
