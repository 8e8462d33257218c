import { schedulesRoutes } from "../lib/http/schedules-routes.ts";
import { httpHandler } from "../lib/lambda/http-stack.ts";
import { openPorts } from "../lib/wiring.ts";

/** The HTTP API of power schedules and calendars. */
export const handler = httpHandler(openPorts, schedulesRoutes);
