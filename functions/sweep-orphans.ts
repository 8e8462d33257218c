import { sweepOrphans } from "../lib/flows/sweep-orphans.ts";
import { tickHandler } from "../lib/lambda/tick-stack.ts";
import { openPorts } from "../lib/wiring.ts";

/** The clock, every five minutes: looks for what bears our marker and has no owner. */
export const handler = tickHandler(openPorts, sweepOrphans);
