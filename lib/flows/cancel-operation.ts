import type { Fact } from "../operation/fact.ts";
import type { Operation } from "../operation/operation.ts";
import { changeByRequest, type RequestPorts } from "./change-by-request.ts";
import { RequestRefused } from "./request-refused.ts";

const cancelling = (operation: Operation): Fact | null => {
  if (operation.state === "accepted") return { type: "cancel_requested" };
  if (operation.state === "cancelled") return null;
  throw new RequestRefused({
    status: 409,
    code: "TOO_LATE",
    title: "It is too late to cancel",
    detail: `Operation ${operation.id} is ${operation.state}; it can be cancelled until the first call to the provider begins.`,
  });
};

/** Cancels an operation that nobody has begun; cancelling it again changes nothing. @throws RequestRefused 404, 409 */
export const cancelOperation = (id: string, ports: RequestPorts): Promise<Operation> =>
  changeByRequest(id, cancelling, ports);
