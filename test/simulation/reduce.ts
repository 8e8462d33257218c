import type { Struck } from "./faults.ts";
import type { AnyOrder, AnyResult } from "./any-run.ts";

/** A failing order with as few faults as still make it fail in the same way. */
export interface Reduced<Order> {
  readonly order: Order;
  readonly faults: readonly Struck[];
}

/**
 * Takes faults away, in halves, then one by one, as long as the same invariant is still broken.
 * @param isInTime asked before each run; when it says no, what was come to is given back
 */
export const reduce = async <Order extends AnyOrder>(
  order: Order,
  invariant: string,
  runOnce: (order: Order) => Promise<AnyResult>,
  isInTime: () => boolean = () => true,
): Promise<Reduced<Order>> => {
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
    for (let from = 0; from < keys.length && isInTime();) {
      const fewer = keys.toSpliced(from, size);
      if (await isBroken(fewer)) keys = fewer;
      else from += size;
    }
  }
  const reduced = { ...order, only: keys };
  return { order: reduced, faults: (await runOnce(reduced)).struck };
};
