import { isDone, type Operation } from "../operation/operation.ts";
import { needOf } from "../operation/resume.ts";
import type { OperationRequest } from "../../events/operation-request.ts";
import { withState } from "../operation/forward.ts";
import { transition } from "../operation/transition.ts";
import { operationFor, putOperation, type Asker } from "./accept-operation.ts";
import { admitOperation } from "./admit-operation.ts";
import { advance, claimSends, mayCall, serve } from "./advance-operation.ts";
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
 * Puts the row of a request that nobody has taken, in its started state, and goes on with it. `paid`: a place in the
 * budget is there for its first call, or none is needed; else it is only accepted, and the follower starts it.
 * `looks: false`: what begins with a look is left to the follower.
 */
export const putToStart = async (
  asked: Operation,
  paid: boolean,
  turn: Turn,
  { looks }: { readonly looks: boolean } = { looks: true },
): Promise<Operation> => {
  // Decided as late as this: an intent must be young when its call is sent.
  const claim = transition(asked, { type: "claimed" }, turn.ports.clock.now());
  const isLeft = !looks && claim.next.do === "look";
  const started = isLeft ? withState(claim.operation, "following") : claim.operation;
  const { operation, replayed } = await putOperation(paid ? started : asked, turn.ports);
  if (replayed) return startOperation(operation, turn);
  if (!paid || isLeft) return operation;
  return overtakable(operation, turn, () => advance(operation, claim.next, turn));
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
  asker: Asker | null = null,
): Promise<Operation> => {
  const asked = operationFor(request, idempotencyKey, turn.ports, asker);
  await admitOperation(asked, turn.ports);
  const paid = !claimSends(asked, turn.ports.clock.now()) || (await mayCall(asked, turn));
  return putToStart(asked, paid, turn);
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
