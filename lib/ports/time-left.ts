import { AsyncLocalStorage } from "node:async_hooks";

const invocations = new AsyncLocalStorage<() => number>();

/** Does work of an invocation that is ended from outside; `timeLeft` in milliseconds. */
export const withinTime = <Result>(timeLeft: () => number, work: () => Result): Result =>
  invocations.run(timeLeft, work);

/** Milliseconds that the invocation has left for which this is done; Infinity where nobody has said it. */
export const timeLeft = (): number => invocations.getStore()?.() ?? Number.POSITIVE_INFINITY;
