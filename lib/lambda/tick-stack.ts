import type { Context, SQSBatchResponse } from "aws-lambda";
import type { OpenLog } from "../log.ts";
import type { Ports } from "../ports/ports.ts";

/**
 * A handler for the clock, and for messages that only say "now". What it was called with does not matter: the due
 * index says what there is to do.
 */
export const tickHandler =
  <World extends Ports & { readonly log: OpenLog }>(
    open: () => Promise<World>,
    work: (turn: { readonly ports: World; readonly timeLeft: () => number }) => Promise<void>,
  ) =>
  async (_event: unknown, context: Pick<Context, "getRemainingTimeInMillis">): Promise<SQSBatchResponse> => {
    const ports = await open();
    try {
      await work({ ports, timeLeft: () => context.getRemainingTimeInMillis() });
      return { batchItemFailures: [] };
    } finally {
      await ports.budget.settled();
      ports.log.flush();
    }
  };
