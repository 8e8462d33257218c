import type { Context, SQSBatchResponse } from "aws-lambda";
import type { Turn } from "../flows/turn.ts";
import { turnOf, type OpenWorld } from "./queue-stack.ts";

/**
 * A handler for the clock, and for messages that only say "now". What it was called with does not matter: the due
 * index says what there is to do.
 */
export const tickHandler =
  (open: OpenWorld, work: (turn: Turn) => Promise<void>) =>
  async (_event: unknown, context: Pick<Context, "getRemainingTimeInMillis">): Promise<SQSBatchResponse> => {
    const ports = await open();
    try {
      await work(turnOf(ports, context));
      return { batchItemFailures: [] };
    } finally {
      await ports.budget.settled();
      ports.log.flush();
    }
  };
