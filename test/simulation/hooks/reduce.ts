import type { Struck } from "../faults.ts";
import { runOnce, type HookOrder } from "./one-run.ts";

/** Takes faults away, in halves, then one by one, as long as the same invariant is still broken. */
export const reduce = async (
  order: HookOrder,
  invariant: string,
): Promise<{ readonly order: HookOrder; readonly faults: readonly Struck[] }> => {
  const isBroken = async (only: readonly string[]): Promise<boolean> => {
    try {
      const { violations } = await runOnce({ ...order, only });
      return violations.some((violation) => violation.invariant === invariant);
    } catch {
      return invariant === "fault";
    }
  };
  let keys = (await runOnce(order)).struck.map(({ key }) => key);
  for (let size = Math.ceil(keys.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < keys.length;) {
      const fewer = keys.toSpliced(from, size);
      if (await isBroken(fewer)) keys = fewer;
      else from += size;
    }
  }
  const reduced = { ...order, only: keys };
  return { order: reduced, faults: (await runOnce(reduced)).struck };
};
