import type { Fact } from "../operation/fact.ts";
import { isCancellable, type Operation } from "../operation/operation.ts";
import { changeByRequest, type RequestPorts } from "./change-by-request.ts";
import { RequestRefused } from "./request-refused.ts";

const cancelling = (operation: Operation): Fact | null => {
  if (isCancellable(operation)) return { type: "cancel_requested" };
  if (operation.state === "cancelled") return null;
  throw new RequestRefused({
    status: 409,
    code: "TOO_LATE",
    title: "It is too late to cancel",
    detail: `Operation ${operation.id} is ${operation.state}; it can be cancelled until the first call to the provider begins.`,
    hint: "Wait until it has ended, then undo it by another operation: delete what it made, say.",
  });
};

/** Cancels an operation for which nothing was sent; cancelling it again changes nothing. @throws RequestRefused 404, 409 */
export const cancelOperation = (id: string, ports: RequestPorts): Promise<Operation> =>
  changeByRequest(id, cancelling, ports);
