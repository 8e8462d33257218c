import { isDone, type Operation } from "../operation/operation.ts";
import type { Ports } from "../ports/ports.ts";
import type { Turn } from "./turn.ts";

/** The longest that an answer is held, in seconds. */
export const longestWaitSeconds = 20;

const pollMilliseconds = 250;
/** Left of the invocation to write the answer. */
const reserveMilliseconds = 1000;

/**
 * The operation, as soon as it is done, or as it stands after `seconds` (at most 20; 0: at once). Ends early when the
 * invocation does. Null when there is none.
 */
export const awaitOperation = async (
  id: string,
  seconds: number,
  { ports, timeLeft }: Pick<Turn, "timeLeft"> & { readonly ports: Pick<Ports, "operations" | "clock"> },
): Promise<Operation | null> => {
  const { clock, operations } = ports;
  const until = clock.now() + Math.min(seconds, longestWaitSeconds) * 1000;
  for (;;) {
    const operation = await operations.load(id);
    if (operation === null || isDone(operation)) return operation;
    const left = Math.min(until - clock.now(), timeLeft() - reserveMilliseconds);
    if (left <= 0) return operation;
    await clock.sleep(Math.min(pollMilliseconds, left));
  }
};
