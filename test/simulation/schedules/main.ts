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
import type { ScheduleJob } from "./jobs.ts";
import { runOnce, type ScheduleOrder } from "./one-run.ts";
import { wanted } from "./situations.ts";
import { inThreads } from "./threads.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: usualOptions });

const { count, pieces, each } = askedSeeds(values);

/** The order that the command line describes, for one seed. */
const orderOf = (seed: number): ScheduleOrder => ({
  ...usualOrder(seed, values),
  ...(values.crash === undefined ? {} : { span: "brief" }),
});

const replay = (order: ScheduleOrder): string => replayLine("sim:schedules", order);

/** Seeds from which on each situation must have been met. */
const enoughSeeds = 200;

const runJobs = async (
  jobs: Iterable<ScheduleJob>,
  situations: readonly string[] | null = null,
): Promise<void> => {
  const [sum, seconds] = await timed(() => inThreads(jobs));
  print(
    `${sum.runs} runs, ${sum.operations} operations, ${sum.effects} effects, ` +
      `${sum.faults} faults and crashes, ${Math.round(sum.virtualHours / 24)} virtual days, ${seconds} s`,
  );
  await explain(sum.failures, { runOnce, replay, isOneRun: (invariant) => invariant !== "determinism" });
  finishRuns(sum, missedOf(sum, situations, enoughSeeds));
};

const what = positionals[0] ?? "random";
const mode = values.calm ? ("calm" as const) : ("swarm" as const);
if (values.seed !== undefined) showRun(await runOnce(orderOf(numberOf(values.seed))));
else if (what === "random")
  await runJobs(
    pieces(2000, (asked) => ({ do: "seeds", ...asked, order: { mode } })),
    mode === "swarm" ? wanted : null,
  );
else if (what === "crash") await runJobs(each(4, (seed) => ({ do: "every crash", seed })));
else if (what === "det") await runJobs(pieces(100, (asked) => ({ do: "twice", ...asked })));
else if (what === "ablate") finish(...(await ablate(count(400), print)));
else throw new Error(`There is no run called ${what}: random, crash, det or ablate.`);
