import * as z from "zod";
import type { Ports } from "../ports/ports.ts";
import { LeaseLost } from "./follower-lease.ts";

type LeasePorts = Pick<Ports, "cells" | "clock" | "randomness">;

const key = "deliverer";
const leaseSchema = z.strictObject({
  owner: z.string(),
  /** Milliseconds since the epoch. */
  until: z.number(),
  /** Everything in the feed up to here has its deliveries. */
  position: z.number().int().nonnegative(),
  /** Whether there was an endpoint when the feed was last read: if not, what came since is nobody's. */
  is_reading: z.boolean(),
});
type Lease = z.infer<typeof leaseSchema>;

/** Milliseconds that a lease lasts, and after which it is renewed. */
const term = 8000;
const renewal = 3000;

const nobody: Lease = { owner: "", until: 0, position: 0, is_reading: false };

/**
 * The right to be the only deliverer, and how far the feed has been turned into deliveries. The right only saves work:
 * a delivery has one row whoever makes it, and what is sent twice bears the same id.
 */
export class DelivererLease {
  readonly #ports: LeasePorts;
  #lease: Lease;
  #version: number;
  #renewAt: number;

  constructor(ports: LeasePorts, lease: Lease, version: number) {
    this.#ports = ports;
    this.#lease = lease;
    this.#version = version;
    this.#renewAt = ports.clock.now() + renewal;
  }

  get position(): number {
    return this.#lease.position;
  }

  get isReading(): boolean {
    return this.#lease.is_reading;
  }

  /** Says how far the feed is read. Must not be called before all deliveries up to there have rows. @throws LeaseLost */
  async moveTo(position: number, isReading: boolean): Promise<void> {
    if (position === this.position && isReading === this.isReading) return;
    await this.#save({ position, is_reading: isReading, until: this.#ports.clock.now() + term });
  }

  /** Renews when it is time. @throws LeaseLost */
  async keep(): Promise<void> {
    const now = this.#ports.clock.now();
    if (now >= this.#renewAt) await this.#save({ until: now + term });
  }

  /** Lets the next one in at once. @throws LeaseLost */
  async release(): Promise<void> {
    await this.#save({ until: 0 });
  }

  async #save(change: Partial<Lease>): Promise<void> {
    const next = { ...this.#lease, ...change };
    if (!(await this.#ports.cells.save(key, next, this.#version))) throw new LeaseLost();
    this.#version += 1;
    this.#lease = next;
    this.#renewAt = this.#ports.clock.now() + renewal;
  }
}

/** Whether the feed was read for some endpoint when it was last looked at. */
export const isAnybodyReading = async ({ cells }: Pick<Ports, "cells">): Promise<boolean> => {
  const cell = await cells.load(key);
  return cell !== null && leaseSchema.parse(cell.value).is_reading;
};

/** Takes the lease, unless another deliverer has it: that one will see what there is to do before it lets go. */
export const takeDelivererLease = async (ports: LeasePorts): Promise<DelivererLease | null> => {
  const cell = await ports.cells.load(key);
  const standing = cell === null ? nobody : leaseSchema.parse(cell.value);
  const now = ports.clock.now();
  if (standing.until > now) return null;
  const lease = { ...standing, owner: ports.randomness.token(), until: now + term };
  const taken = await ports.cells.save(key, lease, cell?.version ?? 0);
  return taken ? new DelivererLease(ports, lease, (cell?.version ?? 0) + 1) : null;
};
