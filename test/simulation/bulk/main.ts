import { parseArgs } from "node:util";
import {
  askedSeeds,
  explain,
  finish,
  finishRuns,
  missedOf,
  numberOf,
  print,
  printSituations,
  replayLine,
  showRun,
  timed,
  usualOptions,
  usualOrder,
} from "../command-line.ts";
import { ablate } from "./ablation-run.ts";
import type { BulkSum, BulkWork } from "./jobs.ts";
import { type BulkOrder, kinds, runOnce, strengthInBig } from "./one-run.ts";
import { wanted } from "./situations.ts";
import { inThreads } from "./threads.ts";

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

const { from, count, pieces, each } = askedSeeds(values);
const replay = (order: BulkOrder): string => replayLine("sim:bulk", order);

/** Does the work, and says how much it was. */
const runAndSay = async (works: Iterable<BulkWork>): Promise<BulkSum> => {
  const [sum, seconds] = await timed(() => inThreads(works));
  print(
    `${sum.runs} runs, ${sum.jobs} jobs, ${sum.items} items, ${sum.calls} calls, ${sum.effects} effects, ` +
      `${sum.faults} faults, ${seconds} s; the longest run lasted ${Math.round(sum.longestSeconds)} virtual seconds`,
  );
  return sum;
};

const runAll = async (
  works: Iterable<BulkWork>,
  situations: readonly string[] | null = null,
): Promise<void> => {
  const sum = await runAndSay(works);
  await explain(sum.failures, { runOnce, replay });
  finishRuns(sum, missedOf(sum, situations));
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
  const sum = await runAndSay(bigWorlds());
  printSituations(sum.counters);
  for (const { order, invariant, explanation } of sum.failures.slice(0, 40))
    print(`seed ${order.seed}: ${invariant}: ${explanation}`);
  finishRuns(sum, []);
};

const what = positionals[0] ?? "random";
if (values.big) await runBig();
else if (values.seed !== undefined) showRun(await runOnce(usualOrder(numberOf(values.seed), values)));
else if (what === "random")
  await runAll(
    pieces(2000, (asked) => ({ do: "seeds", ...asked, order: { mode: "swarm" } })),
    wanted,
  );
else if (what === "det") await runAll(pieces(200, (asked) => ({ do: "twice", ...asked })));
else if (what === "crash") await runAll(each(10, (seed) => ({ do: "every crash", seed })));
else if (what === "ablate") finish(...(await ablate(count(2000), positionals[1] ?? "", print)));
else throw new Error(`There is no run called ${what}: random, crash, det or ablate.`);
