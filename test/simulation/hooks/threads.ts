import { threadsOf, type InThreads } from "../lanes.ts";
import { noFigures, type HookJob, type HookSum } from "./jobs.ts";

/** Does the jobs in threads. */
export const inThreads: InThreads<HookJob, HookSum> = threadsOf(
  new URL("worker.ts", import.meta.url),
  noFigures,
);
