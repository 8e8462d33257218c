import { isHeldByStop, type PlannedWork, type Stop } from "../limits/stop.ts";
import type { JsonObject } from "../operation/json.ts";
import type { Kind } from "../operation/kind.ts";
import type { Operation } from "../operation/operation.ts";
import type { Ports } from "../ports/ports.ts";
import type { KindOffer } from "../ports/provider.ts";
import { RequestRefused } from "./request-refused.ts";
import { standingStop } from "./stop-switch.ts";

type StopPorts = Pick<Ports, "documents" | "clock">;

/** Seconds after which asking again is worth it at the latest: a stop may be lifted before its time. */
const longestRetry = 300;

/** A stop in words for whoever has to wait for its end. */
export const stopWords = (stop: Stop): string =>
  `${stop.set_by} has stopped everything that makes or powers on until ${stop.until}: ${stop.reason}`;

const refusalFor = (kind: Kind, stop: Stop, { clock }: StopPorts): RequestRefused => {
  const left = Math.ceil((Date.parse(stop.until) - clock.now()) / 1000);
  return new RequestRefused({
    status: 409,
    code: "STOPPED",
    title: "Nothing is made or powered on at present",
    detail: stopWords(stop),
    faults: [{ pointer: "/kind", detail: `${kind} is stopped until ${stop.until}` }],
    hint: "Deletes and power-offs go on. A key with the scope admin can lift the stop: DELETE /v1/stop.",
    retryAfterSeconds: Math.max(1, Math.min(left, longestRetry)),
  });
};

/** The refusal of a request that a stop holds up; null when none does. */
export const stopRefusal = async (asked: PlannedWork, ports: StopPorts): Promise<RequestRefused | null> => {
  if (!isHeldByStop(asked)) return null;
  const stop = await standingStop(ports);
  return stop === null ? null : refusalFor(asked.kind, stop, ports);
};

/** The refusal of a job of which a stop holds up any item, as that item alone would be refused; null when none does. */
export const jobStopRefusal = async (
  kind: Kind,
  inputs: readonly JsonObject[],
  { steps }: Pick<KindOffer, "steps">,
  ports: StopPorts,
): Promise<RequestRefused | null> => {
  const stop = await standingStop(ports);
  if (stop === null) return null;
  const isHeld = inputs.some((input) => isHeldByStop({ kind, input, steps: steps(input) }));
  return isHeld ? refusalFor(kind, stop, ports) : null;
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
