import { apiRoutes } from "../lib/http/api-routes.ts";
import { httpHandler } from "../lib/lambda/http-stack.ts";
import { openPorts } from "../lib/wiring.ts";

/** The HTTP API. */
export const handler = httpHandler(openPorts, apiRoutes);
