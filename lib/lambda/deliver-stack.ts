import type { Context, SQSBatchResponse } from "aws-lambda";
import type { DeliverPorts, DeliverTurn } from "../flows/deliver-webhooks.ts";
import type { OpenLog } from "../log.ts";

/**
 * A handler for the clock and for messages that only say "now", in a world without providers. What it was called with
 * does not matter: the feed and the due index say what there is to do.
 */
export const deliverHandler =
  (
    open: () => Promise<DeliverPorts & { readonly log: OpenLog }>,
    work: (turn: DeliverTurn) => Promise<void>,
  ) =>
  async (_event: unknown, context: Pick<Context, "getRemainingTimeInMillis">): Promise<SQSBatchResponse> => {
    const ports = await open();
    try {
      await work({ ports, timeLeft: () => context.getRemainingTimeInMillis() });
      return { batchItemFailures: [] };
    } finally {
      ports.log.flush();
    }
  };
