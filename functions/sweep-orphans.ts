import { sweepOrphans } from "../lib/flows/sweep-orphans.ts";
import { tickHandler } from "../lib/lambda/tick-stack.ts";
import { openWorkerPorts } from "../lib/worker-wiring.ts";

/** The clock, every five minutes: looks for what bears our marker and has no owner. */
export const handler = tickHandler(openWorkerPorts, sweepOrphans);
