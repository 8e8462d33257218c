import { followOperations } from "../lib/flows/follow-operations.ts";
import { tickHandler } from "../lib/lambda/tick-stack.ts";
import { openWorkerPorts } from "../lib/worker-wiring.ts";

/** The clock, each minute, and whoever wakes it in between: follows everything in flight to its end. */
export const handler = tickHandler(openWorkerPorts, followOperations);
