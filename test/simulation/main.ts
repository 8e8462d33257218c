import { parseArgs } from "node:util";
import { dialectNameSchema, type DialectName } from "../../lib/connection.ts";
import { ablate } from "./ablation-run.ts";
import {
  askedSeeds,
  explain,
  finish,
  finishRuns,
  missedOf,
  numberOf,
  print,
  replayLine,
  showRun,
  timed,
  usualOptions,
  usualOrder,
} from "./command-line.ts";
import type { Job } from "./jobs.ts";
import { runOnce, type RunOrder } from "./one-run.ts";
import { inPieces } from "./seeds.ts";
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

const { count, pieces, each } = askedSeeds(values);

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
  replayLine("sim", order, [
    ...(order.beyond === true ? ["--beyond"] : []),
    ...(order.sweeps === "never" ? ["--no-sweeper"] : order.sweeps === "delete" ? ["--sweep-all"] : []),
    ...(dialect === undefined ? [] : [`--dialect ${dialect}`]),
  ]);

const runJobs = async (jobs: Iterable<Job>, withSituations = false): Promise<void> => {
  const [sum, seconds] = await timed(() => inThreads(jobs));
  print(
    `${sum.runs} runs, ${sum.requests} requests, ${sum.effects} effects, ${sum.faults} faults and crashes, ` +
      `${seconds} s; the longest run lasted ${Math.round(sum.longestSeconds)} virtual seconds`,
  );
  await explain(sum.failures, { runOnce, replay });
  finishRuns(sum, withSituations ? missedOf(sum, wanted) : []);
};

const seeds = (usual: number, order: Omit<RunOrder, "seed">): Iterable<Job> =>
  pieces(usual, (asked) => ({ do: "seeds", ...asked, order }));

const what = positionals[0] ?? "random";
if (values.seed !== undefined) showRun(await runOnce(orderOf(numberOf(values.seed))));
else if (what === "random")
  await runJobs(
    seeds(10_000, { mode: "swarm", sweeps, ...forced }),
    sweeps === "drawn" && dialect === undefined,
  );
else if (what === "beyond") await runJobs(seeds(2000, { mode: "swarm", beyond: true, sweeps, ...forced }));
else if (what === "crash") await runJobs(each(200, (seed) => ({ do: "every crash", seed, ...forced })));
else if (what === "pairs") await runJobs(each(100, (seed) => ({ do: "pairs", seed, count: 100, ...forced })));
else if (what === "det")
  await runJobs(inPieces({ from: 1, count: count(2000) }, (asked) => ({ do: "twice", ...asked })));
else if (what === "ablate") finish(...(await ablate(count(2000), print)));
else throw new Error(`There is no run called ${what}: random, crash, pairs, beyond, det or ablate.`);
