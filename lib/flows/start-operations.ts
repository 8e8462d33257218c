import { currentStep, isDone, type Operation } from "../operation/operation.ts";
import { needOf } from "../operation/resume.ts";
import { serve } from "./advance-operation.ts";
import { OvertakenByAnother } from "./change-operation.ts";
import { publishEvents } from "./publish-events.ts";
import type { Turn } from "./turn.ts";

/**
 * Starts one accepted operation, as far as it goes without waiting. Anything but an accepted row is left to whoever
 * is at work on it, so a message that comes twice does nothing.
 */
export const startOperation = async (operation: Operation, turn: Turn): Promise<Operation> => {
  const need =
    operation.state === "accepted" ? ({ do: "claim" } as const) : needOf(operation, turn.ports.clock.now());
  try {
    return await serve(operation, need, turn);
  } catch (error) {
    if (!(error instanceof OvertakenByAnother)) throw error;
    turn.ports.log.debug("left to the worker that was faster", { operation_id: operation.id });
    return operation;
  }
};

const isInFlight = (operation: Operation): boolean => !isDone(operation) && currentStep(operation) !== null;

/** Publishes what started operations have to say, and sees to it that somebody follows them. */
export const afterStarts = async (operations: readonly Operation[], turn: Turn): Promise<void> => {
  await publishEvents(operations, turn.ports);
  if (operations.some(isInFlight)) await turn.ports.queue.wakeFollower();
};
