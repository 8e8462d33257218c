import * as z from "zod";
import type { Ports } from "../ports/ports.ts";
import { LeaseLost } from "./follower-lease.ts";

type LeasePorts = Pick<Ports, "cells" | "clock" | "randomness">;

/** `until` in milliseconds since the epoch; `said`: what the one before leaves to the next. */
const leaseSchema = z.strictObject({
  owner: z.string(),
  until: z.number(),
  said: z.array(z.string()).default([]),
});

/** More than this is not handed on. */
const saidLimit = 2000;
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
  /** What the one before has left. */
  readonly said: readonly string[];

  constructor(
    key: string,
    owner: string,
    taken: { version: number; said: readonly string[] },
    ports: LeasePorts,
  ) {
    this.#key = key;
    this.#owner = owner;
    this.#version = taken.version;
    this.said = taken.said;
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

  /** Lets the next one in at once, and leaves something to it. Whoever has taken it meanwhile keeps it. */
  async release(said: readonly string[] = []): Promise<void> {
    await this.#save(0, said);
  }

  async #save(until: number, said: readonly string[] = []): Promise<boolean> {
    const lease = {
      owner: this.#owner,
      until,
      ...(said.length === 0 ? {} : { said: said.slice(0, saidLimit) }),
    };
    const saved = await this.#ports.cells.save(this.#key, lease, this.#version);
    if (saved) this.#version += 1;
    return saved;
  }
}

const tryTake = async (key: string, owner: string, ports: LeasePorts): Promise<RunLease | null> => {
  const cell = await ports.cells.load(key);
  const now = ports.clock.now();
  const before = cell === null ? null : leaseSchema.parse(cell.value);
  if (before !== null && before.until > now) return null;
  const version = cell?.version ?? 0;
  const isTaken = await ports.cells.save(key, { owner, until: now + term }, version);
  return isTaken ? new RunLease(key, owner, { version: version + 1, said: before?.said ?? [] }, ports) : null;
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
