import { threadsOf, type InThreads } from "../lanes.ts";
import { noFigures, type ScheduleJob, type ScheduleSum } from "./jobs.ts";

/** Does the jobs in threads. */
export const inThreads: InThreads<ScheduleJob, ScheduleSum> = threadsOf(
  new URL("worker.ts", import.meta.url),
  noFigures,
);
