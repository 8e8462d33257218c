import { isHeldByStop } from "../limits/stop.ts";
import type { Operation } from "../operation/operation.ts";
import type { Ports } from "../ports/ports.ts";
import { RequestRefused } from "./request-refused.ts";
import { standingStop } from "./stop-switch.ts";

type StopPorts = Pick<Ports, "documents" | "clock">;

/** Seconds after which asking again is worth it at the latest: a stop may be lifted before its time. */
const longestRetry = 300;

/** The refusal of a request that a stop holds up; null when none does. */
export const stopRefusal = async (asked: Operation, ports: StopPorts): Promise<RequestRefused | null> => {
  if (!isHeldByStop(asked)) return null;
  const stop = await standingStop(ports);
  if (stop === null) return null;
  const left = Math.ceil((Date.parse(stop.until) - ports.clock.now()) / 1000);
  return new RequestRefused({
    status: 409,
    code: "STOPPED",
    title: "Nothing is made or powered on at present",
    detail: `${stop.set_by} has stopped everything that makes or powers on until ${stop.until}: ${stop.reason}`,
    faults: [{ pointer: "/kind", detail: `${asked.kind} is stopped until ${stop.until}` }],
    hint: "Deletes and power-offs go on. A key with the scope admin can lift the stop: DELETE /v1/stop.",
    retryAfterSeconds: Math.max(1, Math.min(left, longestRetry)),
  });
};

/** Whether an operation that nobody has begun has to wait: its row stays as it is, and the due index brings it again. */
export const isHeldUp = async (operation: Operation, ports: StopPorts): Promise<boolean> =>
  operation.state === "accepted" && isHeldByStop(operation) && (await standingStop(ports)) !== null;

/**
 * Those of the accepted operations that no stop holds up. `rest` is told of the others: they are left alone for a while.
 */
export const thoseNotHeldUp = async (
  waiting: readonly Operation[],
  ports: StopPorts,
  rest: (id: string) => void,
): Promise<readonly Operation[]> => {
  if ((await standingStop(ports)) === null) return waiting;
  const held = waiting.filter(isHeldByStop);
  for (const { id } of held) rest(id);
  return waiting.filter((operation) => !held.includes(operation));
};
