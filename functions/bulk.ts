import { bulkRoutes } from "../lib/http/bulk-routes.ts";
import { httpHandler } from "../lib/lambda/http-stack.ts";
import { openPorts } from "../lib/wiring.ts";

/** The HTTP API of bulk jobs. */
export const handler = httpHandler(openPorts, bulkRoutes);
