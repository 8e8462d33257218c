import { bounds } from "./bounds.ts";
import type { Operation } from "./operation.ts";
import { secondsBetween } from "./time.ts";

/**
 * A resource that we made ourselves a moment ago may not be visible everywhere yet. Once a look has shown it, "does not
 * exist" means that somebody has removed it: what a list misses is asked for by itself before it counts as gone. A
 * task under way says the same less surely, since it is not the resource.
 */
export const isFresh = ({ steps, call, is_sighted: isSighted }: Operation, now: number): boolean => {
  const made = steps.find(({ name }) => name === "create")?.ended_at ?? null;
  if (made === null || isSighted) return false;
  const age = secondsBetween(made, now);
  return call?.seen_moving === true ? age < bounds.listLag : age < bounds.providerMax;
};
