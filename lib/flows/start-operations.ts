import { isDone, type Operation } from "../operation/operation.ts";
import { needOf } from "../operation/resume.ts";
import type { OperationRequest } from "../../events/operation-request.ts";
import { transition } from "../operation/transition.ts";
import { operationFor, putOperation } from "./accept-operation.ts";
import { admitOperation } from "./admit-operation.ts";
import { advance, mayCall, serve } from "./advance-operation.ts";
import { OvertakenByAnother } from "./change-operation.ts";
import { isHeldUp } from "./check-stop.ts";
import { publishEvents } from "./publish-events.ts";
import type { Turn } from "./turn.ts";

/** Whoever is overtaken leaves the operation to the worker that was faster. */
const overtakable = async (
  operation: Operation,
  turn: Turn,
  work: () => Promise<Operation>,
): Promise<Operation> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OvertakenByAnother)) throw error;
    turn.ports.log.debug("left to the worker that was faster", { operation_id: operation.id });
    return operation;
  }
};

/**
 * Starts one accepted operation, as far as it goes without waiting. Anything but an accepted row is left to whoever
 * is at work on it, so a message that comes twice does nothing.
 */
export const startOperation = async (operation: Operation, turn: Turn): Promise<Operation> => {
  if (await isHeldUp(operation, turn.ports)) return operation;
  const need =
    operation.state === "accepted" ? ({ do: "claim" } as const) : needOf(operation, turn.ports.clock.now());
  return overtakable(operation, turn, () => serve(operation, need, turn));
};

/**
 * Takes a request that came with its own message and starts it: the row is put in its started state at once, which is
 * the intent, so such an operation costs one write less than one that was accepted over HTTP.
 * @throws RequestRefused
 */
export const acceptToStart = async (
  request: OperationRequest,
  idempotencyKey: string,
  turn: Turn,
): Promise<Operation> => {
  const asked = operationFor(request, idempotencyKey, turn.ports);
  await admitOperation(asked, turn.ports);
  const claimed = () => transition(asked, { type: "claimed" }, turn.ports.clock.now());
  const paid = claimed().next.do !== "send" || (await mayCall(asked, turn));
  // Decided anew after the waiting: an intent must be young when its call is sent.
  const claim = claimed();
  const { operation, replayed } = await putOperation(paid ? claim.operation : asked, turn.ports);
  if (replayed) return startOperation(operation, turn);
  return paid ? overtakable(operation, turn, () => advance(operation, claim.next, turn)) : operation;
};

/**
 * Publishes the events of those that have ended already. The events of the others are the follower's, who is woken:
 * one publisher an operation, so that nothing is said twice without need.
 */
export const afterStarts = async (operations: readonly Operation[], turn: Turn): Promise<void> => {
  const { queue, log } = turn.ports;
  try {
    await publishEvents(operations.filter(isDone), turn.ports);
    if (operations.some((operation) => !isDone(operation))) await queue.wakeFollower();
  } catch (error) {
    // The work itself is done and saved: losing this costs time, because the due index has all of it.
    const why = error instanceof Error ? error.message : "unknown fault";
    log.warn("the follower was not woken, or ends were not published; its next tick finds them", {
      error: why,
    });
  }
};
