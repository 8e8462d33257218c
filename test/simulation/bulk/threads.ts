import { threadsOf, type InThreads } from "../lanes.ts";
import { noFigures, type BulkWork, type BulkSum } from "./jobs.ts";

/** Does the jobs in threads. */
export const inThreads: InThreads<BulkWork, BulkSum> = threadsOf(
  new URL("worker.ts", import.meta.url),
  noFigures,
);
