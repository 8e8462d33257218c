import * as z from "zod";
import type { Ports } from "../ports/ports.ts";

type LeasePorts = Pick<Ports, "cells" | "clock" | "randomness">;

const key = "follower";
const leaseSchema = z.strictObject({ owner: z.string(), until: z.number() });

/** Milliseconds that a lease lasts, and after which it is renewed. */
const term = 6000;
const renewal = 2000;

/**
 * The right to be the only follower. It only saves provider calls: two followers at once do no harm, because every
 * write is conditional on the version that was read (R6).
 */
export interface FollowerLease {
  /** Renews it when it is time; false when somebody else has it now. */
  readonly keep: () => Promise<boolean>;
  readonly release: () => Promise<void>;
}

const tryTake = async (owner: string, ports: LeasePorts): Promise<{ taken: boolean; heldUntil: number }> => {
  const cell = await ports.cells.load(key);
  const held = cell === null ? null : leaseSchema.parse(cell.value);
  const now = ports.clock.now();
  if (held !== null && held.owner !== owner && held.until > now)
    return { taken: false, heldUntil: held.until };
  const taken = await ports.cells.save(key, { owner, until: now + term }, cell?.version ?? 0);
  return { taken, heldUntil: now + term };
};

const leaseOf = (owner: string, ports: LeasePorts): FollowerLease => {
  let renewAt = ports.clock.now() + renewal;
  return {
    keep: async () => {
      if (ports.clock.now() < renewAt) return true;
      renewAt = ports.clock.now() + renewal;
      return (await tryTake(owner, ports)).taken;
    },
    release: async () => {
      const cell = await ports.cells.load(key);
      const held = cell === null ? null : leaseSchema.parse(cell.value);
      if (cell !== null && held?.owner === owner)
        await ports.cells.save(key, { owner, until: 0 }, cell.version);
    },
  };
};

/**
 * Takes the lease. When another follower has it, waits for one term at most: a follower that lives renews its lease
 * in that time, one that died does not, so a restart goes on within seconds. Null when the other one lives.
 */
export const takeFollowerLease = async (ports: LeasePorts): Promise<FollowerLease | null> => {
  const owner = ports.randomness.token();
  const first = await tryTake(owner, ports);
  if (first.taken) return leaseOf(owner, ports);
  await ports.clock.sleep(Math.max(0, first.heldUntil - ports.clock.now()) + 50);
  const second = await tryTake(owner, ports);
  return second.taken ? leaseOf(owner, ports) : null;
};
