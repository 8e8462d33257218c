import { receiveRoutes } from "../lib/http/receive-routes.ts";
import { httpHandler } from "../lib/lambda/http-stack.ts";
import { openPorts } from "../lib/wiring.ts";

/** Webhooks of others. */
export const handler = httpHandler(openPorts, receiveRoutes);
