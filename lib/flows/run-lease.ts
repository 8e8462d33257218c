import * as z from "zod";
import type { Ports } from "../ports/ports.ts";
import { LeaseLost } from "./follower-lease.ts";

type LeasePorts = Pick<Ports, "cells" | "clock" | "randomness">;

/** `until` in milliseconds since the epoch. */
const leaseSchema = z.strictObject({ owner: z.string(), until: z.number() });

/** Milliseconds that a lease lasts, and after which it is renewed. */
const term = 8000;
const renewal = 3000;
/** Milliseconds between two tries to take it. */
const pollMilliseconds = 250;

/**
 * The right to be the only one at some work, for as long as it is renewed. The right only saves work: two at once must
 * do no harm, because every row and document is written on condition of the version that was read (R6).
 */
export class RunLease {
  readonly #key: string;
  readonly #owner: string;
  readonly #ports: LeasePorts;
  #version: number;
  #renewAt: number;

  constructor(key: string, owner: string, version: number, ports: LeasePorts) {
    this.#key = key;
    this.#owner = owner;
    this.#version = version;
    this.#ports = ports;
    this.#renewAt = ports.clock.now() + renewal;
  }

  /** Renews when it is time. @throws LeaseLost */
  async keep(): Promise<void> {
    const now = this.#ports.clock.now();
    if (now < this.#renewAt) return;
    if (!(await this.#save(now + term))) throw new LeaseLost();
    this.#renewAt = now + renewal;
  }

  /** Lets the next one in at once. Whoever has taken it meanwhile keeps it. */
  async release(): Promise<void> {
    await this.#save(0);
  }

  async #save(until: number): Promise<boolean> {
    const saved = await this.#ports.cells.save(this.#key, { owner: this.#owner, until }, this.#version);
    if (saved) this.#version += 1;
    return saved;
  }
}

const tryTake = async (key: string, owner: string, ports: LeasePorts): Promise<RunLease | null> => {
  const cell = await ports.cells.load(key);
  const now = ports.clock.now();
  if (cell !== null && leaseSchema.parse(cell.value).until > now) return null;
  const version = cell?.version ?? 0;
  const taken = await ports.cells.save(key, { owner, until: now + term }, version);
  return taken ? new RunLease(key, owner, version + 1, ports) : null;
};

/**
 * Takes the lease of that name. When somebody else has it, asks again for a little more than one term: whoever lives
 * renews it in that time or ends its run, whoever died does neither. Null when the other one goes on.
 */
export const takeRunLease = async (key: string, ports: LeasePorts): Promise<RunLease | null> => {
  const owner = ports.randomness.token();
  const until = ports.clock.now() + term + renewal;
  for (;;) {
    const lease = await tryTake(key, owner, ports);
    if (lease !== null) return lease;
    if (ports.clock.now() >= until) return null;
    await ports.clock.sleep(pollMilliseconds);
  }
};
