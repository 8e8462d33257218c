import { parseArgs } from "node:util";
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
} from "../command-line.ts";
import { ablate } from "./ablation-run.ts";
import type { HookJob } from "./jobs.ts";
import { runOnce, type HookOrder } from "./one-run.ts";
import { wanted } from "./situations.ts";
import { inThreads } from "./threads.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: usualOptions });

const { count, pieces, each } = askedSeeds(values);

/** The order that the command line describes, for one seed. */
const orderOf = (seed: number): HookOrder => ({
  ...usualOrder(seed, values),
  ...(values.crash === undefined ? {} : { span: "brief" }),
});

const replay = (order: HookOrder): string => replayLine("sim:hooks", order);

/** What is seen by comparing runs is seen in no run alone. */
const isOneRun = (invariant: string): boolean => invariant !== "dead" && invariant !== "determinism";

const runJobs = async (
  jobs: Iterable<HookJob>,
  situations: readonly string[] | null = null,
): Promise<void> => {
  const [sum, seconds] = await timed(() => inThreads(jobs));
  print(
    `${sum.runs} runs, ${sum.events} events, ${sum.attempts} attempts, ${sum.effects} effects, ` +
      `${sum.faults} faults and crashes, ${Math.round(sum.virtualHours)} virtual hours, ${seconds} s`,
  );
  await explain(sum.failures, { runOnce, replay, isOneRun });
  finishRuns(sum, missedOf(sum, situations));
};

const what = positionals[0] ?? "random";
if (values.seed !== undefined) showRun(await runOnce(orderOf(numberOf(values.seed))));
else if (what === "random")
  await runJobs(
    pieces(20_000, (asked) => ({ do: "seeds", ...asked, order: { mode: "swarm" } })),
    wanted,
  );
else if (what === "crash") await runJobs(each(40, (seed) => ({ do: "every crash", seed })));
else if (what === "det") await runJobs(pieces(1000, (asked) => ({ do: "twice", ...asked })));
else if (what === "dead") await runJobs(pieces(400, (asked) => ({ do: "dead", ...asked })));
else if (what === "ablate") finish(...(await ablate(count(2000), print)));
else throw new Error(`There is no run called ${what}: random, crash, det, dead or ablate.`);
