import { settingsRoutes } from "../lib/http/settings-routes.ts";
import { httpHandler } from "../lib/lambda/http-stack.ts";
import { openPorts } from "../lib/wiring.ts";

/** The HTTP API of what people set up: endpoints, hooks, keys, limits; and the audit trail. */
export const handler = httpHandler(openPorts, settingsRoutes);
