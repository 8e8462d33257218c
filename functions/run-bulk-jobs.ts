import { runBulkJobs } from "../lib/flows/run-bulk-jobs.ts";
import { tickHandler } from "../lib/lambda/tick-stack.ts";
import { openWorkerPorts } from "../lib/worker-wiring.ts";

/** The clock, each minute, and whoever has asked for a job: begins the items of bulk jobs at the budget's pace. */
export const handler = tickHandler(openWorkerPorts, runBulkJobs);
