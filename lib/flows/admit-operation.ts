import type { Operation } from "../operation/operation.ts";
import type { Ports } from "../ports/ports.ts";
import { checkLimits, type LimitPorts } from "./check-limits.ts";
import { stopRefusal } from "./check-stop.ts";

export type AdmitPorts = LimitPorts & Pick<Ports, "documents">;

/**
 * Whether a request may become an operation now: nothing has stopped it, and its connection's limits allow it. What was
 * accepted before is let through, so a replay is never refused. Costs nothing where there are neither limits nor a stop.
 * @throws RequestRefused 409 `STOPPED`, and those of the limits
 */
export const admitOperation = async (asked: Operation, ports: AdmitPorts): Promise<void> => {
  const connection = ports.providers.connection(asked.connection);
  const stopped = await stopRefusal(asked, ports);
  if (stopped === null && connection?.limits === undefined) return;
  if ((await ports.operations.load(asked.id)) !== null) return;
  if (stopped !== null) throw stopped;
  if (connection !== null) await checkLimits(asked, connection, ports);
};
