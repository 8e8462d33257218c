import { noFigures, type Job, type Sum } from "./jobs.ts";
import { threadsOf, type InThreads } from "./lanes.ts";

/** Does the jobs in threads. */
export const inThreads: InThreads<Job, Sum> = threadsOf(new URL("worker.ts", import.meta.url), noFigures);
