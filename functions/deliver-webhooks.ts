import { deliverWebhooks } from "../lib/flows/deliver-webhooks.ts";
import { openDeliverPorts } from "../lib/deliver-wiring.ts";
import { deliverHandler } from "../lib/lambda/deliver-stack.ts";

/** The clock, the bus and whoever has changed an endpoint: hands events over to endpoints. */
export const handler = deliverHandler(openDeliverPorts, deliverWebhooks);
