import type { Budget } from "../../lib/ports/budget.ts";

/** A ceiling that is never reached. */
export const openBudget: Budget = {
  take: () => Promise.resolve(true),
  closedUntil: () => null,
  noted: () => {},
  holdUntil: () => {},
  standing: (_connection, ceiling) =>
    Promise.resolve({ allowedPerSecond: ceiling, heldUntil: null, circuits: [] }),
  settled: () => Promise.resolve(),
};
