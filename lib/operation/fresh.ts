import { bounds } from "./bounds.ts";
import type { Operation } from "./operation.ts";
import { secondsBetween } from "./time.ts";

/** A resource that we made ourselves a moment ago may not be visible everywhere yet. */
export const isFresh = (operation: Operation, now: number): boolean => {
  const made = operation.steps.find(({ name }) => name === "create")?.ended_at ?? null;
  return made !== null && secondsBetween(made, now) < bounds.providerMax;
};
