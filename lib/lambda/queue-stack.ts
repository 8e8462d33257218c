import type { Context, SQSBatchResponse } from "aws-lambda";
import * as z from "zod";
import type { MessageFailure, QueueMessage } from "../flows/start-messages.ts";
import type { Turn } from "../flows/turn.ts";
import type { OpenLog } from "../log.ts";
import type { Ports } from "../ports/ports.ts";
import { withinTime } from "../ports/time-left.ts";

const recordSchema = z.object({
  messageId: z.string(),
  body: z.string(),
  attributes: z.object({ ApproximateReceiveCount: z.coerce.number() }),
});
const eventSchema = z.object({ Records: z.array(recordSchema) });

/** The world that a handler is opened with; its log is flushed at the end of each invocation. */
export type OpenWorld = () => Promise<Ports & { readonly log: OpenLog }>;

/** One invocation of a function, from its Lambda context. */
export const turnOf = (ports: Ports, context: Pick<Context, "getRemainingTimeInMillis">): Turn => ({
  ports,
  timeLeft: () => context.getRemainingTimeInMillis(),
});

/**
 * An SQS handler with partial batch answers: names the messages that failed, so that only they come again.
 * An error that is thrown fails the whole batch.
 */
export const queueHandler =
  (
    open: OpenWorld,
    work: (messages: readonly QueueMessage[], turn: Turn) => Promise<readonly MessageFailure[]>,
  ) =>
  async (event: unknown, context: Pick<Context, "getRemainingTimeInMillis">): Promise<SQSBatchResponse> => {
    const ports = await open();
    const messages = eventSchema.parse(event).Records.map(({ messageId, body, attributes }) => ({
      id: messageId,
      body,
      receiveCount: attributes.ApproximateReceiveCount,
    }));
    try {
      const turn = turnOf(ports, context);
      const failures = await withinTime(turn.timeLeft, () => work(messages, turn));
      return { batchItemFailures: failures.map(({ id }) => ({ itemIdentifier: id })) };
    } finally {
      await ports.budget.settled();
      ports.log.flush();
    }
  };
