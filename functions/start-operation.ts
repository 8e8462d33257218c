import { startMessages } from "../lib/flows/start-messages.ts";
import { queueHandler } from "../lib/lambda/queue-stack.ts";
import { openWorkerPorts } from "../lib/worker-wiring.ts";

/** SQS: starts what was accepted, and accepts what outside senders ask for. */
export const handler = queueHandler(openWorkerPorts, startMessages);
