import { tickSchedules } from "../lib/flows/tick-schedules.ts";
import { tickHandler } from "../lib/lambda/tick-stack.ts";
import { openTickPorts } from "../lib/tick-wiring.ts";

/** The clock, each minute: switches the servers of power schedules. */
export const handler = tickHandler(openTickPorts, tickSchedules);
